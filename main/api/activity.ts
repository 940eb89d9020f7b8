import { TidekeepError } from '../../common/errors.ts'
import type { FolderId } from '../../common/model.ts'
import type { UndoItemView, UndoRequest } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { undo } from '../undo/undo.ts'
import type { Area } from './area.ts'
import type { Needs } from './deps.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

type ActivityDeps = Needs<'store' | 'settings' | 'host' | 'openTarget' | 'pastUse', 'applySettings' | 'recorded'>

/** What was done, newest first, and undoing it. */
export function createActivityHandlers(deps: ActivityDeps): Area<'activity'> {
  const { store } = deps
  return {
    'activity.list': async ({ folderId, before, limit }) =>
      store.history.list({
        limit,
        ...(folderId === undefined ? {} : { folderId: folderId as FolderId }),
        ...(before === undefined ? {} : { before }),
      }),
    'activity.undo': async (request) => {
      const exact = lastOfAll(deps, request)
      const items: UndoItemView[] = []
      for (const folder of foldersOf(deps, exact)) items.push(...(await undoIn(deps, folder, exact)))
      return { dryRun: request.dryRun, items }
    },
  }
}

/** The last so many of all folders together; of each, where the history knows nothing. */
function lastOfAll({ store }: ActivityDeps, request: UndoRequest): UndoRequest {
  const { last, ...rest } = request
  if (last === undefined || request.folderId !== undefined) return request
  const rows = store.history.list({ undoable: true, limit: last })
  return rows.length === 0 ? request : { ...rest, ids: rows.map(({ id }) => id) }
}

async function undoIn(
  { store, host, engine, openTarget, pastUse }: ActivityDeps,
  folder: FolderSettings,
  request: UndoRequest,
): Promise<readonly UndoItemView[]> {
  const target = await openTarget(folder.target, folder.s3 ?? {})
  const { signal } = new AbortController()
  let source: TargetProvider | undefined
  const past = pastUse?.hold(folder.id)
  try {
    await past?.ready
    if (folder.mode === 'two-way') source = await openTarget(folder.path, {})
    const sides = { target, ...(source === undefined ? {} : { source }) }
    const { items, rows, hasQueued } = await undo({ folder, ...sides, store, clock: host.clock, signal }, request)
    if (rows.length > 0) engine.recorded(rows)
    // Applying unchanged settings makes every folder look at its queue again.
    if (hasQueued) await engine.applySettings()
    return items
  } finally {
    past?.release()
    await Promise.all([target.close(), source?.close()])
  }
}

/** The folder that was named, those that the rows belong to, or all. */
function foldersOf({ store, settings }: ActivityDeps, { ids, folderId }: UndoRequest): readonly FolderSettings[] {
  const { folders } = settings.get()
  if (ids !== undefined) {
    const concerned = new Set(store.history.get(ids).map((row) => row.folderId))
    return folders.filter(({ id }) => concerned.has(id))
  }
  if (folderId === undefined) return folders
  const found = folders.find(({ id }) => id === folderId)
  if (found !== undefined) return [found]
  throw new TidekeepError({
    code: 'not-found',
    message: apiFailureTexts.activity.thereIsNoSuchFolder,
    fix: apiFailureTexts.activity.thereIsNoSuchFolderFix,
  })
}

import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { FolderId } from '../../common/model.ts'
import type { FolderChange, FolderView, NewFolder } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import { assertTwoWay } from '../engine/two-way.ts'
import type { Area } from './area.ts'
import type { Needs } from './deps.ts'
import { checkNewFolder, samePair, toFolderSettings } from './new-folder.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

type FolderDeps = Needs<
  'store' | 'settings' | 'host' | 'openTarget',
  'status' | 'applySettings' | 'syncNow' | 'decide' | 'prove'
>

/** What is kept safe, and where. */
export function createFolderHandlers(deps: FolderDeps): Area<'folders'> {
  const { engine, store, settings, host } = deps
  const oneAtATime = createTurnstile()
  const knownFolder = (id: string): FolderSettings => {
    const folder = settings.get().folders.find((each) => each.id === id)
    if (folder !== undefined) return folder
    throw new TidekeepError({ code: 'not-found', message: apiFailureTexts.folders.thereIsNoSuchFolder })
  }
  const changeFolders = async (change: (folders: readonly FolderSettings[]) => readonly FolderSettings[]) => {
    await settings.update((current) => ({ ...current, folders: change(current.folders) }))
    await engine.applySettings()
  }
  const changeOne = async (id: string, edit: (folder: FolderSettings) => FolderSettings): Promise<FolderView> => {
    knownFolder(id)
    await changeFolders((folders) => folders.map((each) => (each.id === id ? edit(each) : each)))
    return viewOf(deps, id)
  }
  const add = async (raw: NewFolder): Promise<FolderView> => {
    const known = knownToAdopt(deps, raw)
    if (known !== undefined) return changeOne(known.id, () => known)
    const checked = await checkNewFolder(raw, deps)
    const folder = toFolderSettings(checked, raw, host.random.hex(4))
    if (folder.mode === 'two-way') await refuseUnsafe(deps, folder)
    await changeFolders((folders) => [...folders, folder])
    return viewOf(deps, folder.id)
  }
  return {
    'folders.list': async () => engine.status().folders,
    // Two at once would each be checked against a list without the other.
    'folders.add': (raw) => oneAtATime(() => add(raw)),
    'folders.remove': async ({ id }) => {
      knownFolder(id)
      await changeFolders((folders) => folders.filter((each) => each.id !== id))
      return {}
    },
    'folders.pause': ({ id }) => changeOne(id, (folder) => ({ ...folder, paused: true })),
    'folders.resume': ({ id }) => changeOne(id, (folder) => ({ ...folder, paused: false })),
    'folders.sync': async ({ id }) => {
      if (id !== undefined) knownFolder(id)
      beginPass(deps, id)
      return {}
    },
    'folders.decide': async ({ id, answer, reason }) => {
      knownFolder(id)
      await engine.decide(id, answer, reason)
      return viewOf(deps, id)
    },
    'folders.alarm': ({ id, afterMs }) => changeOne(id, (folder) => withAlarm(folder, afterMs)),
    'folders.prove': async ({ id }) => {
      knownFolder(id)
      await engine.prove(id)
      return viewOf(deps, id)
    },
    'folders.change': (changed) => oneAtATime(() => applyChange(deps, changed, changeOne)),
    'folders.problems': async ({ id, limit }) =>
      store.folders
        .problems(knownFolder(id).id as FolderId, limit)
        .map(({ path, reason, message }) => ({ path, reason, message })),
  }
}

/** A pair that is known already, when its state was lost: its settings stay, and only say how to look. */
function knownToAdopt({ settings, store }: FolderDeps, raw: NewFolder): FolderSettings | undefined {
  const { adopt } = raw
  const known = adopt === undefined ? undefined : samePair(settings.get().folders, raw)
  if (adopt === undefined || known === undefined || store.folders.get(known.id as FolderId).compared) return undefined
  return { ...known, adopt }
}

/** A pass may take hours; the status tells how it goes. */
function beginPass({ engine, host }: FolderDeps, id: string | undefined): void {
  void engine.syncNow(id).catch((error: unknown) => {
    host.log.warn('pass failed', {
      code: toTidekeepError(error).code,
      ...(id === undefined ? {} : { folderId: id }),
    })
  })
}

function viewOf({ engine }: FolderDeps, id: string): FolderView {
  const view = engine.status().folders.find((each) => each.id === id)
  if (view !== undefined) return view
  throw new TidekeepError({
    code: 'unavailable',
    message: apiFailureTexts.folders.theFolderWasSavedBut,
    fix: apiFailureTexts.folders.theFolderWasSavedButFix,
  })
}

/** Runs what it is given one after the other. */
function createTurnstile(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work, work)
    last = turn.catch(() => undefined)
    return turn
  }
}

/** An unknown folder is refused by `changeOne`. */
async function applyChange(
  deps: FolderDeps,
  { id, ...changed }: FolderChange,
  changeOne: (id: string, edit: (folder: FolderSettings) => FolderSettings) => Promise<FolderView>,
): Promise<FolderView> {
  const before = deps.settings.get().folders.find((each) => each.id === id)
  const isNewlyTwoWay = changed.mode === 'two-way' && before?.mode !== 'two-way'
  if (before !== undefined && isNewlyTwoWay) await refuseUnsafe(deps, { ...before, ...changed })
  return changeOne(id, (folder) => ({ ...folder, ...changed }))
}

/** Before anything is written about it: a mode that its target is not fit for. */
async function refuseUnsafe({ openTarget }: Pick<FolderDeps, 'openTarget'>, folder: FolderSettings): Promise<void> {
  const target = await openTarget(folder.target, folder.s3 ?? {})
  try {
    await assertTwoWay(target, folder.id, new AbortController().signal)
  } finally {
    await target.close()
  }
}

function withAlarm({ alarmAfterMs: _before, ...folder }: FolderSettings, afterMs: number | undefined): FolderSettings {
  return afterMs === undefined ? folder : { ...folder, alarmAfterMs: afterMs }
}

import { TidekeepError } from '../../common/errors.ts'
import type { Conflict, ConflictId } from '../../common/conflict.ts'
import type {
  ConflictDetail,
  DecidedItem,
  FolderRulesView,
  ResolveRequest,
  ResolvedView,
} from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import { decide } from '../conflicts/decide.ts'
import { describe } from '../conflicts/describe.ts'
import { countsOf, filterOf, selected } from '../conflicts/select.ts'
import { movedOn, type ConflictSides } from '../conflicts/sides.ts'
import { undoDecisions } from '../conflicts/undo.ts'
import { versionOf } from '../conflicts/version-of.ts'
import { conflictView } from '../conflicts/views.ts'
import { deviceNameOf } from '../device-name.ts'
import type { Area } from './area.ts'
import { withDeadline } from './deadline.ts'
import type { Needs } from './deps.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

type ConflictDeps = Needs<'store' | 'settings' | 'host' | 'openTarget' | 'compareIn' | 'hostName', 'applySettings'>

const LISTED_ITEMS = 200
/** Somebody waits for the card. */
const SHOW_MS = 30_000
/** Somebody asked for a whole file to be fetched, and can end it. */
const FETCH_MS = 3_600_000

/** What both sides changed, and deciding it. */
export function createConflictHandlers(deps: ConflictDeps): Area<'conflicts'> {
  const { store } = deps
  return {
    'conflicts.list': async ({ state, after, limit, ...query }) =>
      store.conflicts
        .list({
          ...filterOf(query),
          state,
          limit,
          ...(state === 'resolved' ? { order: 'newest-first' } : {}),
          ...(after === undefined ? {} : { after: after as ConflictId }),
        })
        .map(conflictView),
    'conflicts.count': async (query) => countsOf(selected(store.conflicts, query)),
    ...createLooks(deps),
    'conflicts.resolve': (request) => resolve(deps, request),
    'conflicts.undo': async ({ ids }) => {
      const conflicts = ids.map((id) => known(deps, id))
      const items = await byFolder(deps, conflicts, undoDecisions)
      await deps.engine.applySettings()
      return { items }
    },
    ...ruleHandlers(deps),
  }
}

/** Looks at single conflicts, each of which ends when nobody waits for it any more. */
function createLooks(deps: ConflictDeps): Pick<Area<'conflicts'>, 'conflicts.show' | 'conflicts.leave'> {
  const looks = new Map<string, AbortController>()
  return {
    'conflicts.show': async ({ id, fetch = false, look }) => {
      const conflict = known(deps, id)
      const left = new AbortController()
      if (look !== undefined) looks.set(look, left)
      const limitMs = fetch ? FETCH_MS : SHOW_MS
      try {
        return await withDeadline(
          { clock: deps.host.clock, limitMs, message: apiFailureTexts.conflicts.bothVersionsCouldNotBe },
          (late) => showOne(deps, conflict, { mayFetch: fetch, signal: AbortSignal.any([late, left.signal]) }),
        )
      } finally {
        if (look !== undefined && looks.get(look) === left) looks.delete(look)
      }
    },
    'conflicts.leave': async ({ look }) => {
      looks.get(look)?.abort(new TidekeepError({ code: 'cancelled', message: apiFailureTexts.conflicts.looksNoMore }))
      return {}
    },
  }
}

async function showOne(
  deps: ConflictDeps,
  conflict: Conflict,
  how: { readonly mayFetch: boolean; readonly signal: AbortSignal },
): Promise<ConflictDetail> {
  return withSides(deps, conflict.folderId, (sides) =>
    deps.compareIn(sides.target, (comparison) => describe({ ...sides, ...how, comparison }, conflict)),
  )
}

async function resolve(deps: ConflictDeps, request: ResolveRequest): Promise<ResolvedView> {
  const { decision, dryRun } = request
  const { conflicts, moved } = asked(deps, request)
  const counts = countsOf(conflicts)
  if (dryRun) return { dryRun, counts, decided: 0, items: [] }
  if (request.query !== undefined && request.seen !== counts.seen) {
    throw new TidekeepError({
      code: 'precondition-failed',
      message: apiFailureTexts.conflicts.nothingWasDecidedTheseConflicts,
      fix: apiFailureTexts.conflicts.nothingWasDecidedTheseConflictsFix,
    })
  }
  const isMany = request.query !== undefined || conflicts.length > 1
  const items = await byFolder(deps, conflicts, (sides, some) => decide(sides, some, decision, isMany))
  // Applying unchanged settings makes every folder look at its queue again.
  if (items.some(({ outcome }) => outcome === 'decided')) await deps.engine.applySettings()
  const [decided, others] = [items.filter(isDecided), [...moved, ...items.filter((item) => !isDecided(item))]]
  return { dryRun, counts, decided: decided.length, items: [...others, ...decided].slice(0, LISTED_ITEMS) }
}

function isDecided({ outcome }: DecidedItem): boolean {
  return outcome === 'decided'
}

/** The conflicts a request is about; those that are not as they were shown, apart. Throws `invalid` for half a request. */
function asked(
  { store }: ConflictDeps,
  { conflicts, query, seen, dryRun, decision }: ResolveRequest,
): { readonly conflicts: readonly Conflict[]; readonly moved: readonly DecidedItem[] } {
  const isComplete = (conflicts === undefined) !== (query === undefined) && (dryRun || query === undefined || seen)
  const isOneName = decision.kind !== 'keep-both' || decision.as === undefined || conflicts?.length === 1
  if (!isComplete || !isOneName) {
    throw new TidekeepError({
      code: 'invalid',
      message: apiFailureTexts.conflicts.itWasNotSaidWhich,
      fix: apiFailureTexts.conflicts.itWasNotSaidWhichFix,
    })
  }
  if (query !== undefined) return { conflicts: selected(store.conflicts, query), moved: [] }
  const found: Conflict[] = []
  const moved: DecidedItem[] = []
  for (const shown of conflicts!) {
    const conflict = store.conflicts.get(shown.id as ConflictId)
    if (conflict === undefined) throw noConflict(shown.id)
    const isAsShown =
      versionOf(conflict.local.entry) === shown.local && versionOf(conflict.remote.entry) === shown.remote
    if (isAsShown && conflict.state !== 'resolved') found.push(conflict)
    else moved.push(movedItem(conflict))
  }
  return { conflicts: found, moved }
}

function movedItem(conflict: Conflict): DecidedItem {
  const { id, folderId, path } = conflict
  const { code, message, fix } = movedOn(path)
  const failure = { code, message, ...(fix === undefined ? {} : { fix }) }
  return { id, folderId, path, outcome: 'moved', conflict: conflictView(conflict), failure }
}

function known({ store }: ConflictDeps, id: number): Conflict {
  const conflict = store.conflicts.get(id as ConflictId)
  if (conflict === undefined) throw noConflict(id)
  return conflict
}

function noConflict(id: number): TidekeepError {
  return new TidekeepError({
    code: 'not-found',
    message: apiFailureTexts.conflicts.thereIsNoConflict({ id }),
    fix: apiFailureTexts.conflicts.thereIsNoConflictFix,
  })
}

async function byFolder(
  deps: ConflictDeps,
  conflicts: readonly Conflict[],
  work: (sides: ConflictSides, conflicts: readonly Conflict[]) => Promise<readonly DecidedItem[]>,
): Promise<readonly DecidedItem[]> {
  const items: DecidedItem[] = []
  for (const [folderId, some] of Map.groupBy(conflicts, (conflict) => conflict.folderId))
    items.push(...(await withSides(deps, folderId, (sides) => work(sides, some))))
  return items
}

async function withSides<T>(
  { store, settings, host, openTarget, ...deps }: ConflictDeps,
  folderId: string,
  work: (sides: ConflictSides) => Promise<T>,
): Promise<T> {
  const folder = folderOf(settings.get().folders, folderId)
  const hostName = deps.hostName ?? deviceNameOf(settings.get())
  const source = await openTarget(folder.path, {})
  try {
    const target = await openTarget(folder.target, folder.s3 ?? {})
    try {
      const { signal } = new AbortController()
      return await work({ folder, source, target, store, clock: host.clock, hostName, signal })
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

function folderOf(folders: readonly FolderSettings[], id: string): FolderSettings {
  const folder = folders.find((each) => each.id === id)
  if (folder !== undefined) return folder
  throw new TidekeepError({
    code: 'not-found',
    message: apiFailureTexts.conflicts.thereIsNoSuchFolder,
    fix: apiFailureTexts.conflicts.thereIsNoSuchFolderFix,
  })
}

function ruleHandlers({ settings, engine }: ConflictDeps) {
  const list = (): readonly FolderRulesView[] =>
    settings.get().folders.map(({ id, name, conflictRules }) => ({ folderId: id, name, rules: conflictRules ?? [] }))
  const change = async (
    folderId: string,
    to: (rules: readonly Rule[]) => readonly Rule[],
  ): Promise<readonly FolderRulesView[]> => {
    folderOf(settings.get().folders, folderId)
    await settings.update((current) => ({
      ...current,
      folders: current.folders.map((folder) =>
        folder.id === folderId ? { ...folder, conflictRules: to(folder.conflictRules ?? []) } : folder,
      ),
    }))
    await engine.applySettings()
    return list()
  }
  return {
    'conflicts.rules': async () => list(),
    'conflicts.addRule': ({ folderId, rule }) =>
      change(folderId, (rules) => [rule, ...rules.filter(({ pattern }) => pattern !== rule.pattern)]),
    'conflicts.removeRule': async ({ folderId, pattern }) => {
      const { conflictRules = [] } = folderOf(settings.get().folders, folderId)
      if (!conflictRules.some((rule) => rule.pattern === pattern)) {
        throw new TidekeepError({
          code: 'not-found',
          message: apiFailureTexts.conflicts.thereIsNoRuleFor({ pattern }),
          fix: apiFailureTexts.conflicts.thereIsNoRuleForFix,
        })
      }
      return change(folderId, (rules) => rules.filter((rule) => rule.pattern !== pattern))
    },
  } satisfies Pick<Area<'conflicts'>, 'conflicts.rules' | 'conflicts.addRule' | 'conflicts.removeRule'>
}

type Rule = NonNullable<FolderSettings['conflictRules']>[number]

import { TidekeepError, toTidekeepError, type ErrorCode } from '../../common/errors.ts'
import { sideThatMakesWay, type Conflict, type Resolves } from '../../common/conflict.ts'
import type { Action, Entry, FolderId, Precondition, RelPath } from '../../common/model.ts'
import type { DecidedItem, Decision } from '../../common/protocol.ts'
import type { PlannedAction } from '../state/store.ts'
import { choicesForMany, choicesOf } from './choices.ts'
import { namedCopyPath } from './copy-name.ts'
import { freeCopyPath, isFree } from './free-copy-path.ts'
import { putMerged } from './put-merged.ts'
import { asScanned, isStill, lookAt, movedOn, refresh, type ConflictSides, type Look } from './sides.ts'
import { conflictView } from './views.ts'
import { placeAside } from './way-aside.ts'
import { conflictFailureTexts } from './conflict-failure-texts.ts'

/** Conflicts that are looked at together: each costs a question to either side. */
const AT_ONCE = 16
/** What concerns a side as a whole, and so every other conflict, too. */
const ENDS_ALL: ReadonlySet<ErrorCode> = new Set([
  'cancelled',
  'unavailable',
  'unauthenticated',
  'timeout',
  'throttled',
])
/** Larger files have a lane of their own, as in a pass. */
const SMALL_FILE_BYTES = 8 * 1024 * 1024

/**
 * Decides conflicts of one folder: each becomes a job that changes something only where both sides still have the versions
 * the conflict is about. What is no longer so is shown anew instead. Each for itself; the answers are in the same order.
 * What is decided survives a crash from the moment this resolves. `isMany`: nobody looked at each of them.
 */
export async function decide(
  sides: ConflictSides,
  conflicts: readonly Conflict[],
  decision: Decision,
  isMany = false,
): Promise<readonly DecidedItem[]> {
  const items: DecidedItem[] = []
  const taken = new Set<RelPath>()
  for (let start = 0; start < conflicts.length; start += AT_ONCE) {
    sides.signal.throwIfAborted()
    const some = conflicts.slice(start, start + AT_ONCE)
    const planned = await Promise.all(some.map((conflict) => planOne(sides, conflict, { decision, taken, isMany })))
    enqueue(
      sides,
      planned.flatMap((each) => ('action' in each ? [each] : [])),
    )
    items.push(...planned.map(({ item }) => item))
  }
  return items
}

type PlannedOne = { readonly item: DecidedItem } | (Decided & { readonly item: DecidedItem })

interface Decided {
  readonly action: Action
  readonly conflict: Conflict
}

function enqueue({ store, folder }: ConflictSides, decided: readonly Decided[]): void {
  if (decided.length === 0) return
  const jobs = decided.map(({ action }): PlannedAction => ({ action, lane: laneOf(action) }))
  store.transaction(() => {
    store.queue.enqueue(folder.id as FolderId, jobs)
    for (const { conflict } of decided) store.conflicts.resolving(conflict.id)
  })
}

async function planOne(sides: ConflictSides, conflict: Conflict, how: Deciding): Promise<PlannedOne> {
  const { id, folderId, path } = conflict
  const about = { id, folderId, path }
  try {
    if (conflict.state === 'resolved') throw movedOn(path)
    assertChoice(sides, conflict, how)
    const now = await lookAt(sides, conflict)
    if (!isStill(now, conflict)) return { item: { ...about, outcome: 'moved', ...moved(sides, conflict, now) } }
    const action = await actionFor(sides, { conflict, now: now as Both }, how)
    const renamed = 'as' in action && how.decision.kind === 'keep-both' ? { renamedTo: action.as } : {}
    return { item: { ...about, outcome: 'decided', ...renamed }, action, conflict }
  } catch (error) {
    const { code, message, fix } = toTidekeepError(error, path)
    if (ENDS_ALL.has(code)) throw error
    const outcome =
      code === 'precondition-failed' ? 'moved' : code === 'invalid' || code === 'unsupported' ? 'refused' : 'failed'
    return { item: { ...about, outcome, failure: { code, message, ...(fix === undefined ? {} : { fix }) } } }
  }
}

function moved(sides: ConflictSides, conflict: Conflict, now: Look): Pick<DecidedItem, 'conflict' | 'failure'> {
  const { code, message, fix } = movedOn(conflict.path)
  const fresh = refresh(sides, conflict, now)
  return { conflict: conflictView(fresh), failure: { code, message, ...(fix === undefined ? {} : { fix }) } }
}

/** One decision about some conflicts. */
interface Deciding {
  readonly decision: Decision
  /** Names that were given to copies. */
  readonly taken: Set<RelPath>
  readonly isMany: boolean
}

/** Both sides as they are right now, which is what the conflict is about. */
interface Both {
  readonly local: Entry
  readonly remote: Entry
}

async function actionFor(
  sides: ConflictSides,
  { conflict, now }: { readonly conflict: Conflict; readonly now: Both },
  how: Deciding,
): Promise<Action> {
  const { decision } = how
  const { path, base } = conflict
  const resolves: Resolves = { conflictId: conflict.id, kind: decision.kind }
  const common = { path, expect: expectOf(now.remote), ...(base === undefined ? {} : { base }) }
  // What was recorded, and what only a fresh look tells.
  const local = asScanned({ ...conflict.local.entry, ...now.local })
  const remote = { ...conflict.remote.entry, ...now.remote }
  const side = sideThatMakesWay(conflict, decision.kind)
  if (side !== undefined) {
    const as = await nameAside(sides, path, { side, how })
    return { kind: 'make-way', ...common, side, as, local, remote, resolves }
  }
  switch (decision.kind) {
    case 'keep-local':
      return { kind: 'upload', ...common, local, resolves }
    case 'keep-remote':
      return { kind: 'download', ...common, local, remote, resolves }
    case 'keep-both':
      return {
        kind: 'keep-both',
        ...common,
        as: await copyFor(sides, path, { as: decision.as, taken: how.taken }),
        local,
        remote,
        resolves,
      }
    case 'merge': {
      const seen = { ...conflict, local: { entry: now.local }, remote: { entry: remote } }
      const merged = await putMerged(sides, seen, { digest: decision.digest })
      const displaced = merged.kept === undefined ? {} : { displaced: [{ side: 'local', kept: merged.kept } as const] }
      return { kind: 'upload', ...common, local: asScanned(merged.entry), resolves: { ...resolves, ...displaced } }
    }
  }
}

/** What makes way gets a name beside the other where both stay, and is put away whole where one does. */
async function nameAside(
  sides: ConflictSides,
  path: RelPath,
  { side, how: { decision, taken } }: { readonly side: 'local' | 'remote'; readonly how: Deciding },
): Promise<RelPath> {
  if (decision.kind === 'keep-both') return copyFor(sides, path, { as: decision.as, taken })
  return placeAside(side === 'local' ? sides.source : sides.target, path, sides)
}

/** A name that is free on both sides, and that no other decision of this call took. */
async function copyFor(
  sides: ConflictSides,
  path: RelPath,
  { as, taken }: { readonly as: string | undefined; readonly taken: Set<RelPath> },
): Promise<RelPath> {
  if (as !== undefined) {
    const [wanted] = [sides.source, sides.target].map((side) =>
      namedCopyPath(path, as, side.features.limits.nameRules),
    ) as [RelPath, RelPath]
    if (!taken.has(wanted) && (await isFree(sides, wanted))) {
      taken.add(wanted)
      return wanted
    }
    throw new TidekeepError({
      code: 'invalid',
      message: conflictFailureTexts.decide.thereIsAlreadySomethingCalled({ as }),
      path,
      fix: conflictFailureTexts.decide.thereIsAlreadySomethingCalledFix,
    })
  }
  const free = await freeCopyPath(sides, path, taken)
  taken.add(free)
  return free
}

/** Exactly the version that was shown. Every target that two-way mode works with can tell. */
function expectOf({ path, etag, kind }: Entry): Precondition {
  if (etag !== undefined) return { kind: 'etag', etag }
  if (kind === 'directory') return { kind: 'any' }
  throw new TidekeepError({
    code: 'unsupported',
    message: conflictFailureTexts.decide.theTargetDoesNotSay({ path }),
    path,
    fix: conflictFailureTexts.decide.theTargetDoesNotSayFix,
  })
}

function laneOf(action: Action): PlannedAction['lane'] {
  const size = action.kind === 'upload' ? action.local.size : 'remote' in action ? action.remote.size : 0
  return size <= SMALL_FILE_BYTES ? 'small' : 'large'
}

/** Throws `unsupported`. */
function assertChoice(sides: ConflictSides, conflict: Conflict, { decision: { kind }, isMany }: Deciding): void {
  const { path } = conflict
  const words = conflictFailureTexts.decide
  if (!choicesOf(conflict, sides).includes(kind))
    throw new TidekeepError({
      code: 'unsupported',
      message: words.thatIsNoWayTo({ path }),
      path,
      fix: words.theTargetDoesNotSayFix,
    })
  if (isMany && !choicesForMany(conflict, sides).includes(kind))
    throw new TidekeepError({
      code: 'unsupported',
      message: words.thatIsDecidedAlone({ path }),
      path,
      fix: words.thatIsDecidedAloneFix,
    })
}

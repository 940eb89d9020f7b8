import { assertNever } from '../../../common/errors.ts'
import type {
  Action,
  AdoptAction,
  BaselineEntry,
  Change,
  Entry,
  Lane,
  Precondition,
  Problem,
  RelPath,
  SyncMode,
} from '../../../common/model.ts'
import { say } from '../../../common/messages/wording.ts'
import { nameProblem, type NameRules } from '../../../common/name-rules.ts'
import { nameOf } from '../../../common/paths.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/** What one side can hold. */
export interface NameLimits {
  readonly maxObjectBytes: number
  readonly maxPathBytes: number
  readonly maxSegmentBytes: number
  readonly nameRules: NameRules
}

/** What the target can do and hold; taken from its declared features. */
export interface TargetAbilities extends NameLimits {
  readonly directories: boolean
  readonly moves: boolean
  readonly metadata: boolean
}

/** Everything a plan depends on besides the changes. */
export interface Policy {
  readonly mode: SyncMode
  readonly abilities: TargetAbilities
  /** False while source and target were never compared, or the root is not the one we knew: nothing is deleted (I10, I12). */
  readonly deletionsAllowed: boolean
  /** Set for a first look at a target that is filled already: what it records is believed, but for this share of the files. */
  readonly adopt?: { readonly comparePercent: number }
  /** What the source can hold; two-way only. */
  readonly source?: NameLimits
  /** Files up to this many bytes go in the small lane. */
  readonly smallFileBytes: number
}

/** Shared: in a first copy, every file has it. */
const ABSENT: Precondition = { kind: 'absent' }

/** An action with its place in the queue. */
export interface Planned {
  readonly action: Action
  readonly lane: Lane
}

/** Actions of one batch of changes, and what has no action. */
export interface Plan {
  readonly planned: readonly Planned[]
  /** Deletions, kept apart: the guard judges their number before any is queued. */
  readonly deletions: readonly Planned[]
  /** Removals from the source, apart for the same reason; two-way only. */
  readonly removals: readonly Planned[]
  /** What the other side cannot hold. */
  readonly problems: readonly Problem[]
}

/**
 * Turns changes into actions. Pure: no clock, no I/O, no state; the same changes and policy give
 * the same plan, which is what makes a dry run tell the truth (I23).
 */
export function makePlan(changes: readonly Change[], policy: Policy): Plan {
  const planned: Planned[] = []
  const deletions: Planned[] = []
  const removals: Planned[] = []
  const problems: Problem[] = []
  for (const change of changes) {
    const problem = unsupported(change, policy)
    if (problem !== undefined) {
      problems.push(problem)
      continue
    }
    const action = actionFor(change, policy)
    if (action === undefined) continue
    const list = action.kind === 'delete' ? deletions : action.kind === 'remove-local' ? removals : planned
    list.push({ action, lane: laneOf(action, policy) })
  }
  return { planned, deletions, removals, problems }
}

function actionFor(change: Change, policy: Policy): Action | undefined {
  const { path } = change
  switch (change.kind) {
    case 'created':
      if (isLeftBehind(change, policy)) return remove({ kind: 'removed', path, base: change.base }, policy)
      return withBase(create(change.local, ABSENT, policy), change.base, policy)
    case 'modified':
      return { kind: 'upload', path, local: change.local, base: change.base, expect: expectBase(change.base) }
    case 'metadata':
      return policy.abilities.metadata || change.local.kind === 'file'
        ? { kind: 'metadata', path, local: change.local, base: change.base, expect: expectBase(change.base) }
        : undefined
    case 'removed':
      return remove(change, policy)
    case 'moved':
      return policy.abilities.moves
        ? {
            kind: 'move',
            path,
            from: change.from,
            local: change.local,
            base: change.base,
            expect: expectBase(change.base),
          }
        : create(change.local, ABSENT, policy)
    case 'both-present':
      if (policy.mode === 'two-way' && !isFolderOnBoth(change)) return settle(change)
      return change.local.kind === 'directory'
        ? create(change.local, { kind: change.remote.kind === 'directory' ? 'any' : 'absent' }, policy)
        : { ...adopt(change.local, change.remote), ...trustOf(path, policy) }
    case 'remote-drifted':
      // A folder has no content to compare: making it clears a file out of its way.
      return change.remote === undefined || change.local.kind === 'directory'
        ? create(change.local, ABSENT, policy)
        : { ...adopt(change.local, change.remote), base: change.base }
    case 'both-changed':
      return settle(change)
    case 'remote-created':
    case 'remote-changed':
      return take(change)
    case 'remote-removed': {
      const { local, base } = change
      return policy.deletionsAllowed
        ? { kind: 'remove-local', path, local, base, expect: { kind: 'absent' } }
        : undefined
    }
    case 'remote-moved': {
      const { from, local, base, remote } = change
      return { kind: 'move-local', path, from, local, base, remote, expect: expectRemote(remote) }
    }
    default:
      return assertNever(change, 'a change of unknown kind')
  }
}

/** A file that became a folder: where the target has none, nothing would take its place there, and both names would stay. */
function isLeftBehind(
  change: Extract<Change, { readonly kind: 'created' }>,
  { abilities }: Policy,
): change is typeof change & { readonly base: BaselineEntry } {
  return change.local.kind === 'directory' && change.base?.kind === 'file' && !abilities.directories
}

function create(local: Entry, expect: Precondition, policy: Policy): Action | undefined {
  if (local.kind === 'directory')
    return policy.abilities.directories ? { kind: 'make-directory', path: local.path, local, expect } : undefined
  return { kind: 'upload', path: local.path, local, expect }
}

/** What was agreed on where another kind of thing is now gives way to it, in two-way mode only as long as it is that. */
function withBase(action: Action | undefined, base: BaselineEntry | undefined, { mode }: Policy): Action | undefined {
  if (mode !== 'two-way' || base === undefined || action === undefined) return action
  return action.kind === 'upload' || action.kind === 'make-directory' ? { ...action, base } : action
}

function adopt(local: Entry, remote: Entry): AdoptAction {
  return { kind: 'adopt', path: local.path, local, remote, expect: expectRemote(remote) }
}

type OnBoth = Extract<Change, { readonly kind: 'both-present' | 'both-changed' }>

function isFolderOnBoth({ local, remote }: OnBoth): boolean {
  return local.kind === 'directory' && remote.kind === 'directory'
}

function settle(change: OnBoth): Action {
  const { path, local, remote } = change
  const base = change.kind === 'both-changed' ? { base: change.base } : {}
  return { kind: 'settle', path, local, remote, ...base, expect: expectRemote(remote) }
}

/** What the target has comes here. Links and special files do not. */
function take(change: Extract<Change, { readonly kind: 'remote-created' | 'remote-changed' }>): Action | undefined {
  const { path, remote, base } = change
  const local = change.kind === 'remote-changed' ? { local: change.local } : {}
  const expect = expectRemote(remote)
  if (remote.kind === 'directory') {
    const isThere = local.local?.kind === 'directory'
    return isThere ? undefined : { kind: 'make-local-directory', path, remote, ...local, expect: { kind: 'any' } }
  }
  if (remote.kind !== 'file') return undefined
  return { kind: 'download', path, remote, ...local, ...(base === undefined ? {} : { base }), expect }
}

function expectRemote({ etag }: Entry): Precondition {
  return etag === undefined ? { kind: 'any' } : { kind: 'etag', etag }
}

/** Drawn by the path, so that the same files are compared however often the first look has to begin anew. */
function trustOf(path: RelPath, { adopt }: Policy): { readonly trust?: 'recorded' } {
  return adopt !== undefined && placeOf(path) * 100 >= adopt.comparePercent ? { trust: 'recorded' } : {}
}

/** Evenly spread in [0, 1): FNV-1a with a last mix, since the ends of paths differ in few bits. */
function placeOf(path: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < path.length; index++) hash = Math.imul(hash ^ path.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

function remove(
  { path, base, isGone, isOther }: Extract<Change, { readonly kind: 'removed' }>,
  policy: Policy,
): Action | undefined {
  if (!policy.deletionsAllowed) return undefined
  const forget: Action = { kind: 'forget', path, base, expect: expectBase(base) }
  // Where nothing is deleted, what is agreed on stays known, but for what the target has no more: back as it was, it would pass for safe.
  if (policy.mode === 'backup') return isGone === true || isOther === true ? forget : undefined
  // Nothing to delete, so nothing for the guard to hold back either.
  if (isGone === true) return forget
  return { kind: 'delete', path, base, expect: expectBase(base) }
}

/** What the target must still hold. Without an etag the size was all there ever was to compare. */
function expectBase(base: BaselineEntry): Precondition {
  return base.remote.etag === undefined ? { kind: 'any' } : { kind: 'etag', etag: base.remote.etag }
}

function laneOf(action: Action, policy: Policy): Lane {
  const size = contentSize(action)
  return size === undefined || size <= policy.smallFileBytes ? 'small' : 'large'
}

/** Of what may move content. */
function contentSize(action: Action): number | undefined {
  switch (action.kind) {
    case 'upload':
    case 'adopt':
    case 'move':
      return action.local.size
    case 'download':
    case 'move-local':
    case 'settle':
    case 'keep-both':
    case 'make-way':
      return action.remote.size
    default:
      return undefined
  }
}

function unsupported(change: Change, { abilities, source }: Policy): Problem | undefined {
  switch (change.kind) {
    case 'removed':
    case 'remote-removed':
      return undefined
    case 'remote-created':
    case 'remote-changed':
    case 'remote-moved':
      return source === undefined ? undefined : beyond(change.remote, source, engineFailureTexts.plan.here)
    default:
      return beyond(change.local, abilities, engineFailureTexts.plan.target)
  }
}

/** What is said of each of the two sides. */
type SideTexts = (typeof engineFailureTexts.plan)['here' | 'target']

function beyond({ path, size }: Entry, limits: NameLimits, texts: SideTexts): Problem | undefined {
  const refused = refusedName(path, limits.nameRules, texts)
  if (refused !== undefined) return refused
  const tooLong = (message: string): Problem => ({ path, reason: 'bad-name', message })
  const { maxPathBytes, maxSegmentBytes, maxObjectBytes } = limits
  if (encodedLength(path) > maxPathBytes) return tooLong(texts.longPath({ path, most: maxPathBytes }))
  if (encodedLength(nameOf(path)) > maxSegmentBytes) return tooLong(texts.longName({ path, most: maxSegmentBytes }))
  return size > maxObjectBytes ? tooLong(texts.large({ path, most: maxObjectBytes })) : undefined
}

/** The first name in the path that breaks the target's rules: what is below it cannot be kept either, and is not listed apart. */
function refusedName(path: RelPath, rules: NameRules, texts: SideTexts): Problem | undefined {
  if (rules === 'posix') return undefined
  for (let end = 0; end < path.length; end++) {
    const start = end
    end = path.indexOf('/', start)
    if (end < 0) end = path.length
    const problem = nameProblem(path.slice(start, end), rules)
    if (problem === undefined) continue
    const refused = path.slice(0, end) as RelPath
    return {
      path: refused,
      reason: 'bad-name',
      message: texts.refusedName({ path: refused, problem: say(problem) }),
    }
  }
  return undefined
}

/** Length in UTF-8 bytes, without a text encoder: `common` and the planner know no runtime. */
function encodedLength(text: string): number {
  let length = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2
  }
  return length
}

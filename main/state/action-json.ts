import type { ConflictId, Resolves } from '../../common/conflict.ts'
import type { Action, Entry, Precondition, RelPath } from '../../common/model.ts'
import { decodeDisplaced, encodeDisplaced } from './conflict-json.ts'
import { decodeBaseline, decodeEntry, decodePath, encodeBaseline, encodeEntry } from './entry-json.ts'
import { asInteger, asOneOf, asString, compact, optional, parseStored, unreadable } from './stored-json.ts'

const ACTION_KINDS = [
  'upload',
  'adopt',
  'move',
  'delete',
  'metadata',
  'make-directory',
  'forget',
  'download',
  'remove-local',
  'move-local',
  'make-local-directory',
  'settle',
  'keep-both',
  'make-way',
] as const
const SIDES = ['local', 'remote'] as const
const RESOLUTIONS = ['keep-local', 'keep-remote', 'keep-both', 'merge'] as const

/** The parts an action may have besides its path, whatever its kind. */
interface ActionParts {
  readonly from?: RelPath
  readonly as?: RelPath
  readonly side?: (typeof SIDES)[number]
  readonly resolves?: Resolves
  readonly local?: Entry
  readonly remote?: Entry
  readonly base?: Extract<Action, { kind: 'delete' }>['base']
  readonly trust?: 'recorded'
}

/** JSON of an action; its path is kept by the row. */
export function encodeAction(action: Action): string {
  const { from, as, side, local, remote, base, trust, resolves } = action as ActionParts
  return JSON.stringify({
    k: action.kind,
    x: encodePrecondition(action.expect),
    f: from,
    l: local && encodeEntry(local, action.path),
    r: remote && encodeEntry(remote, action.path),
    b: base && encodeBaseline(base, action.path),
    t: trust && 1,
    n: as,
    w: side,
    d: resolves && [
      resolves.conflictId,
      resolves.kind,
      resolves.rule,
      resolves.displaced && encodeDisplaced(resolves.displaced),
    ],
  })
}

/** Bytes of the file or folder an action is about, as it is shown. */
export function sizeOfAction(action: Action): number {
  if ('local' in action && action.local !== undefined) return action.local.size
  if ('remote' in action) return action.remote.size
  return action.base?.size ?? 0
}

/** Reads {@link encodeAction} back, trusting nothing. Throws `corrupt`. */
export function decodeAction(text: string, rawPath: string): Action {
  const stored = parseStored(text)
  const path = decodePath(rawPath, '' as RelPath)
  const common = { path, expect: decodePrecondition(stored['x']) }
  const local = (): Entry => decodeEntry(stored['l'], path)
  const base = (): ReturnType<typeof decodeBaseline> => decodeBaseline(stored['b'], path)
  const kind = asOneOf(stored['k'], ACTION_KINDS)
  const agreed = (): { readonly base?: ReturnType<typeof decodeBaseline> } =>
    stored['b'] === undefined ? {} : { base: base() }
  const here = (): { readonly local?: Entry } => (stored['l'] === undefined ? {} : { local: local() })
  const decided = (): { readonly resolves?: Resolves } =>
    stored['d'] === undefined ? {} : { resolves: decodeResolves(stored['d']) }
  const remote = (): Entry => decodeEntry(stored['r'], path)
  switch (kind) {
    case 'upload':
      return { kind, ...common, local: local(), ...agreed(), ...decided() }
    case 'adopt':
      return {
        kind,
        ...common,
        local: local(),
        remote: remote(),
        ...agreed(),
        ...(stored['t'] === 1 ? { trust: 'recorded' } : {}),
      }
    case 'settle':
      return { kind, ...common, local: local(), remote: remote(), ...agreed() }
    case 'download':
      return { kind, ...common, remote: remote(), ...here(), ...agreed(), ...decided() }
    case 'make-local-directory':
      return { kind, ...common, remote: remote(), ...here() }
    case 'move':
      return { kind, ...common, from: requiredPath(stored['f']), local: local(), base: base() }
    case 'move-local':
      return { kind, ...common, from: requiredPath(stored['f']), local: local(), remote: remote(), base: base() }
    case 'keep-both': {
      const resolves = decodeResolves(stored['d'])
      return { kind, ...common, as: requiredPath(stored['n']), local: local(), remote: remote(), ...agreed(), resolves }
    }
    case 'make-way': {
      const [side, as] = [asOneOf(stored['w'], SIDES), requiredPath(stored['n'])]
      const resolves = decodeResolves(stored['d'])
      return { kind, ...common, side, as, local: local(), remote: remote(), ...agreed(), resolves }
    }
    case 'remove-local':
      return { kind, ...common, local: local(), base: base() }
    case 'metadata':
      return { kind, ...common, local: local(), base: base() }
    case 'make-directory':
      return { kind, ...common, local: local(), ...agreed() }
    case 'delete':
    case 'forget':
      return { kind, ...common, base: base() }
  }
}

/**
 * True where two actions on one path come from the same observation: the same thing is to be done
 * with the same content, over the same state of the target.
 */
export function isSameObservation(a: Action, b: Action): boolean {
  if (a.kind !== b.kind || a.path !== b.path || !isSamePrecondition(a.expect, b.expect)) return false
  const left = a as ActionParts
  const right = b as ActionParts
  const isSamePlan = left.from === right.from && left.as === right.as && isSameDecision(left.resolves, right.resolves)
  return isSamePlan && isSameEntry(left.local, right.local) && isSameEntry(left.remote, right.remote)
}

function isSameDecision(a: Resolves | undefined, b: Resolves | undefined): boolean {
  return a?.conflictId === b?.conflictId && a?.kind === b?.kind && a?.rule === b?.rule
}

/** True where both bring the same version of a file to the target, whatever is there by now. */
export function isSameSource(a: Action, b: Action): boolean {
  const brings = (action: Action): boolean => action.kind === 'upload' || action.kind === 'adopt'
  if (!brings(a) || !brings(b) || a.path !== b.path) return false
  return isSameEntry((a as ActionParts).local, (b as ActionParts).local)
}

function isSameEntry(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.kind === b.kind &&
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.mode === b.mode &&
    a.etag === b.etag &&
    a.identity?.inode === b.identity?.inode &&
    a.identity?.ctimeNs === b.identity?.ctimeNs
  )
}

function isSamePrecondition(a: Precondition, b: Precondition): boolean {
  return a.kind === b.kind && (a as { etag?: string }).etag === (b as { etag?: string }).etag
}

/** 0: absent, 1: any, text: that etag. */
function encodePrecondition(expect: Precondition): number | string {
  if (expect.kind === 'etag') return expect.etag
  return expect.kind === 'absent' ? 0 : 1
}

function decodePrecondition(raw: unknown): Precondition {
  if (raw === 0) return { kind: 'absent' }
  if (raw === 1) return { kind: 'any' }
  return { kind: 'etag', etag: asString(raw) }
}

function requiredPath(raw: unknown): RelPath {
  const other = optional(raw, asString)
  if (other === undefined) throw unreadable('the other path of it is missing')
  return decodePath(other, '' as RelPath)
}

function decodeResolves(raw: unknown): Resolves {
  if (!Array.isArray(raw)) throw unreadable('the decision is missing')
  return compact<Resolves>({
    conflictId: asInteger(raw[0]) as ConflictId,
    kind: asOneOf(raw[1], RESOLUTIONS),
    // JSON has no undefined inside a list.
    rule: optional(raw[2] ?? undefined, asString),
    displaced: optional(raw[3] ?? undefined, decodeDisplaced),
  })
}

import type { Action, Entry, Precondition, RelPath } from '../../common/model.ts'
import { decodeBaseline, decodeEntry, decodePath, encodeBaseline, encodeEntry } from './entry-json.ts'
import { asOneOf, asString, optional, parseStored, unreadable, type StoredObject } from './stored-json.ts'

const ACTION_KINDS = ['upload', 'adopt', 'move', 'delete', 'metadata', 'make-directory', 'forget'] as const

/** The parts an action may have besides its path, whatever its kind. */
interface ActionParts {
  readonly from?: RelPath
  readonly local?: Entry
  readonly remote?: Entry
  readonly base?: Extract<Action, { kind: 'delete' }>['base']
  readonly trust?: 'recorded'
}

/** JSON of an action; its path is kept by the row. */
export function encodeAction(action: Action): string {
  const { from, local, remote, base, trust } = action as ActionParts
  return JSON.stringify({
    k: action.kind,
    x: encodePrecondition(action.expect),
    f: from,
    l: local && encodeEntry(local, action.path),
    r: remote && encodeEntry(remote, action.path),
    b: base && encodeBaseline(base, action.path),
    t: trust && 1,
  })
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
  switch (kind) {
    case 'upload':
      return { kind, ...common, local: local(), ...agreed() }
    case 'adopt':
      return {
        kind,
        ...common,
        local: local(),
        remote: decodeEntry(stored['r'], path),
        ...agreed(),
        ...(stored['t'] === 1 ? { trust: 'recorded' } : {}),
      }
    case 'move':
      return { kind, ...common, from: requiredPath(stored), local: local(), base: base() }
    case 'metadata':
      return { kind, ...common, local: local(), base: base() }
    case 'make-directory':
      return { kind, ...common, local: local() }
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
  return left.from === right.from && isSameEntry(left.local, right.local) && isSameEntry(left.remote, right.remote)
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

function requiredPath(stored: StoredObject): RelPath {
  const from = optional(stored['f'], asString)
  if (from === undefined) throw unreadable('the path it moves from is missing')
  return decodePath(from, '' as RelPath)
}

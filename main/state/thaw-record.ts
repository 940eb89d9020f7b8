import type { FolderId, RelPath } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import type { RestoreRequest, ThawSpeedName, ThawView } from '../../common/protocol.ts'
import { asInteger, asObject, asOneOf, asString, compact, optional, parseStored, unreadable } from './stored-json.ts'

/** What is restored once it is readable: a restore without the timeline it was chosen in. */
export type ThawWish = Omit<RestoreRequest, 'id'>

/** What is kept of one thaw besides its folder, state and files. Times are the host clock's. */
export interface ThawBody {
  readonly wish: ThawWish
  /** Where it was asked; another target of the folder since is another matter. */
  readonly target: string
  readonly speed: ThawSpeedName
  readonly days: number
  readonly askedAtMs: number
  readonly readyByMs: number
  /** When it goes on by itself. */
  readonly nextLookMs: number
  readonly readyAtMs?: number
  readonly readyUntilMs?: number
  readonly endedAtMs?: number
  readonly restoredFiles?: number
  /** Of the restore; those of the files stand with them. */
  readonly failures?: readonly { readonly path: string; readonly message: string }[]
  readonly failed?: number
  readonly trouble?: NonNullable<ThawView['trouble']>
  readonly error?: NonNullable<ThawView['error']>
}

/** One thaw. */
export interface ThawRecord extends ThawBody {
  readonly id: number
  readonly folderId: FolderId
  readonly state: ThawView['state']
}

const SPEEDS = ['expedited', 'standard', 'bulk'] as const
const PLACES = ['in-place', 'beside', 'directory'] as const

/** JSON of a thaw, as {@link decodeThaw} reads it. */
export function encodeThaw(body: ThawBody): string {
  return JSON.stringify(body)
}

/** Reads it back, trusting nothing. Throws `corrupt`. */
export function decodeThaw(text: string): ThawBody {
  const stored = parseStored(text)
  return compact<ThawBody>({
    wish: wishOf(stored['wish']),
    target: asString(stored['target']),
    speed: asOneOf(stored['speed'], SPEEDS),
    days: asInteger(stored['days']),
    askedAtMs: asInteger(stored['askedAtMs']),
    readyByMs: asInteger(stored['readyByMs']),
    nextLookMs: asInteger(stored['nextLookMs']),
    readyAtMs: optional(stored['readyAtMs'], asInteger),
    readyUntilMs: optional(stored['readyUntilMs'], asInteger),
    endedAtMs: optional(stored['endedAtMs'], asInteger),
    restoredFiles: optional(stored['restoredFiles'], asInteger),
    failures: optional(stored['failures'], failuresOf),
    failed: optional(stored['failed'], asInteger),
    trouble: optional(stored['trouble'], errorOf),
    error: optional(stored['error'], errorOf),
  })
}

function wishOf(raw: unknown): ThawWish {
  const stored = asObject(raw)
  const to = asObject(stored['to'])
  const kind = asOneOf(to['kind'], PLACES)
  return compact<ThawWish>({
    paths: listOf(stored['paths']).map(pathOf),
    token: optional(stored['token'], asString),
    atMs: optional(stored['atMs'], asInteger),
    last: stored['last'] === true ? true : undefined,
    to: kind === 'directory' ? { kind, path: asString(to['path']) } : { kind },
  })
}

/** '' is everything. */
function pathOf(raw: unknown): RelPath {
  const path = asString(raw)
  return path === '' ? ('' as RelPath) : toRelPath(path)
}

function failuresOf(raw: unknown): NonNullable<ThawBody['failures']> {
  return listOf(raw).map((each) => {
    const { path, message } = asObject(each)
    return { path: asString(path), message: asString(message) }
  })
}

function errorOf(raw: unknown): NonNullable<ThawView['error']> {
  const { code, message, fix, path } = asObject(raw)
  type Wire = NonNullable<ThawView['error']>
  return compact<Wire>({
    code: asString(code) as Wire['code'],
    message: asString(message),
    fix: optional(fix, asString),
    path: optional(path, asString),
  })
}

function listOf(raw: unknown): readonly unknown[] {
  if (!Array.isArray(raw)) throw unreadable('a list is missing')
  return raw as readonly unknown[]
}

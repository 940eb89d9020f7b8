import { isTidekeepError, type ErrorCode, type TidekeepError } from '../../../common/errors.ts'
import { joinRelPath, toRelPath } from '../../../common/paths.ts'
import type { ByteRange, Entry, Precondition, RelPath } from '../../../common/model.ts'
import { blake3Hex } from '../../../workers/hash/blake3.ts'
import type { BatchItem, BatchResult, Content, Features, PutOptions, PutResult, TargetProvider } from '../provider.ts'

/** What a check may need beyond the minimum; without it the check does not apply. */
export type Need =
  | Exclude<keyof Features, 'limits' | 'preconditions' | 'pacesItself'>
  /** The target tells apart names that differ only by case, or only by Unicode form; or it takes them for one. */
  | 'case'
  | 'form'
  | 'one-case'
  | 'one-form'
  /** The target takes every name. */
  | 'any-name'
  /** The caller can open the target again, see `CheckContext.again`. */
  | 'again'
  /** The caller can make files of this computer, see `CheckContext.localContent`. */
  | 'local-files'

/** One behaviour of the port. Throws a sentence when it is not there. */
export interface Check {
  readonly name: string
  readonly needs?: readonly Need[]
  run(context: CheckContext): Promise<void>
}

/** What a check works with: a provider and a place of its own at the target, empty at first. */
export interface CheckContext {
  readonly provider: TargetProvider
  readonly area: RelPath
  readonly signal: AbortSignal
  /** Makes a file of this computer with these bytes and gives it as content. */
  readonly localContent?: (bytes: Uint8Array) => Promise<LocalContent>
  /** Opens the same target again. */
  readonly again?: Again
  /** So many entries the target tells at once, at most; 1,000 where it is not known, as no store tells more. */
  readonly pageEntries?: number
}

/** Other ways to the target of a check. */
export interface Again {
  /** As the next start of the program would, with what was known of its changes. */
  restarted(): TargetProvider
  /** As another computer would. */
  elsewhere(): TargetProvider
  /** What the target said of where to go on among its changes is worth nothing from now on. */
  losePlace(): void
}

/** Content that is a file of this computer, which the check may spoil. */
export interface LocalContent {
  readonly content: Content
  /** Writes other bytes into it. */
  change(): Promise<void>
  remove(): Promise<void>
}

/** The promise of the port that was broken, in one sentence. */
export class ConformanceFailure extends Error {
  override readonly name = 'ConformanceFailure'
}

/** Nothing may be there. */
export const ABSENT: Precondition = { kind: 'absent' }
/** Whatever is there. */
export const ANY: Precondition = { kind: 'any' }
/** A time with every digit of a nanosecond in use. */
export const MTIME_NS = 1_700_000_001_123_456_789n
/** Permission bits that no default gives. */
export const MODE = 0o640

/** Throws `sentence` unless `holds`. */
export function must(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new ConformanceFailure(sentence)
}

/** A path in the check's own area. */
export function at({ area }: CheckContext, name: string): RelPath {
  return name.split('/').reduce<RelPath>((parent, segment) => joinRelPath(parent, segment), area)
}

/** Bytes that repeat only after long, so that a piece in the wrong place shows. */
export function pattern(sizeBytes: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  let state = seed
  for (let index = 0; index < sizeBytes; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

/** Content held in memory, given out in small pieces. */
export function contentOf(bytes: Uint8Array, pieceBytes = 60_000): Content {
  return {
    size: bytes.length,
    open: async function* (range: ByteRange = { start: 0, end: bytes.length }) {
      for (let start = range.start; start < range.end; start += pieceBytes) {
        yield bytes.slice(start, Math.min(range.end, start + pieceBytes))
      }
    },
  }
}

/** Puts bytes under a name of the area; by default on the condition that nothing is there. */
export function store(
  context: CheckContext,
  name: string,
  bytes: Uint8Array | Content,
  options: Partial<PutOptions> = {},
): Promise<PutResult> {
  return context.provider.put(at(context, name), bytes instanceof Uint8Array ? contentOf(bytes) : bytes, {
    signal: context.signal,
    metadata: { mtimeNs: MTIME_NS, mode: MODE },
    expect: ABSENT,
    ...options,
  })
}

/** Puts files under names of the area in one batch; by default on the condition that nothing is there. */
export function storeBatch(
  context: CheckContext,
  files: readonly (readonly [name: string, bytes: Uint8Array | Content])[],
  options: Partial<Pick<BatchItem, 'expect' | 'keep'>> = {},
): Promise<readonly BatchResult[]> {
  const items = files.map(([name, bytes]): BatchItem => {
    const content = bytes instanceof Uint8Array ? contentOf(bytes) : bytes
    return { path: at(context, name), content, metadata: { mtimeNs: MTIME_NS, mode: MODE }, expect: ABSENT, ...options }
  })
  return context.provider.features.putBatch!(items, { signal: context.signal })
}

/** The whole content of a file or a range of it. */
export async function load(
  context: CheckContext,
  name: string,
  options: { readonly range?: ByteRange; readonly expect?: Precondition } = {},
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of context.provider.read(at(context, name), { signal: context.signal, ...options })) {
    // A provider may reuse its buffer once the next piece is asked for.
    pieces.push(Uint8Array.from(piece))
  }
  return Buffer.concat(pieces)
}

/** The entry of a name below the area of the checks. */
export function stat(context: CheckContext, name: string): Promise<Entry> {
  return context.provider.stat(at(context, name), { signal: context.signal })
}

/** Everything listed below a name of the area (the area itself by default). */
export async function list(context: CheckContext, name = ''): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  const path = name === '' ? context.area : at(context, name)
  for await (const page of context.provider.list(path, { signal: context.signal })) entries.push(...page)
  return entries
}

/** Names of the files in a listing, as seen from the area. */
export function fileNames({ area }: CheckContext, entries: readonly Entry[]): readonly string[] {
  return entries.filter(({ kind }) => kind === 'file').map(({ path }) => path.slice(area.length + 1))
}

/** False for `not-found`; every other error is thrown. */
export async function isThere(context: CheckContext, name: string): Promise<boolean> {
  try {
    await stat(context, name)
    return true
  } catch (error) {
    if (isTidekeepError(error) && error.code === 'not-found') return false
    throw error
  }
}

/** The content under a name has to be exactly `bytes`. */
export async function mustHold(context: CheckContext, name: string, bytes: Uint8Array): Promise<void> {
  const found = await load(context, name)
  must(found.length === bytes.length, `${name} has ${found.length} bytes instead of ${bytes.length}.`)
  must(blake3Hex(found) === blake3Hex(bytes), `${name} has other bytes than were stored.`)
}

/** The call has to fail with one of the codes. Gives the error. */
export async function mustFail(
  promise: Promise<unknown>,
  codes: readonly ErrorCode[],
  what: string,
): Promise<TidekeepError> {
  let error: unknown
  try {
    await promise
  } catch (thrown) {
    error = thrown
  }
  must(error !== undefined, `${what} succeeded, but has to fail.`)
  must(isTidekeepError(error), `${what} failed with an error that has no code.`)
  must(
    codes.includes(error.code),
    `${what} failed with "${error.code}" (${error.message}) instead of ${codes.join(' or ')}.`,
  )
  return error
}

/** A signal that was aborted already. */
export function aborted(): AbortSignal {
  return AbortSignal.abort(new Error('aborted by the check'))
}

/** Equal but for what the target cannot keep of a time. */
export function isSameTime({ features }: TargetProvider, a: bigint, b: bigint): boolean {
  const differenceNs = a - b
  return differenceNs < features.limits.mtimeStepNs && -differenceNs < features.limits.mtimeStepNs
}

/** A fresh area for each check, below the scratch prefix. */
export function areaOf(scratch: string, number: number): RelPath {
  return toRelPath(`${scratch}/check-${number}`)
}

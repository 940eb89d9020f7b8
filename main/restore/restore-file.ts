import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { ByteRange, Checksum, Entry, RelPath } from '../../common/model.ts'
import { nameOf, parentOf } from '../../common/paths.ts'
import type { DeltaDownloads, Piece } from '../delta/delta-download.ts'
import type { Clock } from '../host.ts'
import type { Destination } from './destination.ts'
import { createDigest, digestStream } from '../digests.ts'
import type { FileSource } from './kept-source.ts'
import { READ_AHEAD_MIN_BYTES, type ReadAhead } from '../read-ahead.ts'
import { expectedChecksum, recordOf, type Records } from './records.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** What restoring one file needs. */
export interface FileWork {
  readonly provider: FileSource
  readonly destination: Destination
  readonly records: Records
  /** BLAKE3 of exactly this content, where that is known better than by the records. */
  readonly contentHash?: string
  readonly clock: Clock
  readonly dryRun: boolean
  readonly overwrite: boolean
  readonly kill: AbortSignal
  readonly onBytes: (bytes: number) => void
  /** Fetches only what a file in the place does not hold already; without it, files are fetched whole. */
  readonly delta?: DeltaDownloads
  /** Reads large files in parts; without it, each comes in one piece after the other. */
  readonly ahead?: ReadAhead
}

/** What became of one file. */
export interface FileOutcome {
  readonly kind: 'restored' | 'equal'
  readonly bytes: number
  /** Content that was here already and was not fetched. */
  readonly reused: number
  /** False: the target records no checksum, so only the size was compared. */
  readonly verified: boolean
  /** The name the file that was in the way has now. */
  readonly keptAs?: RelPath
}

type DownloadWork = FileWork & { readonly keptAs: RelPath | undefined }

const ATTEMPTS = 3
const FIRST_DELAY_MS = 500

/**
 * Brings one file back. Content goes to a temporary, is compared with what the target records, and
 * only then gets its name. Throws `already-exists` when another file is there and may not be
 * replaced, `corrupt` when the content is not what was backed up.
 */
export async function restoreFile(listed: Entry, work: FileWork): Promise<FileOutcome> {
  const entry = await complete(listed, work)
  const expected = expectedOf(entry, work)
  const occupant = await work.destination.look(entry.path)
  const verified = expected !== undefined
  if (occupant?.kind === 'file' && occupant.size === entry.size && (await isEqual(entry, work))) {
    if (!work.dryRun) await work.destination.sweep(entry.path)
    return { kind: 'equal', bytes: 0, reused: 0, verified }
  }
  const keptAs = occupant === undefined ? undefined : await placeFor(entry.path, occupant.kind, work)
  if (work.dryRun) return { kind: 'restored', bytes: entry.size, reused: 0, verified, ...(keptAs && { keptAs }) }
  const pieces = occupant?.kind === 'file' ? await piecesHere(entry, expected, work) : undefined
  const reused = await fetch(entry, { ...work, keptAs }, pieces)
  return { kind: 'restored', bytes: entry.size, reused, verified, ...(keptAs && { keptAs }) }
}

/**
 * What of the content is in the file that is in the way. Only where a digest that nobody can forge
 * proves the result: what signatures say may be anybody's word.
 */
async function piecesHere(
  entry: Entry,
  expected: Checksum | undefined,
  { delta, destination, kill }: FileWork,
): Promise<readonly Piece[] | undefined> {
  const isProof = expected?.algorithm === 'blake3' || expected?.algorithm === 'sha256'
  const here = delta === undefined || !isProof ? undefined : await destination.stable(entry.path)
  if (here === undefined) return undefined
  const contentHash = expected?.algorithm === 'blake3' ? expected.value : undefined
  return delta?.plan(entry, contentHash, { here, signal: kill })
}

/** In pieces where some are here already; whole, once that turned out wrong. Answers the bytes that were not fetched. */
async function fetch(entry: Entry, work: DownloadWork, pieces: readonly Piece[] | undefined): Promise<number> {
  let usable = pieces
  await withAttempts(work, async () => {
    try {
      await download(entry, work, usable)
    } catch (error) {
      if (usable === undefined || toTidekeepError(error).code !== 'corrupt') throw error
      usable = undefined
      await download(entry, work, undefined)
    }
  })
  const reused = usable?.filter(({ kind }) => kind === 'reuse') ?? []
  return reused.reduce((sum, { range }) => sum + range.end - range.start, 0)
}

/**
 * Listings of some stores lack what only a look at the object tells: its own mtime, mode and
 * checksums. A record of exactly this version tells them as well, without a request.
 */
async function complete(listed: Entry, { provider, records, kill }: FileWork): Promise<Entry> {
  if (listed.checksums !== undefined) return listed
  const record = recordOf(listed, records.get(listed.path))
  if (record?.contentHash === undefined || record.remote.etag === undefined || listed.etag === undefined) {
    return provider.stat(listed.path, { signal: kill })
  }
  return { ...listed, mtimeNs: record.mtimeNs, ...(record.mode === undefined ? {} : { mode: record.mode }) }
}

function expectedOf(entry: Entry, { records, contentHash }: FileWork): Checksum | undefined {
  if (contentHash !== undefined) return { algorithm: 'blake3', value: contentHash }
  return expectedChecksum(entry, recordOf(entry, records.get(entry.path)))
}

/** By the recorded checksum; where there is none, by reading the content at the target. */
async function isEqual(entry: Entry, work: FileWork): Promise<boolean> {
  const expected = expectedOf(entry, work)
  const algorithm = expected?.algorithm ?? 'blake3'
  const here = await digestStream(work.destination.read(entry.path), algorithm)
  if (here.size !== entry.size) return false
  const wanted = expected?.value ?? (await digestStream(contentOf(entry, work), algorithm)).hex
  return here.hex === wanted
}

/** The name for what is in the way. Throws `already-exists` when it must stay. */
async function placeFor(path: RelPath, kind: string, work: FileWork): Promise<RelPath> {
  if (kind === 'directory') {
    throw new TidekeepError({
      code: 'already-exists',
      message: restoreFailureTexts.restoreFile.wasNotRestoredAFolder({ path }),
      path,
      fix: restoreFailureTexts.restoreFile.wasNotRestoredAFolderFix,
    })
  }
  if (!work.overwrite) {
    throw new TidekeepError({
      code: 'already-exists',
      message: restoreFailureTexts.restoreFile.wasNotRestoredADifferent({ path }),
      path,
      fix: restoreFailureTexts.restoreFile.wasNotRestoredADifferentFix,
    })
  }
  return freeName(path, work)
}

/** `name (replaced 2026-11-21 10-42-05)`, with a number where even that exists; the one it has already, where that was cut off. */
async function freeName(path: RelPath, { destination, clock }: FileWork): Promise<RelPath> {
  const stamp = localStamp(new Date(clock.now()))
  const parent = parentOf(path)
  const begin = `${nameOf(path)} (replaced `
  const cutOff = await destination.asideName(path, begin)
  if (cutOff !== undefined) return cutOff
  for (let turn = 1; ; turn++) {
    const name = `${begin}${stamp}${turn === 1 ? '' : ` ${turn}`})`
    const candidate = (parent === '' ? name : `${parent}/${name}`) as RelPath
    if ((await destination.look(candidate)) === undefined) return candidate
  }
}

/** `2026-11-21 10-42-05` by the clock of this computer; a name of any file system can have it. */
export function localStamp(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}-${two(date.getMinutes())}-${two(date.getSeconds())}`
}

async function download(entry: Entry, work: DownloadWork, pieces: readonly Piece[] | undefined): Promise<void> {
  const expected = expectedOf(entry, work)
  const digest = createDigest(expected?.algorithm ?? 'blake3')
  const { destination, keptAs } = work
  const staged = await destination.stage(entry.path)
  let isAside = false
  try {
    let size = 0
    for await (const bytes of pieces === undefined ? fetched(entry, work) : pieced(entry, work, pieces)) {
      digest.update(bytes)
      size += bytes.byteLength
      await staged.write(bytes)
    }
    if (size !== entry.size || (expected !== undefined && digest.hex() !== expected.value)) throw corrupt(entry)
    if (keptAs !== undefined) {
      await destination.setAside(entry.path, keptAs)
      isAside = true
    }
    await staged.commit({ mtimeNs: entry.mtimeNs, ...(entry.mode === undefined ? {} : { mode: entry.mode }) })
  } catch (error) {
    await staged.discard()
    if (isAside && keptAs !== undefined) await destination.setAside(keptAs, entry.path)
    throw error
  }
}

/** From the target and from the file in the way, in order. */
async function* pieced(entry: Entry, work: FileWork, pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece.kind === 'fetch') yield* fetched(entry, work, piece.range)
    else {
      const { start, end } = piece.range
      const here = { start: piece.fromStart, end: piece.fromStart + end - start }
      yield* work.destination.read(entry.path, here)
    }
  }
}

async function* fetched(entry: Entry, work: FileWork, range?: ByteRange): AsyncGenerator<Uint8Array> {
  for await (const bytes of range === undefined ? wholeOf(entry, work) : contentOf(entry, work, range)) {
    work.onBytes(bytes.byteLength)
    yield bytes
  }
}

/** In parts where that is worth it: only of one and the same object, and only where a digest proves what they make together. */
function wholeOf(entry: Entry, work: FileWork): AsyncIterable<Uint8Array> {
  const { ahead, kill } = work
  const isWorth =
    entry.size >= READ_AHEAD_MIN_BYTES && entry.etag !== undefined && expectedOf(entry, work) !== undefined
  if (ahead === undefined || !isWorth) return contentOf(entry, work)
  return ahead.content(entry.size, (range, signal) => contentOf(entry, { ...work, kill: signal }, range), kill)
}

/** The content of exactly the object that was looked at. */
function contentOf(entry: Entry, { provider, kill }: FileWork, range?: ByteRange): AsyncIterable<Uint8Array> {
  return provider.read(entry.path, {
    signal: kill,
    ...(range === undefined ? {} : { range }),
    ...(entry.etag === undefined ? {} : { expect: { kind: 'etag', etag: entry.etag } as const }),
  })
}

async function withAttempts(work: FileWork, attempt: () => Promise<void>): Promise<void> {
  for (let done = 1; ; done++) {
    try {
      return await attempt()
    } catch (error) {
      const { retry } = toTidekeepError(error)
      const mayHelp = retry.kind === 'backoff' || retry.kind === 'after'
      if (!mayHelp || done === ATTEMPTS || work.kill.aborted) throw error
      await work.clock.sleep(retry.kind === 'after' ? retry.delayMs : FIRST_DELAY_MS * 2 ** (done - 1), work.kill)
    }
  }
}

function corrupt(entry: Entry): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: restoreFailureTexts.restoreFile.wasNotRestoredItsContent({ path: entry.path }),
    path: entry.path,
    fix: restoreFailureTexts.restoreFile.wasNotRestoredItsContentFix,
  })
}

import { isTidekeepError } from '../../common/errors.ts'
import type { ByteRange, Entry } from '../../common/model.ts'
import { shapeFor } from '../../workers/delta/shape.ts'
import type { Pool, StableFile } from '../../workers/tasks.ts'
import type { Log } from '../host.ts'
import type { Signatures } from './signatures.ts'

/** A stretch of content that is wanted here: fetched, or taken from a file of this computer at `fromStart`. */
export type Piece =
  | { readonly kind: 'fetch'; readonly range: ByteRange }
  | { readonly kind: 'reuse'; readonly range: ByteRange; readonly fromStart: number }

/** What fetching differences works with. */
export interface DeltaDownloadDeps {
  readonly pool: Pool
  readonly signatures: Pick<Signatures, 'load'>
  readonly log: Log
  /** See `Settings.deltaThreshold`. */
  readonly thresholdBytes: number
}

/** Less between two stretches that are fetched is fetched along: a request takes longer. */
const LEAST_REUSED_BYTES = 256 * 1024
/** Where less of the file is here, all of it is fetched, in one request. */
const LEAST_REUSED_SHARE = 0.05

/** Finds what of an object at a target is in a file of this computer, by the object's signature. */
export class DeltaDownloads {
  readonly #deps: DeltaDownloadDeps

  constructor(deps: DeltaDownloadDeps) {
    this.#deps = deps
  }

  /**
   * Pieces that make the object's content from `here`, in order and without gaps; undefined where
   * nothing is known or little would be gained. A hint: whoever uses it proves the whole. Never fails.
   */
  async plan(
    entry: Entry,
    contentHash: string | undefined,
    { here, signal }: { readonly here: StableFile; readonly signal: AbortSignal },
  ): Promise<readonly Piece[] | undefined> {
    const { path, etag, versionId, size } = entry
    const { pool, signatures, log, thresholdBytes } = this.#deps
    if (etag === undefined || size < thresholdBytes) return undefined
    const held = { path, etag, ...(versionId === undefined ? {} : { versionId }) }
    const signature = await signatures.load(contentHash === undefined ? held : { ...held, contentHash }, signal)
    if (signature === undefined) return undefined
    try {
      const { runs } = await pool.run('matchFile', { file: here, signature, shape: shapeFor(here.size, 0) }, { signal })
      return worthwhile(invert(runs, size), size)
    } catch (error) {
      signal.throwIfAborted()
      log.info('delta-not-used', { code: isTidekeepError(error) ? error.code : 'internal' })
      return undefined
    }
  }
}

/** Runs say where the bytes of the file here lie in the object; this says where the object's bytes lie here. */
function invert(runs: Float64Array, sizeBytes: number): readonly Piece[] {
  const found: { readonly start: number; readonly end: number; readonly fromStart: number }[] = []
  for (let at = 0; at + 2 < runs.length; at += 3) {
    const [fromStart, length, start] = [runs[at]!, runs[at + 1]!, runs[at + 2]!]
    if (start >= 0 && start + length <= sizeBytes) found.push({ start, end: start + length, fromStart })
  }
  const pieces: Piece[] = []
  let covered = 0
  for (const { start, end, fromStart } of found.toSorted((a, b) => a.start - b.start)) {
    const from = Math.max(start, covered)
    if (end - from < LEAST_REUSED_BYTES) continue
    if (from > covered) pieces.push({ kind: 'fetch', range: { start: covered, end: from } })
    pieces.push({ kind: 'reuse', range: { start: from, end }, fromStart: fromStart + from - start })
    covered = end
  }
  if (covered < sizeBytes) pieces.push({ kind: 'fetch', range: { start: covered, end: sizeBytes } })
  return pieces
}

function worthwhile(pieces: readonly Piece[], sizeBytes: number): readonly Piece[] | undefined {
  const reused = pieces.reduce((sum, { kind, range }) => (kind === 'reuse' ? sum + range.end - range.start : sum), 0)
  return reused >= sizeBytes * LEAST_REUSED_SHARE ? pieces : undefined
}

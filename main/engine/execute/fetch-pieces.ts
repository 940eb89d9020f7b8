import { createHash } from 'node:crypto'
import { TidekeepError } from '../../../common/errors.ts'
import type { Checksum, Entry } from '../../../common/model.ts'
import { createBlake3 } from '../../../workers/hash/blake3.ts'
import type { Piece } from '../../delta/delta-download.ts'
import type { Content } from '../../providers/provider.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'
import { expectOf } from './here.ts'
import { localContent, localFile } from './local-content.ts'
import type { Run } from './run.ts'

/** A version at the target that is put together from the file it takes the place of and from what is fetched. */
export interface Pieces {
  readonly pieces: readonly Piece[]
  /** What the whole must hash to. */
  readonly proof: Checksum
}

/**
 * How a large file can be had without fetching all of it; undefined where that is not known to pay.
 * Only where a digest that nobody can forge proves the result: what signatures say may be anybody's word.
 */
export async function piecesHere(
  run: Run,
  { remote, here }: { readonly remote: Entry; readonly here: Entry | undefined },
): Promise<Pieces | undefined> {
  const { delta, root } = run.context
  const proof = remote.checksums?.find(({ algorithm }) => algorithm === 'blake3' || algorithm === 'sha256')
  if (here?.kind !== 'file' || proof === undefined) return undefined
  const contentHash = proof.algorithm === 'blake3' ? proof.value : undefined
  const pieces = await delta?.downloads?.plan(remote, contentHash, { here: localFile(root, here), signal: run.signal })
  return pieces === undefined ? undefined : { pieces, proof }
}

/** Content bytes that need not be fetched. */
export function reusedBytes({ pieces }: Pieces): number {
  return pieces.reduce((sum, { kind, range }) => (kind === 'reuse' ? sum + range.end - range.start : sum), 0)
}

/**
 * The content in its order, every fetched range pinned to the version that was looked at. Throws `corrupt` before its
 * last byte is believed where the whole is not what it must be, and `changed` where the file here did not stay as it was.
 */
export async function* pieced(
  run: Run,
  { remote, here }: { readonly remote: Entry; readonly here: Entry },
  { pieces, proof }: Pieces,
): AsyncGenerator<Uint8Array> {
  const digest = digestOf(proof)
  const own = localContent(run.context.root, here)
  for (const piece of pieces) {
    for await (const bytes of bytesOf(run, remote, own, piece)) {
      digest.update(bytes)
      yield bytes
    }
  }
  if (digest.hex() === proof.value) return
  throw new TidekeepError({
    code: 'corrupt',
    message: engineFailureTexts.fetchPieces.isNotWhatItMustBe({ path: remote.path }),
    path: remote.path,
  })
}

function bytesOf(run: Run, remote: Entry, own: Content, piece: Piece): AsyncIterable<Uint8Array> {
  const { start, end } = piece.range
  if (piece.kind === 'reuse') return own.open({ start: piece.fromStart, end: piece.fromStart + end - start })
  const { context, signal } = run
  return context.target.read(remote.path, { signal, range: piece.range, expect: expectOf(remote) })
}

function digestOf({ algorithm }: Checksum): { update(bytes: Uint8Array): void; hex(): string } {
  if (algorithm === 'sha256') {
    const hash = createHash('sha256')
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
  }
  const hasher = createBlake3()
  return { update: (bytes) => hasher.update(bytes), hex: () => hasher.digestHex() }
}

import { TidekeepError } from '../../../common/errors.ts'
import type { ByteRange, Checksum, Entry } from '../../../common/model.ts'
import { createQuickXor } from '../../../workers/hash/quick-xor.ts'
import { createDigest, strongest, type Digest } from '../../digests.ts'
import { READ_AHEAD_MIN_BYTES, ReadAhead } from '../../read-ahead.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'
import { expectOf } from './here.ts'
import type { Run } from './run.ts'

/** Parts of large files that are fetched before their turn, over all folders of this process: 24 MiB. */
const PARTS_AHEAD = 3

const ahead = new ReadAhead(PARTS_AHEAD)

/**
 * The target's version, pinned to its etag. A large one comes in parts that are on their way at once, where a digest proves what
 * they make together. Throws `corrupt` before the last byte is believed where they do not make what the target tells of.
 */
export function wholeAtTarget(run: Run, remote: Entry, range?: ByteRange): AsyncIterable<Uint8Array> {
  const proof = proofOf(remote)
  const isLarge = remote.size >= READ_AHEAD_MIN_BYTES && remote.etag !== undefined
  if (range !== undefined || !isLarge || proof === undefined) return readAt(run, remote, { range, signal: run.signal })
  const content = ahead.content(remote.size, (part, signal) => readAt(run, remote, { range: part, signal }), run.signal)
  return proved(content, remote, proof)
}

function readAt(
  { context }: Run,
  remote: Entry,
  { range, signal }: { readonly range: ByteRange | undefined; readonly signal: AbortSignal },
): AsyncIterable<Uint8Array> {
  return context.target.read(remote.path, {
    signal,
    expect: expectOf(remote),
    ...(range === undefined ? {} : { range }),
  })
}

async function* proved(
  content: AsyncIterable<Uint8Array>,
  { path }: Entry,
  proof: Checksum,
): AsyncGenerator<Uint8Array> {
  const digest = digestOf(proof)
  let last: Uint8Array | undefined
  for await (const bytes of content) {
    digest.update(bytes)
    // Whoever has the last byte has a whole file: it comes after the proof.
    if (last !== undefined) yield last
    last = bytes
  }
  if (digest.hex() !== proof.value)
    throw new TidekeepError({
      code: 'corrupt',
      message: engineFailureTexts.fetchPieces.isNotWhatWasTold({ path }),
      path,
    })
  if (last !== undefined) yield last
}

/** What OneDrive tells counts, too: it is what a whole file is held against there. */
function proofOf({ checksums = [] }: Entry): Checksum | undefined {
  return strongest(checksums) ?? checksums.find(({ algorithm }) => algorithm === 'quickxor')
}

function digestOf({ algorithm }: Checksum): Digest {
  if (algorithm !== 'quickxor') return createDigest(algorithm)
  const hasher = createQuickXor()
  return { update: (bytes) => void hasher.update(bytes), hex: () => hasher.digestHex() }
}

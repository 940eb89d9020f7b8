import { TaskControl } from '../fs/control.ts'
import { readStable } from '../fs/stable-read.ts'
import { createBlake3 } from '../hash/blake3.ts'
import type { MatchedFile, MatchFile, SignatureShape } from '../tasks.ts'
import { encodeUnbound } from './format.ts'
import { BlockMatcher } from './match-blocks.ts'
import { ChunkMatcher } from './match-chunks.ts'
import { PIECE_BYTES, type Matcher } from './matcher.ts'
import { Runs } from './runs.ts'
import { shapeFor } from './shape.ts'
import { SignatureBuilder } from './signature-builder.ts'
import { signFile } from './sign-file.ts'
import { readSignature, type Signature } from './signature.ts'

/** Chunks that are so much longer than the file wants have nothing to give, and would take memory. */
const MOST_TOO_LONG = 8

/**
 * Finds what of old content is in a file that stayed as it was scanned, and makes its signature, in
 * one read of pieces of at most `pieceBytes`. Throws as `readStable`, `corrupt` for a damaged
 * signature, and `cancelled`.
 */
export function matchFile(params: MatchFile, pieceBytes: number = PIECE_BYTES): MatchedFile {
  const { file, shape, control } = params
  const old = readSignature(params.signature)
  const matcher = matcherFor(old, file.size)
  if (matcher === undefined) {
    const runs = new Runs()
    runs.addLiteral(0, file.size)
    return { runs: runs.toArray(), ...signFile({ file, shape, ...(control === undefined ? {} : { control }) }) }
  }
  try {
    // Rows of the matcher are cut as the old ones are: another shape takes a builder of its own.
    const builder = isShapeOf(shape, old) ? undefined : new SignatureBuilder(shape)
    const contentHash = readThrough(matcher, params, { builder, pieceBytes })
    const runs = matcher.runs.toArray()
    if (builder !== undefined) return { contentHash, runs, signature: builder.finish().signature }
    const { rowCount, groupCount, parts } = matcher.rows
    const header = { kind: old.kind, unitBytes: unitOf(old), sizeBytes: file.size, rowCount, groupCount, contentHash }
    return { contentHash, runs, signature: encodeUnbound(header, parts) }
  } finally {
    matcher.close()
  }
}

/** Reads the file once, for all that want to see it. Answers its BLAKE3. */
function readThrough(
  matcher: Matcher,
  { file, control: memory }: MatchFile,
  { builder, pieceBytes }: { readonly builder: SignatureBuilder | undefined; readonly pieceBytes: number },
): string {
  const control = memory === undefined ? undefined : new TaskControl(memory)
  const hasher = createBlake3()
  const { window } = matcher
  readStable(file, window.piece.subarray(0, pieceBytes), (piece) => {
    builder?.update(piece)
    hasher.update(piece)
    window.accept(piece.length)
    window.keepFrom(matcher.take(false))
    control?.advance(piece.length)
  })
  matcher.take(true)
  return hasher.digestHex()
}

function matcherFor(old: Signature, sizeBytes: number): Matcher | undefined {
  if (old.kind === 'fixed') return new BlockMatcher(old)
  const wanted = shapeFor(sizeBytes, 0)
  const isUsable = wanted.kind === 'chunks' && old.averageBytes <= wanted.averageBytes * MOST_TOO_LONG
  return isUsable ? new ChunkMatcher(old) : undefined
}

function isShapeOf(shape: SignatureShape, old: Signature): boolean {
  return shape.kind === old.kind && unitOf(shape) === unitOf(old)
}

function unitOf(shape: SignatureShape): number {
  return shape.kind === 'chunks' ? shape.averageBytes : shape.blockBytes
}

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
export function matchFile(
  { file, signature, shape, control: memory }: MatchFile,
  pieceBytes: number = PIECE_BYTES,
): MatchedFile {
  const old = readSignature(signature)
  const matcher = matcherFor(old, file.size)
  if (matcher === undefined) {
    const runs = new Runs()
    runs.addLiteral(0, file.size)
    return { runs: runs.toArray(), ...signFile({ file, shape, ...(memory === undefined ? {} : { control: memory }) }) }
  }
  const control = memory === undefined ? undefined : new TaskControl(memory)
  const builder = isShapeOf(shape, old) ? undefined : new SignatureBuilder(shape)
  const hasher = createBlake3()
  const { window } = matcher
  readStable(file, window.piece.subarray(0, pieceBytes), (piece) => {
    builder?.update(piece)
    hasher.update(piece)
    window.accept(piece.length)
    window.keepFrom(matcher.take(false))
    control?.advance(piece.length)
  })
  window.accept(0)
  matcher.take(true)
  const contentHash = hasher.digestHex()
  const runs = matcher.runs.toArray()
  if (builder !== undefined) return { contentHash, runs, signature: builder.finish().signature }
  const header = { kind: old.kind, unitBytes: unitOf(old), sizeBytes: file.size, ...matcher.rows, contentHash }
  return { contentHash, runs, signature: encodeUnbound(header, matcher.rows.parts) }
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

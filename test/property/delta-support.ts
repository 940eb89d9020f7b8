import { writeFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { matchFile } from '../../workers/delta/match-file.ts'
import { SignatureBuilder } from '../../workers/delta/signature-builder.ts'
import type { MatchedFile, SignatureShape } from '../../workers/tasks.ts'
import { asScanned } from '../conformance/local-content.ts'
import { seededRandom } from '../fakes/host.ts'

/** One thing that can happen to content. `at` and `length` are parts of its size. */
export type Edit =
  | { readonly do: 'insert' | 'overwrite'; readonly at: number; readonly bytes: number; readonly seed: number }
  | { readonly do: 'delete' | 'repeat' | 'truncate'; readonly at: number; readonly length: number }
  | { readonly do: 'shuffle'; readonly at: number; readonly pieceBytes: number }
  | { readonly do: 'append'; readonly bytes: number; readonly seed: number }

/** What content is like before anything happens to it. */
export type Texture = 'random' | 'zeros' | 'period' | 'text' | 'mixed'

const TEXTURES: readonly Texture[] = ['random', 'zeros', 'period', 'text', 'mixed']

/** Old content and what happens to it. */
export interface Story {
  readonly texture: Texture
  readonly sizeBytes: number
  readonly seed: number
  readonly edits: readonly Edit[]
}

/** Any story about content of at most so many bytes; many places and lengths are multiples of `aligned`. */
export function stories(mostBytes: number, aligned: number): fc.Arbitrary<Story> {
  const part = fc.double({ min: 0, max: 1, noNaN: true })
  const bytes = fc.oneof(fc.constantFrom(1, 64, aligned, 2 * aligned), fc.integer({ min: 1, max: 4 * aligned }))
  const seed = fc.nat()
  const at = part
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ do: fc.constantFrom('insert' as const, 'overwrite' as const), at, bytes, seed }),
    fc.record({ do: fc.constantFrom('delete' as const, 'repeat' as const, 'truncate' as const), at, length: part }),
    fc.record({ do: fc.constant('shuffle' as const), at, pieceBytes: bytes }),
    fc.record({ do: fc.constant('append' as const), bytes, seed }),
  )
  const sizeBytes = fc.oneof(
    fc.constantFrom(0, 1, aligned - 1, aligned, aligned + 1, 8 * aligned),
    fc.integer({ min: 0, max: mostBytes }),
  )
  return fc.record({ texture: fc.constantFrom(...TEXTURES), sizeBytes, seed, edits: fc.array(edit, { maxLength: 6 }) })
}

/** The content a story begins with. */
export function oldContent({ texture, sizeBytes, seed }: Story): Buffer {
  const made = noise(sizeBytes, seed)
  switch (texture) {
    case 'random':
      return made
    case 'zeros':
      return Buffer.alloc(sizeBytes)
    case 'period':
      return Buffer.alloc(sizeBytes, made.subarray(0, 1 + (seed % 700)))
    case 'text':
      return Buffer.from(made.map((byte, at) => (at % 40 === 39 ? 10 : 97 + (byte % 26))))
    case 'mixed':
      for (let at = 0; at < sizeBytes; at += 30_000) made.subarray(at, at + 15_000).fill(at % 60_000 === 0 ? 0 : 'ab')
      return made
  }
}

/** The content after a story. */
export function newContent(story: Story): Buffer {
  return story.edits.reduce(apply, oldContent(story))
}

function apply(content: Buffer, edit: Edit): Buffer {
  if (edit.do === 'append') return Buffer.concat([content, noise(edit.bytes, edit.seed)])
  const at = Math.floor(edit.at * content.length)
  const before = content.subarray(0, at)
  switch (edit.do) {
    case 'insert':
      return Buffer.concat([before, noise(edit.bytes, edit.seed), content.subarray(at)])
    case 'overwrite':
      return Buffer.concat([before, noise(edit.bytes, edit.seed), content.subarray(at + edit.bytes)])
    case 'delete':
      return Buffer.concat([before, content.subarray(at + Math.floor((edit.length * content.length) / 4))])
    case 'repeat':
      return Buffer.concat([
        before,
        before.subarray(0, Math.floor((edit.length * content.length) / 4)),
        content.subarray(at),
      ])
    case 'truncate':
      return Buffer.from(before)
    case 'shuffle': {
      const second = at + edit.pieceBytes
      const pieces = [content.subarray(second, second + edit.pieceBytes), content.subarray(at, second)]
      return Buffer.concat([before, ...pieces, content.subarray(second + edit.pieceBytes)])
    }
  }
}

/** Bytes that look random, the same for a seed. */
export function noise(byteCount: number, seed: number): Buffer {
  const random = seededRandom(seed)
  const words = new Uint32Array(Math.ceil(byteCount / 4))
  for (let at = 0; at < words.length; at++) words[at] = random.next() * 2 ** 32
  return Buffer.from(words.buffer, 0, byteCount)
}

/** The signature of content, made on its own. */
export function sign(content: Uint8Array, shape: SignatureShape): Uint8Array {
  const builder = new SignatureBuilder(shape)
  builder.update(content)
  return builder.finish().signature
}

/** Matches content, by way of a file at `path` that is read in pieces of a length that depends on it. */
export function match(
  path: string,
  content: Uint8Array,
  parts: { readonly signature: Uint8Array; readonly shape: SignatureShape },
): MatchedFile {
  writeFileSync(path, content)
  return matchFile({ file: asScanned(path), ...parts }, PIECES[content.length % PIECES.length])
}

const PIECES = [8 * 1024 ** 2, 70_001, 4096, 1999]

/** Puts content together from old content and, where the runs say that bytes are new, from the new content. */
export function reassemble({ runs }: MatchedFile, old: Buffer, content: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < runs.length; at += 3) {
    const [start, length, oldStart] = [runs[at]!, runs[at + 1]!, runs[at + 2]!]
    pieces.push(oldStart === -1 ? content.subarray(start, start + length) : old.subarray(oldStart, oldStart + length))
  }
  return Buffer.concat(pieces)
}

/** Bytes that are new. */
export function literalBytes({ runs }: MatchedFile): number {
  let bytes = 0
  for (let at = 0; at < runs.length; at += 3) if (runs[at + 2] === -1) bytes += runs[at + 1]!
  return bytes
}

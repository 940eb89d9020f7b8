import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AssembleOptions, AssemblyPart, Content, PutOptions } from '../../../main/providers/provider.ts'
import type { Precondition } from '../../../common/model.ts'
import { contentOf, fileContent, never, rel, type S3Fixture } from './harness.ts'

/** A piece of new content: so many bytes of the old from a place on, or new bytes. */
export type Piece = { readonly copy: number; readonly length: number } | { readonly literal: number }

/** New content and the parts that make it of the old. */
export interface Composed {
  readonly bytes: Buffer
  readonly parts: readonly AssemblyPart[]
  readonly literalBytes: number
  readonly copiedBytes: number
}

/** Puts pieces together; literals are random. */
export function compose(base: Buffer, pieces: readonly Piece[]): Composed {
  const parts: AssemblyPart[] = []
  const made: Buffer[] = []
  let start = 0
  let literalBytes = 0
  for (const piece of pieces) {
    const isCopy = 'copy' in piece
    const bytes = isCopy ? base.subarray(piece.copy, piece.copy + piece.length) : randomBytes(piece.literal)
    const range = { start, end: start + (isCopy ? piece.length : piece.literal) }
    parts.push(isCopy ? { kind: 'copy', range, fromStart: piece.copy } : { kind: 'literal', range })
    made.push(bytes)
    start = range.end
    if (!isCopy) literalBytes += piece.literal
  }
  return { bytes: Buffer.concat(made), parts, literalBytes, copiedBytes: start - literalBytes }
}

/** Metadata every assembly of a test carries. */
export const ASSEMBLED: Pick<PutOptions, 'signal' | 'metadata'> = {
  signal: never,
  metadata: { mtimeNs: 1_700_000_000_987_654_321n, mode: 0o640 },
}

/** An object that new content is put together from. */
export interface Base {
  readonly bytes: Buffer
  readonly from: AssembleOptions['from']
  readonly expect: Precondition
}

/** Stores an object and says how it is pinned. */
export async function storeBase({ provider }: S3Fixture, path: string, sizeBytes: number): Promise<Base> {
  const bytes = randomBytes(sizeBytes)
  const { entry } = await provider.put(rel(path), contentOf(bytes), {
    signal: never,
    metadata: { mtimeNs: 1_600_000_000_000_000_000n },
    expect: { kind: 'any' },
  })
  const etag = entry.etag!
  const version = entry.versionId === undefined ? {} : { versionId: entry.versionId }
  return { bytes, from: { etag, sizeBytes, ...version }, expect: { kind: 'etag', etag } }
}

/** Options of an assembly on a base. */
export function onto({ from, expect }: Base, more: Partial<AssembleOptions> = {}): AssembleOptions {
  return { ...ASSEMBLED, from, expect, ...more }
}

/** Content that is a file of this computer. */
export function contentOfFile(bytes: Uint8Array): { content: Content; change(): void; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 's3-assembly-'))
  const absolutePath = join(directory, 'source')
  writeFileSync(absolutePath, bytes)
  return {
    content: fileContent(absolutePath),
    change: () => writeFileSync(absolutePath, randomBytes(bytes.length)),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

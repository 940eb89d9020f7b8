import { createHash, randomBytes } from 'node:crypto'
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { AssemblyPart } from '../../main/providers/provider.ts'
import { onto, type Base } from '../fakes/s3/assembly.ts'
import { fileContent, rel, startS3Fixture, type S3Fixture } from '../fakes/s3/harness.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const path = rel('huge.bin')

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})

/** An object of zeros that takes no room. */
function storeZeros(fixture: S3Fixture, sizeBytes: number): Base {
  const bucket = fixture.server.buckets.get(fixture.bucket)!
  const etag = `"${createHash('md5').update(`zeros ${sizeBytes}`).digest('hex')}"`
  bucket.add({
    key: path,
    etag,
    content: bucket.contents.zeros(sizeBytes),
    lastModifiedMs: 0,
    metadata: {},
    system: {},
    storageClass: 'STANDARD',
    deleteMarker: false,
  })
  return { bytes: Buffer.alloc(0), from: { etag, sizeBytes }, expect: { kind: 'etag', etag } }
}

/** A file of zeros with some bytes in it. */
function sparseFile(sizeBytes: number, at: number, bytes: Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), 's3-huge-'))
  cleanups.push(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'huge')
  const fd = openSync(file, 'w')
  ftruncateSync(fd, sizeBytes)
  writeSync(fd, bytes, 0, bytes.length, at)
  closeSync(fd)
  return file
}

describe('a change behind a run as long as a copied part may be', () => {
  it('travels alone: the rest is copied in ranges, and the whole is proved', async () => {
    const fixture = await startS3Fixture()
    cleanups.push(() => fixture.close())
    const sizeBytes = 5 * GIB + 6 * MIB + 12_345
    const changed = randomBytes(6 * MIB)
    const at = 5 * GIB
    const base = storeZeros(fixture, sizeBytes)
    const file = sparseFile(sizeBytes, at, changed)
    const end = at + changed.length
    const parts: readonly AssemblyPart[] = [
      { kind: 'copy', range: { start: 0, end: at }, fromStart: 0 },
      { kind: 'literal', range: { start: at, end } },
      { kind: 'copy', range: { start: end, end: sizeBytes }, fromStart: end },
    ]
    const result = await fixture.provider.features.assemble!(path, fileContent(file), parts, onto(base))
    expect(result).toMatchObject({
      verifiedBy: 'checksum',
      bytesSent: changed.length,
      bytesReused: sizeBytes - changed.length,
      entry: { size: sizeBytes },
    })
    const copies = fixture.server.requests.filter(
      ({ operation, key }) => operation === 'UploadPartCopy' && key === path,
    )
    const ranges = [0, 1, 2, 3, 4].map((gib) => `bytes=${gib * GIB}-${(gib + 1) * GIB - 1}`)
    ranges.push(`bytes=${end}-${sizeBytes - 1}`)
    expect(new Set(copies.map(({ headers }) => headers['x-amz-copy-source-range']))).toEqual(new Set(ranges))
    expect(copies).toHaveLength(ranges.length)
    const { content } = fixture.server.buckets.get(fixture.bucket)!.current(path)!
    expect(content.size).toBe(sizeBytes)
    expect(content.slice(at, end).bytes().equals(changed)).toBe(true)
    expect(
      content
        .slice(at - 9, at)
        .bytes()
        .equals(Buffer.alloc(9)),
    ).toBe(true)
  })
})

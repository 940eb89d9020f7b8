import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparePaths } from '../../common/paths.ts'
import type { Entry, RelPath } from '../../common/model.ts'
import { crc32Combine } from '../../main/providers/s3/crc32.ts'
import { multipartEtag, unquote } from '../../main/providers/s3/etag.ts'
import { createMarkerSorter } from '../../main/providers/s3/list.ts'
import { formatMtime, parseMtime, rewrittenHeaders, storeChecksums, toEntry } from '../../main/providers/s3/metadata.ts'
import { completeBody } from '../../main/providers/s3/multipart-calls.ts'
import { planParts } from '../../main/providers/s3/part-plan.ts'
import { xmlElements, xmlRoot, xmlText } from '../../main/providers/s3/xml.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const TIB = 1024 ** 4

describe('CRC32 of pieces put together', () => {
  it('equals the CRC32 of the whole, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 5000 }), (a, b) => {
        expect(crc32Combine(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])))
      }),
      { numRuns: 300, seed: 1 },
    )
  })

  it('holds beyond 4 GiB: doubling zeros agrees with appending them piece by piece', () => {
    const piece = crc32(new Uint8Array(64 * MIB))
    let [sum, length] = [0, 0]
    for (let step = 0; step < 80; step++) {
      sum = crc32Combine(sum, piece, 64 * MIB)
      length += 64 * MIB
    }
    let [doubled, half] = [piece, 64 * MIB]
    for (let step = 0; step < 6; step++) {
      doubled = crc32Combine(doubled, doubled, half)
      half *= 2
    }
    // 80 pieces are 64 and 16 of them.
    let [quarter, quarterBytes] = [piece, 64 * MIB]
    for (let step = 0; step < 4; step++) {
      quarter = crc32Combine(quarter, quarter, quarterBytes)
      quarterBytes *= 2
    }
    expect(length).toBe(5 * GIB)
    expect(crc32Combine(doubled, quarter, quarterBytes)).toBe(sum)
    // Appending the long stretch at once moves a first byte as far as appending it in pieces.
    const head = crc32(Buffer.from('head'))
    expect(crc32Combine(head, sum, length)).toBe(crc32Combine(crc32Combine(head, doubled, half), quarter, quarterBytes))
  })
})

describe('parts', () => {
  const configured = 16 * MIB
  it.each([
    [16 * MIB + 1, 16 * MIB, 2],
    [32 * MIB, 16 * MIB, 2],
    [32 * MIB + 1, 16 * MIB, 3],
    [10_000 * 16 * MIB, 16 * MIB, 10_000],
    [10_000 * 16 * MIB + 1, 17 * MIB, 9_412],
    [5 * TIB, 525 * MIB, 9_987],
    [10_000 * 5 * GIB, 5 * GIB, 10_000],
  ])('%i bytes go in parts of %i bytes', (sizeBytes, partBytes, partCount) => {
    expect(planParts(sizeBytes, configured)).toEqual({ partBytes, partCount })
  })

  it('never needs more than 10,000 parts or parts outside what S3 takes', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 10_000 * 5 * GIB, noNaN: true }), (raw) => {
        const sizeBytes = Math.floor(raw)
        const { partBytes, partCount } = planParts(sizeBytes, configured)
        expect(partCount).toBeLessThanOrEqual(10_000)
        expect(partBytes).toBeLessThanOrEqual(5 * GIB)
        expect(partBytes % MIB).toBe(0)
        expect((partCount - 1) * partBytes).toBeLessThan(sizeBytes)
        expect(partCount * partBytes).toBeGreaterThanOrEqual(sizeBytes)
      }),
      { numRuns: 500, seed: 3 },
    )
  })

  it('refuses one byte more than 10,000 parts of 5 GiB', () => {
    expect(() => planParts(10_000 * 5 * GIB + 1, configured)).toThrow(expect.objectContaining({ code: 'unsupported' }))
  })
})

describe('multipart ETags', () => {
  it('are the MD5 of the raw MD5s', () => {
    // Two parts "a" and "b": md5(md5("a") || md5("b")), computed with Python's hashlib.
    const etags = ['"0cc175b9c0f1b6a831c399e269772661"', '"92eb5ffee6ae2fec3ad71c777531578f"']
    expect(multipartEtag(etags)).toBe('"96e024ba2074fe77e8e965ba43a704be-2"')
  })

  it('are unknown where a part is encrypted with another key', () => {
    expect(multipartEtag(['"not-an-md5"'])).toBeUndefined()
  })

  it('are compared without quotes and weakness mark', () => {
    expect(['"a"', 'W/"a"', 'a'].map(unquote)).toEqual(['a', 'a', 'a'])
  })
})

describe('attributes', () => {
  it('survive as decimal seconds, to the nanosecond, before 1970 too', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (ns) => {
        expect(parseMtime(formatMtime(ns))).toBe(ns)
      }),
      { numRuns: 300, seed: 5 },
    )
    expect(formatMtime(1_700_000_000_500_000_000n)).toBe('1700000000.5')
    expect(formatMtime(-1n)).toBe('-0.000000001')
  })

  it.each(['', 'soon', '1e9', '1.', '.5', '99999999999999', '1 2', undefined])('ignores %j as a time', (text) => {
    expect(parseMtime(text)).toBeUndefined()
  })

  it('takes nothing hostile from metadata: modes are masked, digests must look like digests', () => {
    const entry = toEntry('f' as RelPath, {
      'content-length': '3',
      'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT',
      'x-amz-meta-mode': '104755',
      'x-amz-meta-tidekeep-blake3': '../../etc',
      'x-amz-meta-mtime': '1e400',
    })
    expect(entry).toMatchObject({ mode: 0o755, mtimeNs: 1_445_412_480_000_000_000n })
    expect(entry.checksums).toBeUndefined()
  })

  it('does not mistake a composite checksum for one of the whole', () => {
    expect(storeChecksums({ 'x-amz-checksum-crc32': 'AAAAAA==-3' })).toEqual([])
    expect(storeChecksums({ 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-type': 'COMPOSITE' })).toEqual([])
    expect(storeChecksums({ 'x-amz-checksum-crc32': '/////w==', 'x-amz-checksum-type': 'FULL_OBJECT' })).toEqual([
      { algorithm: 'crc32', value: 'ffffffff' },
    ])
  })

  it("keeps other programs' metadata, system headers and the storage class when mtime is rewritten", () => {
    const before = {
      'content-type': 'text/plain',
      'x-amz-meta-owner': 'anna',
      'x-amz-storage-class': 'STANDARD_IA',
      etag: '"x"',
      'x-amz-meta-mtime': '1',
    }
    expect(rewrittenHeaders(before, { mtimeNs: 2_000_000_000n })).toEqual({
      'content-type': 'text/plain',
      'x-amz-meta-owner': 'anna',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-meta-mtime': '2',
    })
  })
})

describe('XML', () => {
  it('decodes what S3 escapes, and nothing else', () => {
    expect(xmlText('<A><Key>a&amp;b &lt;x&gt; &#13;&#x1F600; &unknown;</Key></A>', 'Key')).toBe(
      'a&b <x> \r😀 &unknown;',
    )
    expect(xmlText('<A><Key/></A>', 'Key')).toBe('')
    expect(xmlText('<A/>', 'Key')).toBeUndefined()
  })

  it('finds elements in order and stops at a document that is cut off', () => {
    expect([...xmlElements('<P>1</P><P>2</P><P>3', 'P')]).toEqual(['1', '2'])
  })

  it('finds the root behind a declaration', () => {
    expect(xmlRoot('<?xml version="1.0"?>\n<Error><Code>X</Code></Error>')).toBe('Error')
  })

  it('escapes the quotes of ETags', () => {
    expect(completeBody([{ number: 1, etag: '"a"', crc: 0 }])).toContain(
      '<ETag>&#34;a&#34;</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32>',
    )
  })
})

describe('directory markers in a listing', () => {
  const entry = (path: string, kind: Entry['kind']): Entry => ({ path: path as RelPath, kind, size: 0, mtimeNs: 0n })
  const run = (keys: readonly string[], pageKeys: number): { paths: string[]; mostHeld: number } => {
    const sorter = createMarkerSorter()
    const paths: string[] = []
    let added = 0
    let mostHeld = 0
    for (const [index, key] of keys.entries()) {
      const isMarker = key.endsWith('/')
      sorter.add(entry(isMarker ? key.slice(0, -1) : key, isMarker ? 'directory' : 'file'))
      added++
      sorter.passed(key)
      if (index === keys.length - 1) sorter.end()
      if (index % pageKeys === pageKeys - 1 || index === keys.length - 1)
        paths.push(...sorter.take().map((one) => one.path))
      mostHeld = Math.max(mostHeld, added - paths.length - sorter.skipped)
    }
    return { paths, mostHeld }
  }

  it('come out where their paths belong, whatever the keys and pages', () => {
    const segment = fc.stringMatching(/^[ab!.0-]{1,3}$/).filter((text) => text !== '.' && text !== '..')
    const key = fc
      .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([parts, marker]) => parts.join('/') + (marker ? '/' : ''))
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (unsorted, pageKeys) => {
        const keys = unsorted.toSorted(comparePaths)
        const wanted = [...new Set(keys.map((one) => one.replace(/\/$/, '')))].sort(comparePaths)
        expect(run(keys, pageKeys).paths).toEqual(wanted)
      }),
      { numRuns: 1000, seed: 11 },
    )
  })

  it('hold back no more than the files that could follow them', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `d${String(index).padStart(4, '0')}/photo.jpg`)
    expect(run(keys, 100).mostHeld).toBeLessThanOrEqual(100)
  })
})

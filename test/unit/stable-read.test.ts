import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  appendFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readStable, translateReadError } from '../../workers/fs/stable-read.ts'
import { asScanned } from '../conformance/local-content.ts'

let directory: string
let path: string
const buffer = new Uint8Array(1000)

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidekeep-stable-'))
  path = join(directory, 'file')
  writeFileSync(path, Buffer.alloc(5000, 'a'))
  utimesSync(path, 1_600_000_000, 1_600_000_000)
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Reads the file as it is now known, with something happening before the first or at the second piece. */
function readWhile(when: 'before' | 'during', happen: () => void): string {
  const file = asScanned(path)
  const pieces: Uint8Array[] = []
  if (when === 'before') happen()
  readStable(file, buffer, (piece) => {
    pieces.push(Uint8Array.from(piece))
    if (when === 'during' && pieces.length === 2) happen()
  })
  return Buffer.concat(pieces).toString()
}

const HAPPENINGS: readonly (readonly [string, () => void])[] = [
  ['is appended to', () => appendFileSync(path, 'more')],
  ['is cut short', () => truncateSync(path, 1500)],
  [
    'is edited in place by a writer that restores the time',
    () => {
      writeFileSync(path, Buffer.alloc(5000, 'b'))
      utimesSync(path, 1_600_000_000, 1_600_000_000)
    },
  ],
]

describe('a stable read', () => {
  it('gives every byte in order', () => {
    expect(readWhile('before', () => undefined)).toBe('a'.repeat(5000))
  })

  it.each(HAPPENINGS)('refuses a file that %s before it', (_, happen) => {
    expect(() => readWhile('before', happen)).toThrowError(expect.objectContaining({ code: 'changed', path }))
  })

  it.each(HAPPENINGS)('refuses a file read in one piece that %s', (_, happen) => {
    const whole = new Uint8Array(10_000)
    const before = asScanned(path)
    happen()
    const refused = expect.objectContaining({ code: 'changed', path })
    expect(() => readStable(before, whole, () => undefined)).toThrowError(refused)
    writeFileSync(path, Buffer.alloc(5000, 'c'))
    const during = asScanned(path)
    expect(() => readStable(during, whole, happen)).toThrowError(refused)
  })

  it.each(HAPPENINGS)('refuses a file that %s in the middle of it', (_, happen) => {
    expect(() => readWhile('during', happen)).toThrowError(expect.objectContaining({ code: 'changed' }))
  })

  it('refuses a file that was replaced by one of the same size and time', () => {
    const replace = (): void => {
      writeFileSync(join(directory, 'other'), Buffer.alloc(5000, 'b'))
      utimesSync(join(directory, 'other'), 1_600_000_000, 1_600_000_000)
      renameSync(join(directory, 'other'), path)
    }
    expect(() => readWhile('before', replace)).toThrowError(expect.objectContaining({ code: 'changed' }))
  })

  it('says when the file is gone, became a link or a folder', () => {
    expect(() => readWhile('before', () => rmSync(path))).toThrowError(expect.objectContaining({ code: 'vanished' }))
    writeFileSync(path, 'x')
    const link = (): void => {
      renameSync(path, join(directory, 'aside'))
      symlinkSync(join(directory, 'aside'), path)
    }
    expect(() => readWhile('before', link)).toThrowError(expect.objectContaining({ code: 'changed' }))
    rmSync(path)
    writeFileSync(path, 'x')
    const folder = (): void => {
      rmSync(path)
      mkdirSync(path)
    }
    expect(() => readWhile('before', folder)).toThrowError(expect.objectContaining({ code: 'changed' }))
  })

  it('passes on what its consumer throws, and is not to blame for it', () => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    expect(() =>
      readStable(asScanned(path), buffer, () => {
        throw full
      }),
    ).toThrowError(full)
  })

  it.each([
    ['ENOENT', 'vanished'],
    ['ENOTDIR', 'vanished'],
    ['EACCES', 'forbidden'],
    ['EPERM', 'forbidden'],
    ['ELOOP', 'changed'],
    ['EBUSY', 'in-use'],
    ['ETXTBSY', 'in-use'],
    ['EAGAIN', 'in-use'],
    ['EMFILE', 'internal'],
    ['EIO', 'internal'],
  ])('tells %s as "%s"', (code, expected) => {
    const error = translateReadError(Object.assign(new Error(code), { code }), '/home/me/file')
    expect(error).toMatchObject({ code: expected, path: '/home/me/file' })
  })
})

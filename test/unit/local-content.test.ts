import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Entry, RelPath } from '../../common/model.ts'
import { localContent } from '../../main/engine/execute/local-content.ts'
import { asScanned } from '../conformance/local-content.ts'

const SIZE_BYTES = 3 * 1024 * 1024

let place = ''
let full = ''
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-content-'))
  full = join(place, 'a')
  writeFileSync(full, Buffer.alloc(SIZE_BYTES, 'first '))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

function scanned(): Entry {
  const { size, mtimeNs, ctimeNs, inode } = asScanned(full)
  return { path: 'a' as RelPath, kind: 'file', size, mtimeNs, identity: { inode, ctimeNs } }
}

/** What became of reading a file as a stream, with something happening after the first piece. */
async function readWhile(happens: () => void): Promise<number> {
  let sizeBytes = 0
  for await (const piece of localContent(place, scanned()).open()) {
    if (sizeBytes === 0) happens()
    sizeBytes += piece.length
  }
  return sizeBytes
}

describe('a scanned file read as a stream', () => {
  it('is every byte of it', async () => {
    expect(await readWhile(() => undefined)).toBe(SIZE_BYTES)
  })

  it.each<[string, () => void]>([
    ['is edited in the middle', () => writeFileSync(full, Buffer.alloc(SIZE_BYTES, 'second'))],
    [
      'is edited in the middle by a writer that restores the time',
      () => {
        const { atime, mtime } = statSync(full)
        writeFileSync(full, Buffer.alloc(SIZE_BYTES, 'second'))
        utimesSync(full, atime, mtime)
      },
    ],
    ['grows', () => writeFileSync(full, 'more', { flag: 'a' })],
    ['shrinks', () => writeFileSync(full, 'less')],
  ])('is refused when it %s', async (_, happens) => {
    await expect(readWhile(happens)).rejects.toMatchObject({ code: 'changed' })
  })
})

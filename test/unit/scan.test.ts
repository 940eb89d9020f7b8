import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { createLocalScanner } from '../../main/engine/scan/local-scanner.ts'
import type { ScanBatch, Scanner, ScanScope } from '../../main/engine/scan/scanner.ts'
import { createPool } from '../../main/pool.ts'
import type { Pool } from '../../workers/tasks.ts'
import { walk } from '../../workers/walk.ts'

const FILES = 20_000
const EVERYTHING: readonly ScanScope[] = [{ path: '' as RelPath, recursive: true }]
const never = new AbortController().signal

let root: string
let pool: Pool
let scanner: Scanner

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tidekeep-scan-'))
  mkdirSync(join(root, 'many'))
  for (let index = 0; index < FILES; index++) writeFileSync(join(root, 'many', `f${index}`), '')
  mkdirSync(join(root, 'small'))
  writeFileSync(join(root, 'small', 'a'), 'abc')
  writeFileSync(join(root, 'small', 'b.tmp'), '')
  pool = createPool({ threads: 1 })
  scanner = createLocalScanner(pool)({ root, ignoreLines: ['*.tmp'], excludedPaths: [] })
})
afterAll(async () => {
  await pool.close()
  rmSync(root, { recursive: true, force: true })
})

async function collect(batches: AsyncIterable<ScanBatch>): Promise<ScanBatch[]> {
  const all: ScanBatch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

describe('the local scanner', () => {
  it('streams a folder from a worker thread in runs', async () => {
    const batches = await collect(scanner.scan(EVERYTHING, never))
    expect(batches.flatMap((batch) => batch.entries)).toHaveLength(FILES + 3)
    expect(batches.length).toBeGreaterThan(FILES / 1_000)
    expect(batches.at(-1)?.ignored).toBe(1)
  })

  it('tells one path, and nothing of what is absent or ignored', async () => {
    expect(await scanner.stat('small/a' as RelPath)).toMatchObject({ path: 'small/a', kind: 'file', size: 3 })
    expect(await scanner.stat('small' as RelPath)).toMatchObject({ kind: 'directory' })
    expect(await scanner.stat('small/b.tmp' as RelPath)).toBeUndefined()
    expect(await scanner.stat('small/none' as RelPath)).toBeUndefined()
  })

  it('identifies the root and fails when it is missing', async () => {
    expect(await scanner.root()).toEqual({
      device: expect.stringMatching(/^\d+$/) as string,
      inode: expect.stringMatching(/^\d+$/) as string,
    })
    const missing = createLocalScanner(pool)({ root: join(root, 'none'), ignoreLines: [], excludedPaths: [] })
    await expect(missing.root()).rejects.toMatchObject({ code: 'not-found' })
    await expect(collect(missing.scan(EVERYTHING, never))).rejects.toMatchObject({ code: 'not-found' })
  })

  it('ends with cancelled when it is aborted midway, and the pool goes on working', async () => {
    const abort = new AbortController()
    const run = async (): Promise<number> => {
      let seen = 0
      for await (const batch of scanner.scan(EVERYTHING, abort.signal)) {
        seen += batch.entries.length
        abort.abort()
      }
      return seen
    }
    await expect(run()).rejects.toMatchObject({ code: 'cancelled' })
    await expect(collect(scanner.scan(EVERYTHING, abort.signal))).rejects.toMatchObject({ code: 'cancelled' })
    expect(await scanner.stat('small/a' as RelPath)).toBeDefined()
  })

  it('frees the thread when its reader leaves early', async () => {
    for await (const batch of scanner.scan(EVERYTHING, never)) {
      expect(batch.entries.length).toBeGreaterThan(0)
      break
    }
    expect(await scanner.stat('small/a' as RelPath)).toBeDefined()
  })

  it('keeps a bounded number of batches on the way to a slow reader', async () => {
    const { port1, port2 } = new MessageChannel()
    let posted = 0
    const post = port2.postMessage.bind(port2)
    port2.postMessage = ((message: unknown, transfer: never) => {
      posted++
      post(message, transfer)
    }) as typeof port2.postMessage
    const done = walk({ root, scopes: EVERYTHING, ignoreLines: [], excludedPaths: [], port: port2 })
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(posted).toBe(18)
    port1.postMessage('more', [])
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(posted).toBe(19)
    port1.close()
    await done
    expect(posted).toBe(19)
  })

  it('fails, rather than ends, when the folder goes away in the middle', async () => {
    const place = mkdtempSync(join(tmpdir(), 'tidekeep-scan-'))
    const going = join(place, 'going')
    // More than are on their way to a reader that takes its time.
    for (let folder = 0; folder < 12; folder++) {
      mkdirSync(join(going, `d${folder}`), { recursive: true })
      for (let file = 0; file < 1_000; file++) writeFileSync(join(going, `d${folder}`, `f${file}`), '')
    }
    const scan = async (): Promise<void> => {
      for await (const _batch of createLocalScanner(pool)({ root: going, ignoreLines: [], excludedPaths: [] }).scan(
        EVERYTHING,
        never,
      )) {
        if (existsSync(going)) renameSync(going, `${going}-away`)
      }
    }
    await expect(scan()).rejects.toMatchObject({ code: expect.stringMatching(/not-found|unavailable/) })
    rmSync(place, { recursive: true })
  })

  it('fails, rather than ends, when its thread dies', async () => {
    const broken: Pool = { run: () => Promise.reject(new Error('thread died')), close: () => Promise.resolve() }
    const unlucky = createLocalScanner(broken)({ root, ignoreLines: [], excludedPaths: [] })
    await expect(collect(unlucky.scan(EVERYTHING, never))).rejects.toThrow('thread died')
  })
})

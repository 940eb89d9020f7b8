import { readFileSync, renameSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FolderId, RelPath } from '../../common/model.ts'
import { createPool } from '../../main/pool.ts'
import type { Content, TargetProvider } from '../../main/providers/provider.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import { openLocalDestination } from '../../main/restore/local-destination.ts'
import { createRecords, type Records } from '../../main/restore/records.ts'
import { restore } from '../../main/restore/restore.ts'
import { verify } from '../../main/restore/verify.ts'
import { systemClock } from '../../main/service/node-host.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import type { Store } from '../../main/state/store.ts'
import type { Pool } from '../../workers/tasks.ts'
import { createFakeHost, seededRandom } from '../fakes/host.ts'

const FOLDER = 'folder' as FolderId
const FILES = 300
const signal = new AbortController().signal
const place = mkdtempSync(join(tmpdir(), 'tidekeep-verify-'))
const root = join(place, 'target')
const random = seededRandom(21)
let pool: Pool
let provider: TargetProvider
let store: Store
let records: Records
const contents = new Map<string, Uint8Array>()

beforeAll(async () => {
  pool = createPool()
  const host = createFakeHost({ clock: systemClock })
  provider = createLocalProvider({ root, deps: { host, pool } })
  store = (await openStore({ directory: join(place, 'state'), clock: systemClock, log: host.log })).store
  for (let index = 0; index < FILES; index++) {
    const path = `f ${index % 12}/file ${index}.bin` as RelPath
    const bytes = Uint8Array.from({ length: 10 + Math.floor(random.next() * 9000) }, () =>
      Math.floor(random.next() * 256),
    )
    contents.set(path, bytes)
    const metadata = { mtimeNs: 1_700_000_000_000_000_000n + BigInt(index) * 1_000_000n, mode: 0o640 }
    const put = await provider.put(path, contentOf(bytes), { signal, metadata, expect: { kind: 'absent' } })
    const { entry, contentHash, verifiedBy } = put
    store.baseline.put(FOLDER, {
      path,
      kind: 'file',
      size: entry.size,
      ...metadata,
      contentHash,
      recordedAtMs: 0,
      remote: { size: entry.size, verifiedBy, ...(entry.etag === undefined ? {} : { etag: entry.etag }) },
    })
  }
  records = createRecords([{ baseline: store.baseline, folderId: FOLDER }])
})
afterAll(async () => {
  await provider.close()
  store.close()
  await pool.close()
  rmSync(place, { recursive: true, force: true })
})

function contentOf(bytes: Uint8Array): Content {
  return {
    size: bytes.byteLength,
    open: async function* (range) {
      yield bytes.subarray(range?.start, range?.end)
    },
  }
}

function verifyNow(readData: boolean): ReturnType<typeof verify> {
  return verify({
    provider,
    records,
    ...(readData ? { readData: { kind: 'all' } } : {}),
    clock: systemClock,
    random,
    stop: signal,
    kill: signal,
    onEvent: () => undefined,
  })
}

/** Overwrites in place and puts every time back that can be put back, as a failing disk would leave them. */
function flipBit(path: string): void {
  const file = join(root, path)
  const bytes = readFileSync(file)
  const { mtimeMs, atimeMs } = statSync(file)
  bytes[Math.floor(random.next() * bytes.byteLength)]! ^= 1 << Math.floor(random.next() * 8)
  writeFileSync(file, bytes)
  utimesSync(file, atimeMs / 1000, mtimeMs / 1000)
}

describe('a local target with real state', () => {
  it('is verified without a false alarm, by metadata and by content', async () => {
    expect(await verifyNow(false)).toMatchObject({
      findings: [],
      failures: [],
      counts: { scanned: FILES },
      filesRead: 0,
    })
    expect(await verifyNow(true)).toMatchObject({ findings: [], failures: [], filesRead: FILES })
  })

  it('is restored byte for byte, with mtime and mode', async () => {
    const directory = join(place, 'restored')
    const destination = openLocalDestination(directory)
    const result = await restore({
      provider,
      destination,
      records,
      path: '' as RelPath,
      dryRun: false,
      overwrite: false,
      clock: systemClock,
      stop: signal,
      kill: signal,
      onEvent: () => undefined,
    })
    await destination.close()
    expect(result).toMatchObject({ counts: { downloaded: FILES, failed: 0 }, unverified: 0 })
    for (const [path, bytes] of contents) {
      expect(readFileSync(join(directory, path)).equals(bytes)).toBe(true)
      const [here, there] = [
        statSync(join(directory, path), { bigint: true }),
        statSync(join(root, path), { bigint: true }),
      ]
      expect(here.mtimeNs).toBe(there.mtimeNs)
      expect(here.mode).toBe(there.mode)
    }
  })

  it('has each fault found and nothing else: missing, truncated, swapped and single flipped bits', async () => {
    const paths = [...contents.keys()]
    const expected = new Set<string>()
    for (let index = 0; index < 100; index++) {
      const path = paths[index * 3]!
      expected.add(path)
      if (index % 4 === 0) rmSync(join(root, path))
      else if (index % 4 === 1) truncateSync(join(root, path), contents.get(path)!.byteLength - 1)
      else flipBit(path)
    }
    const [first, second] = [paths[1]!, paths[2]!]
    renameSync(join(root, first), join(root, 'aside'))
    renameSync(join(root, second), join(root, first))
    renameSync(join(root, 'aside'), join(root, second))
    const found = await verifyNow(true)
    expect(new Set(found.findings.map(({ path }) => path))).toEqual(new Set([...expected, first, second]))
    expect(found.findings).toHaveLength(102)
    const byMetadata = await verifyNow(false)
    const gone = byMetadata.findings.filter(({ kind }) => kind === 'missing' || kind === 'resized')
    expect(gone.length).toBeGreaterThanOrEqual(50)
  })
})

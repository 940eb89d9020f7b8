import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BaselineEntry, RelPath } from '../../common/model.ts'
import { createPool } from '../../main/pool.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { openLocalDestination } from '../../main/restore/local-destination.ts'
import { restore, type RestoreOptions, type RestoreResult } from '../../main/restore/restore.ts'
import { temporaryBeside } from '../../workers/fs/restore-temporary.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'

const pool = createPool({ threads: 2 })
const FILES = 20
let place: string
let target: string
let back: string
let provider: TargetProvider
/** Files that were read one by one. */
let read: string[]

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-copy-out-'))
  target = join(place, 'target')
  back = join(place, 'deep', 'back')
  read = []
  for (let number = 0; number < FILES; number++) {
    const directory = join(target, `folder ${number % 3}`)
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, `file ${number}`), `content ${number}`)
    chmodSync(join(directory, `file ${number}`), 0o640)
    utimesSync(join(directory, `file ${number}`), 1_700_000_000, 1_700_000_000.25)
  }
  provider = createLocalProvider({ root: target, deps: { host: createFakeHost({ clock: realClock }), pool } })
})
afterEach(async () => {
  await provider.close()
  rmSync(place, { recursive: true, force: true })
})
afterAll(() => pool.close())

async function run(options: Partial<RestoreOptions> = {}): Promise<RestoreResult> {
  const destination = openLocalDestination(back)
  const watched: TargetProvider = {
    location: provider.location,
    features: provider.features,
    list: (...given) => provider.list(...given),
    stat: (...given) => provider.stat(...given),
    read: (path, given) => {
      read.push(path)
      return provider.read(path, given)
    },
    put: (...given) => provider.put(...given),
    remove: (...given) => provider.remove(...given),
    close: () => Promise.resolve(),
  }
  try {
    return await restore({
      provider: watched,
      destination,
      path: '' as RelPath,
      dryRun: false,
      overwrite: false,
      clock: realClock,
      stop: new AbortController().signal,
      kill: new AbortController().signal,
      onEvent: () => undefined,
      ...options,
    })
  } finally {
    await destination.close()
  }
}

const fileOf = (number: number): string => `folder ${number % 3}/file ${number}`
const everything = (): readonly string[] =>
  readdirSync(back, { recursive: true, withFileTypes: true })
    .filter((item) => !item.isDirectory())
    .map((item) => item.name)
    .toSorted()
const names = Array.from({ length: FILES }, (_, number) => `file ${number}`).toSorted()

/** What this computer remembers of one file. */
async function recordsOf(path: string, contentHash: string): Promise<RestoreOptions['records']> {
  const entry = await provider.stat(path as RelPath, { signal: new AbortController().signal })
  const record = {
    path,
    kind: 'file',
    size: entry.size,
    mtimeNs: entry.mtimeNs,
    contentHash,
    remote: { etag: entry.etag, size: entry.size, verifiedBy: 'read-back' },
    recordedAtMs: 0,
  } as unknown as BaselineEntry
  return { get: (asked) => (asked === path ? [record] : []), trees: () => [] }
}

describe('small files of a local target', () => {
  it('come back in batches, with content, mtime and mode, and nothing beside them', async () => {
    const result = await run()
    expect(result).toMatchObject({ failures: [], unverified: FILES, bytes: { received: expect.any(Number) as number } })
    expect(everything()).toEqual(names)
    for (let number = 0; number < FILES; number++) {
      const path = join(back, fileOf(number))
      expect(readFileSync(path, 'utf8')).toBe(`content ${number}`)
      expect(statSync(path).mode & 0o777).toBe(0o640)
      expect(statSync(path).mtimeMs).toBe(1_700_000_000_250)
    }
    expect(read).toEqual([])
  })

  it('count as compared where a digest is recorded, and do not come back where they are not what it says', async () => {
    const good = await recordsOf(fileOf(4), blake3Hex(Buffer.from('content 4')))
    expect(await run({ records: good! })).toMatchObject({ failures: [], unverified: FILES - 1 })
    rmSync(back, { recursive: true })
    const bad = await recordsOf(fileOf(4), blake3Hex(Buffer.from('something else')))
    const result = await run({ records: bad! })
    expect(result.failures).toMatchObject([{ path: fileOf(4), code: 'corrupt' }])
    expect(everything()).toEqual(names.filter((name) => name !== 'file 4'))
  })

  it('leave alone what is in their place, whether it was there or appears meanwhile', async () => {
    mkdirSync(join(back, 'folder 0'), { recursive: true })
    writeFileSync(join(back, fileOf(3)), 'mine')
    const appearing = run({
      onEvent: () => {
        // While the batch is on its way: nothing of folder 1 was there when it began.
        if (existsSync(join(back, 'folder 1'))) writeFileSync(join(back, fileOf(7)), 'mine as well')
      },
    })
    const { failures } = await appearing
    expect(failures.map(({ code }) => code)).toContain('already-exists')
    expect(readFileSync(join(back, fileOf(3)), 'utf8')).toBe('mine')
    expect(everything().filter((name) => name.includes('.part'))).toEqual([])
  })

  it('take the place of nothing that has a name when theirs is given', async () => {
    mkdirSync(join(back, 'folder 1'), { recursive: true })
    const signal = new AbortController().signal
    const { etag, size, mtimeNs } = await provider.stat(fileOf(7) as RelPath, { signal })
    writeFileSync(join(back, fileOf(7)), 'mine')
    const item = { path: fileOf(7) as RelPath, etag: etag!, size, mtimeNs }
    const [outcome] = await provider.features.copyOut!([item], { directory: back, signal })
    expect(outcome).toMatchObject({ ok: false, error: { code: 'precondition-failed' } })
    expect(readFileSync(join(back, fileOf(7)), 'utf8')).toBe('mine')
    expect(everything()).toEqual(['file 7'])
  })

  it('go on over what an attempt that was cut off left beside them', async () => {
    const cutOff = join(back, temporaryBeside(fileOf(5) as RelPath))
    mkdirSync(join(back, 'folder 2'), { recursive: true })
    writeFileSync(cutOff, 'half of it')
    expect((await run()).failures).toEqual([])
    expect(everything()).toEqual(names)
    expect(readFileSync(join(back, fileOf(5)), 'utf8')).toBe('content 5')
  })

  it('are read again, one by one, where they changed since they were listed', async () => {
    const signal = new AbortController().signal
    const { etag, size, mtimeNs } = await provider.stat(fileOf(1) as RelPath, { signal })
    writeFileSync(join(target, fileOf(1)), 'contents!')
    mkdirSync(back, { recursive: true })
    const item = { path: fileOf(1) as RelPath, etag: etag!, size, mtimeNs }
    expect(await provider.features.copyOut!([item], { directory: back, signal })).toMatchObject([
      { ok: false, error: { code: 'changed' } },
    ])
    expect(everything()).toEqual([])
  })

  it('are never read or written through a link', async () => {
    const elsewhere = join(place, 'elsewhere')
    mkdirSync(elsewhere)
    mkdirSync(back, { recursive: true })
    symlinkSync(elsewhere, join(back, 'folder 1'))
    const result = await run()
    expect(readdirSync(elsewhere)).toEqual([])
    expect(result.failures.every(({ path }) => path.startsWith('folder 1'))).toBe(true)
    expect(result.failures.length).toBeGreaterThan(0)
  })

  it('leave nothing behind where it is cancelled', async () => {
    const kill = new AbortController()
    const signal = new AbortController().signal
    mkdirSync(back, { recursive: true })
    const items = await Promise.all(
      [1, 4, 7, 10, 13].map(async (number) => {
        const { etag, size, mtimeNs } = await provider.stat(fileOf(number) as RelPath, { signal })
        return { path: fileOf(number) as RelPath, etag: etag!, size, mtimeNs }
      }),
    )
    const copying = provider.features.copyOut!(items, { directory: back, signal: kill.signal })
    kill.abort()
    await expect(copying).rejects.toMatchObject({ code: 'cancelled' })
    expect(everything()).toEqual([])
  })
})

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Summary } from '../../common/protocol.ts'
import type { Ended } from '../fakes/tidekeep-process.ts'
import { DiskPlace } from '../fixtures/disk-place.ts'
import { DISK_KINDS, type DiskKind } from '../fixtures/loop-disk.ts'
import { until } from '../fixtures/service-place.ts'
import { forEachDisk, isLong } from './power-cut/disks.ts'
import { digestsOf } from './power-cut/judge.ts'

const KIB = 1024
/** No blocks kept for root, which these tests are. */
const SMALL: DiskKind = {
  ...DISK_KINDS.ext4,
  make: [...DISK_KINDS.ext4.make, '-m', '0', '-O', '^has_journal'],
  sizeBytes: 40 * KIB ** 2,
}
const FEW_FILES: DiskKind = { ...SMALL, name: 'ext4 with room for 100 files', make: [...SMALL.make, '-N', '112'] }
const ONE_SENTENCE = /^tidekeep: [^\n]+\n {2}[A-Z][^\n]+\.\n$/

/** Takes all room but so much. */
function fill(directory: string, leftBytes = 0): string {
  const ballast = join(directory, 'ballast')
  rmSync(ballast, { force: true })
  const { bavail, bsize } = statfsSync(directory)
  const bytes = Math.max(0, bavail * bsize - leftBytes)
  spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096', `count=${Math.ceil(bytes / 4096)}`, 'conv=fsync'])
  if (leftBytes === 0)
    spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=512', 'oflag=append', 'conv=notrunc,fsync'])
  return ballast
}

function files(root: string, count: number, sizeBytes: number): void {
  for (let number = 0; number < count; number++)
    writeFileSync(join(root, `file-${number}`), Buffer.alloc(sizeBytes, `content ${number} `))
}

const syncArgs = ({ source, target }: DiskPlace): readonly string[] => ['sync', source, target, '--json']
const sync = (place: DiskPlace): Promise<Ended> => place.run(...syncArgs(place))

/** Whatever is at the target is a whole file of the source. */
function expectWhole({ source, target }: DiskPlace): void {
  const wanted = digestsOf(source)
  for (const [path, digest] of digestsOf(target))
    if (path !== 'ballast') expect([path, digest]).toEqual([path, wanted.get(path)])
}

function expectAll(place: DiskPlace): void {
  expect(digestsOf(place.target)).toEqual(digestsOf(place.source))
  expect(readdirSync(join(place.target, '.tidekeep/tmp'))).toEqual([])
}

function putAside(home: string): readonly string[] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('corrupt'))
}

describe('a target without room', () => {
  forEachDisk([SMALL], 'is told in one sentence where nothing fits, and used once there is room', async (kind) => {
    using place = new DiskPlace(kind, 'target')
    files(place.source, 3, 100)
    expect((await sync(place)).exitCode).toBe(0)
    files(place.source, 3, 20_000)
    const ballast = fill(place.disk.path)
    const before = digestsOf(place.target)
    const ended = await sync(place)
    expect(ended.exitCode).toBe(14)
    expect(ended.stderr).toMatch(/^warning: The disk holding [^\n]+ is full[^\n]*\. Free some space on it[^\n]+\n$/)
    expect(digestsOf(place.target)).toEqual(before)
    rmSync(ballast)
    expect((await sync(place)).exitCode).toBe(0)
    expectAll(place)
  })

  forEachDisk([SMALL], 'takes what fits, lists what does not, and deletes nothing', async (kind) => {
    using place = new DiskPlace(kind, 'target')
    files(place.source, 5, 1000)
    writeFileSync(join(place.source, 'large'), Buffer.alloc(50_000_000, 1))
    const ended = await sync(place)
    expect(ended.exitCode).toBe(3)
    expect(ended.stderr).toMatch(
      /^warning: The disk holding [^\n]+ is full: 47\.7\u00a0MiB more are needed\. [^\n]+\n$/,
    )
    expect(digestsOf(place.target).size).toBe(5)
    expectWhole(place)
    expect(readdirSync(join(place.target, '.tidekeep/tmp'))).toEqual([])
  })

  forEachDisk([SMALL], 'leaves whole files or none wherever it ends in a batch', async (kind) => {
    using place = new DiskPlace(kind, 'target')
    place.rememberQuiet()
    files(place.source, 60, 9_000)
    let refused = 0
    for (let leftBytes = 0; leftBytes < 720 * KIB; leftBytes += (isLong() ? 8 : 144) * KIB) {
      place.restoreQuiet()
      const ballast = fill(place.disk.path, leftBytes)
      const ended = await sync(place)
      expect([0, 3, 14]).toContain(ended.exitCode)
      if (ended.exitCode !== 0) refused++
      expect(ended.stderr).not.toMatch(/\bat \S+:\d+|undefined/)
      expectWhole(place)
      rmSync(ballast)
      expect((await sync(place)).exitCode).toBe(0)
      expectAll(place)
    }
    expect(refused).toBeGreaterThan(2)
  })

  forEachDisk([FEW_FILES], 'that can hold no more files is a full disk, too', async (kind) => {
    using place = new DiskPlace(kind, 'target')
    const others = join(place.disk.path, 'others')
    mkdirSync(others)
    files(others, 80, 1)
    files(place.source, 60, 100)
    const ended = await sync(place)
    expect([3, 14]).toContain(ended.exitCode)
    expect(ended.stderr).toMatch(/ is full/)
    expectWhole(place)
    expect(digestsOf(place.target).size).toBeLessThan(60)
    rmSync(others, { recursive: true })
    expect((await sync(place)).exitCode).toBe(0)
    expectAll(place)
  })

  forEachDisk([DISK_KINDS.btrfs], 'whose quota is used up is told the same way', async (kind) => {
    using place = new DiskPlace(kind, 'target')
    const limit = (): boolean =>
      [
        ['quota', 'enable', place.disk.path],
        ['subvolume', 'create', place.target],
        ['qgroup', 'limit', '2M', place.target],
      ].every((args) => spawnSync('btrfs', args).status === 0)
    expect(limit()).toBe(true)
    files(place.source, 5, 1000)
    writeFileSync(join(place.source, 'large'), Buffer.alloc(5_000_000, 1))
    const ended = await sync(place)
    expect(ended.exitCode).toBe(3)
    expect(ended.stderr).toMatch(
      /^warning: The disk holding [^\n]+ is full: 4\.77\u00a0MiB more are needed\. [^\n]+\n$/,
    )
    expect(digestsOf(place.target).size).toBe(5)
    spawnSync('btrfs', ['qgroup', 'limit', 'none', place.target])
    expect((await sync(place)).exitCode).toBe(0)
    expectAll(place)
  })

  forEachDisk(
    [SMALL],
    'that became read-only is told, loses nothing, and is used once it is writable',
    async (kind) => {
      using place = new DiskPlace(kind, 'target')
      files(place.source, 5, 1000)
      expect((await sync(place)).exitCode).toBe(0)
      files(place.source, 8, 2000)
      const before = digestsOf(place.target)
      place.disk.remount('ro')
      const ended = await sync(place)
      expect(ended.exitCode).toBe(13)
      expect(ended.stderr).toMatch(ONE_SENTENCE)
      expect(ended.stderr).toMatch(/read-only/)
      expect(digestsOf(place.target)).toEqual(before)
      place.disk.remount('rw')
      expect((await sync(place)).exitCode).toBe(0)
      expectAll(place)
    },
  )

  // What waits for room is tried again after half a minute.
  if (isLong()) {
    forEachDisk([SMALL], 'is used by the service once there is room, without being told to', async (kind) => {
      using place = new DiskPlace(kind, 'target')
      files(place.source, 3, 20_000)
      mkdirSync(place.target)
      expect((await place.run('folder', 'add', place.source, '--target', place.target)).exitCode).toBe(0)
      const ballast = fill(place.disk.path, 8 * KIB)
      const service = place.start(['serve', '--no-ui'])
      await until(async () => (await place.run('status')).stdout.includes('full'))
      rmSync(ballast)
      const roomMs = performance.now()
      while (digestsOf(place.target).size < 3 && performance.now() - roomMs < 90_000)
        await new Promise((resolve) => setTimeout(resolve, 100))
      expectAll(place)
      await service.kill()
    })
  }
})

describe('an installation without room', () => {
  forEachDisk([SMALL], 'says so wherever its record stops, and goes on once there is room', async (kind) => {
    using place = new DiskPlace(kind, 'state')
    files(place.source, 40, 500)
    expect((await sync(place)).exitCode).toBe(0)
    place.rememberQuiet()
    let refused = 0
    const step = (isLong() ? 4 : 144) * KIB
    for (let leftBytes = 0; leftBytes < 400 * KIB; leftBytes += step) {
      place.restoreQuiet()
      const ballast = fill(place.disk.path, leftBytes)
      files(place.source, 120, 600 + leftBytes / KIB)
      const ended = await sync(place)
      expect([0, 14]).toContain(ended.exitCode)
      if (ended.exitCode !== 0) {
        expect(ended.stderr).toMatch(ONE_SENTENCE)
        expect(ended.stderr).toMatch(/The disk is full: /)
        refused++
      }
      expect(digestsOf(place.target).size).toBeGreaterThanOrEqual(40)
      rmSync(ballast)
      expect(await sync(place)).toMatchObject({ exitCode: 0, stderr: '' })
      expect(putAside(place.home)).toEqual([])
      expectAll(place)
    }
    expect(refused).toBeGreaterThan(0)
  })

  forEachDisk([SMALL], 'says so at the very first start, and leaves nothing at the target', async (kind) => {
    using place = new DiskPlace(kind, 'state')
    files(place.source, 3, 500)
    const ballast = fill(place.disk.path)
    const ended = await sync(place)
    expect(ended.exitCode).toBe(14)
    expect(ended.stderr).toMatch(ONE_SENTENCE)
    expect(existsSync(place.target)).toBe(false)
    rmSync(ballast)
    expect((await sync(place)).exitCode).toBe(0)
    expectAll(place)
  })

  forEachDisk([SMALL], 'keeps its settings as they were', async (kind) => {
    using place = new DiskPlace(kind, 'state')
    expect((await place.run('config', 'set', 'bandwidthLimit', '1MiB')).exitCode).toBe(0)
    const ballast = fill(place.disk.path)
    const ended = await place.run('config', 'set', 'bandwidthLimit', '2MiB')
    expect(ended.exitCode).toBe(14)
    expect(ended.stderr).toMatch(ONE_SENTENCE)
    expect((await place.run('config', 'get', 'bandwidthLimit')).stdout).toMatch(/1048576|1\.00 MiB|1MiB/)
    rmSync(ballast)
  })
})

describe('a disk to restore to without room', () => {
  forEachDisk([SMALL], 'is told before anything is written', async (kind) => {
    using place = await safeCopy(kind, 3, 20_000)
    fill(place.disk.path, 30 * KIB)
    const ended = await restore(place)
    expect(ended.exitCode).toBe(14)
    expect(ended.stderr).toMatch(ONE_SENTENCE)
    expect(existsSync(restored(place))).toBe(false)
  })

  forEachDisk([FEW_FILES], 'leaves whole files or none when it turns out full on the way', async (kind) => {
    using place = await safeCopy(kind, 160, 100)
    const ended = await restore(place)
    expect([3, 14]).toContain(ended.exitCode)
    expect(ended.stderr).toMatch(/ is full/)
    const wanted = digestsOf(place.source)
    const held = digestsOf(restored(place))
    expect(held.size).toBeGreaterThan(0)
    for (const [path, digest] of held) expect([path, digest]).toEqual([path, wanted.get(path)])
  })
})

const restored = ({ disk }: DiskPlace): string => join(disk.path, 'restored')
const restore = (place: DiskPlace): Promise<Ended> => place.run('restore', copyOf(place), restored(place), '--json')
const copyOf = ({ base }: DiskPlace): string => join(base, 'copy')

/** A place whose source is safe on another disk. */
async function safeCopy(kind: DiskKind, count: number, sizeBytes: number): Promise<DiskPlace> {
  // The state is beside the copy: only what is restored is on the small disk.
  const place = new DiskPlace(kind, 'target')
  files(place.source, count, sizeBytes)
  const ended = await place.run('sync', place.source, copyOf(place), '--json')
  expect((JSON.parse(ended.stdout) as Summary).counts.uploaded).toBe(count)
  return place
}

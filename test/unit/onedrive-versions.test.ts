import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { FileVersions } from '../../main/providers/provider.ts'
import { findKept, fileReading } from '../../main/restore/kept-source.ts'
import { openLocalDestination } from '../../main/restore/local-destination.ts'
import { PathsThen } from '../../main/restore/paths-then.ts'
import { restore, type RestoreResult } from '../../main/restore/restore.ts'
import { selectedBy, type Choice } from '../../main/restore/selected.ts'
import { versionsOf } from '../../main/restore/versions.ts'
import { Cloud } from '../fakes/graph/cloud.ts'
import { startGraphFixture, type GraphFixture, type GraphFixtureOptions } from '../fakes/graph/harness.ts'
import { realClock } from '../fakes/real-clock.ts'
import { collectBytes, hastyClock, never, rel } from '../fakes/s3/harness.ts'

const HOUR_MS = 3_600_000
const FILE = rel('a/letter.txt')

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

interface World extends GraphFixture {
  readonly cloud: Cloud
  /** A moment of the drive's clock, after which an hour passes. */
  pass(): number
}

async function start(options: GraphFixtureOptions = {}): Promise<World> {
  const fixture = await startGraphFixture({ clock: hastyClock, ...options })
  cleanUps.push(() => fixture.close())
  let skewMs = 0
  const pass = (): number => {
    const nowMs = realClock.now() + skewMs + HOUR_MS / 2
    fixture.server.advance(HOUR_MS)
    skewMs += HOUR_MS
    return nowMs
  }
  return { ...fixture, cloud: new Cloud(fixture.drive, options.folder ?? ''), pass }
}

/** Each an hour after the one before it. */
function write(world: World, ...contents: readonly string[]): readonly number[] {
  return contents.map((content) => {
    world.cloud.write(FILE, content)
    return world.pass()
  })
}

async function told({ provider }: World, path = FILE): Promise<FileVersions> {
  return (await provider.features.fileVersions!(path, { signal: never }))!
}

const text = async (bytes: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.from(await collectBytes(bytes)).toString()

async function restored(
  { provider }: World,
  choice: Partial<Choice>,
): Promise<{
  readonly result: RestoreResult
  readonly files: Record<string, string>
  readonly told: readonly string[]
}> {
  const place = mkdtempSync(join(tmpdir(), 'tk-onedrive-versions-'))
  cleanUps.push(() => rmSync(place, { recursive: true, force: true }))
  const destination = openLocalDestination(place)
  const heard: string[] = []
  try {
    const result = await restore({
      provider,
      destination,
      path: rel(''),
      selected: await selectedBy({ provider, paths: [rel('')], signal: never, ...choice }),
      dryRun: false,
      overwrite: false,
      clock: hastyClock,
      stop: never,
      kill: never,
      onEvent: (event) => {
        if (event.type === 'failure') heard.push(`${event.path}: ${event.message} ${event.fix ?? ''}`)
        if (event.type === 'notice') heard.push(event.message)
        if (event.type === 'left-out') heard.push(`${event.path}: younger`)
      },
    })
    const files = Object.fromEntries(
      result.actions.map(({ path }) => [path, readFileSync(join(place, path), 'utf8')] as const),
    )
    return { result, files, told: heard }
  } finally {
    await destination.close()
  }
}

describe.each(['personal', 'business', 'documentLibrary'] as const)('versions that a %s drive keeps', (kind) => {
  it('are told newest first, each with when it began and ended, over several pages, for one look at the item', async () => {
    const world = await start({ kind, quirks: { pageItems: 2 }, folder: 'Backups/100% #1' })
    const moments = write(world, 'one', 'second', 'the third', 'fourth')
    world.server.forget()
    const { kept, presentSinceMs, sizeBytes } = await told(world)
    expect(sizeBytes).toBe(6)
    expect(kept.map((version) => [version.sizeBytes, version.keptBy, version.why])).toEqual([
      [9, 'store', 'replaced'],
      [6, 'store', 'replaced'],
      [3, 'store', 'replaced'],
    ])
    expect(kept.map(({ keptAtMs }) => keptAtMs)).toEqual([presentSinceMs, kept[0]!.storedAtMs, kept[1]!.storedAtMs])
    expect(
      kept.every(({ storedAtMs }, at) => storedAtMs! < moments[2 - at]! && storedAtMs! > moments[2 - at]! - HOUR_MS),
    ).toBe(true)
    expect([world.server.count('GetItem'), world.server.count('Versions')]).toEqual([1, 2])
  })

  it('are read byte for byte and in ranges, and never by the id of the present one', async () => {
    const world = await start({ kind })
    write(world, 'one', 'second', 'the third')
    const { provider } = world
    for (const [at, content] of ['second', 'one'].entries()) {
      const version = (await told(world)).kept[at]!
      expect(await text(provider.features.readKept!(version, { signal: never }))).toBe(content)
      const range = { start: 1, end: 3 }
      expect(await text(provider.features.readKept!(version, { signal: never, range }))).toBe(content.slice(1, 3))
      expect(await provider.features.statKept!(version, { signal: never })).toMatchObject({
        path: FILE,
        size: content.length,
      })
    }
    expect(world.server.requests.filter(({ status }) => status >= 400)).toEqual([])
  })
})

describe('versions of a drive', () => {
  it('are none of a folder, of nothing, and of a file that was never replaced', async () => {
    const world = await start()
    write(world, 'only')
    const ask = (path: string) => world.provider.features.fileVersions!(rel(path), { signal: never })
    expect([await ask('a'), await ask('nothing'), (await ask(FILE))?.kept]).toEqual([undefined, undefined, []])
  })

  it('tell who made each of them, where the drive does', async () => {
    const world = await start()
    write(world, 'one')
    world.cloud.signedBy(FILE, { user: { displayName: 'Bob' }, device: { displayName: 'laptop' } })
    write(world, 'second')
    world.cloud.signedBy(FILE, {})
    write(world, 'third')
    const versions = await versionsOf(world.provider, FILE, { signal: never })
    expect(versions.map(({ changedBy }) => changedBy)).toEqual([
      undefined,
      { user: 'Bob', device: 'laptop' },
      { user: 'Ada Lovelace', program: 'Tidekeep' },
    ])
  })

  it('are never asked for by what looks at everything', async () => {
    const world = await start()
    write(world, 'one', 'two')
    world.server.forget()
    for await (const _page of world.provider.list(rel(''), { signal: never }));
    expect('keptVersions' in world.provider.features).toBe(false)
    expect([world.server.count('Versions'), world.server.count('VersionContent')]).toEqual([0, 0])
  })

  it('are not those of another file that has the name now', async () => {
    const world = await start()
    write(world, 'one', 'two')
    const [version] = (await told(world)).kept
    world.cloud.remove(FILE)
    write(world, 'foreign', 'foreign too')
    const { features } = world.provider
    await expect(features.statKept!(version!, { signal: never })).rejects.toMatchObject({ code: 'not-found' })
    const { token } = version!
    await expect(findKept(world.provider, FILE, { token, signal: never })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('are read on where an address is over, and where the drive asks to wait it says so', async () => {
    const world = await start()
    write(world, 'one', 'two')
    const version = (await told(world)).kept[0]!
    world.server.faults.add({ operation: 'Download', action: { kind: 'status', status: 401, code: 'unauthenticated' } })
    const { features } = world.provider
    expect(await text(features.readKept!(version, { signal: never }))).toBe('one')
    expect(world.server.count('VersionContent')).toBe(2)
    for (const operation of ['Versions', 'VersionContent']) {
      const headers = { 'retry-after': '7' }
      const action = { kind: 'status', status: 429, code: 'activityLimitReached', headers } as const
      world.server.faults.add({ operation, action })
      const asked = operation === 'Versions' ? told(world) : text(features.readKept!(version, { signal: never }))
      await expect(asked).rejects.toMatchObject({ code: 'throttled', retry: { kind: 'after', delayMs: 7000 } })
    }
  })

  it('are listed for one path with what it holds now, and restored by their tokens', async () => {
    const world = await start()
    write(world, 'one', 'second')
    const versions = await versionsOf(world.provider, FILE, { signal: never })
    expect(versions.map(({ sizeBytes, keptBy }) => [sizeBytes, keptBy])).toEqual([
      [6, undefined],
      [3, 'store'],
    ])
    expect(versions[0]!.storedAtMs).toBe(versions[1]!.endedAtMs)
    const { result, files } = await restored(world, { paths: [FILE], token: versions[1]!.token })
    expect(files).toEqual({ [FILE]: 'one' })
    // The drive tells no digest of it: its size is all that could be compared, and that is counted.
    expect([result.unverified, result.failures]).toEqual([1, []])
  })

  it('are compared with their digest where the drive tells one', async () => {
    const world = await start({ quirks: { versionHashes: true } })
    write(world, 'one', 'second')
    const [version] = (await told(world)).kept
    const chosen = { paths: [FILE], token: version!.token }
    expect((await restored(world, chosen)).result).toMatchObject({ failures: [] })
    world.server.faults.add({ operation: 'Download', times: 10, action: { kind: 'corrupt' } })
    const { result } = await restored(world, chosen)
    expect(result.failures).toMatchObject([
      { code: 'corrupt', message: expect.stringContaining('is damaged') as string },
    ])
    expect(result.actions).toEqual([])
  })

  it('whose content has another length than was listed are not taken', async () => {
    const world = await start()
    write(world, 'one', 'second')
    const version = (await told(world)).kept[0]!
    const reading = fileReading(world.provider).readKept({ ...version, sizeBytes: 2 }, { signal: never })
    await expect(text(reading)).rejects.toMatchObject({ code: 'corrupt' })
  })
})

describe('a drive as it was at a moment', () => {
  it('is asked only about files that changed since, and gives each as it was then', async () => {
    const world = await start()
    for (const number of [1, 2, 3]) world.cloud.write(`still/${number}`, 'unchanged')
    const [first, second] = write(world, 'one', 'second', 'the third')
    world.cloud.write('new', 'later')
    world.server.forget()
    const atFirst = await restored(world, { atMs: first! })
    expect(atFirst.files).toEqual({
      [FILE]: 'one',
      'still/1': 'unchanged',
      'still/2': 'unchanged',
      'still/3': 'unchanged',
    })
    // Two files changed since; both walks of the restore share what was told of them.
    expect(world.server.count('Versions')).toBe(2)
    expect(atFirst.told).toEqual(['new: younger', expect.stringContaining('does not tell what was deleted') as string])
    expect((await restored(world, { atMs: second! })).files[FILE]).toBe('second')
    expect((await restored(world, { atMs: world.pass() })).files).toMatchObject({ [FILE]: 'the third', new: 'later' })
  })

  it('has the present content of what only got other properties since', async () => {
    const world = await start()
    const [first] = write(world, 'one')
    const item = world.drive.find(world.drive.root, FILE.split('/'))!
    item.modifiedMs = first! + HOUR_MS
    world.drive.changed(item)
    const { files, result } = await restored(world, { atMs: first! })
    expect([files, result.younger]).toEqual([{ [FILE]: 'one' }, 0])
  })

  it('tells what the drive let go of by its own limit from what was not there yet', async () => {
    const world = await start({ quirks: { versionsKept: 2 } })
    const before = world.pass()
    const [first] = write(world, 'one', 'second', 'the third')
    const { told, files } = await restored(world, { atMs: first! })
    expect([files, told[0]]).toEqual([{}, expect.stringContaining('the version it had then is not kept')])
    expect((await restored(world, { atMs: before })).told[0]).toBe(`${FILE}: younger`)
  })

  it('names what this computer knows to have been deleted since, and where to look', async () => {
    const world = await start()
    const [moment] = write(world, 'one', 'two')
    world.cloud.write('b/gone', 'was here')
    world.cloud.remove('b/gone')
    const rows = [
      { path: 'never', kind: 'upload', atMs: moment! - 9 },
      { path: 'never', kind: 'delete', atMs: moment! - 5 },
      { path: FILE, kind: 'upload', atMs: moment! - 3 },
      { path: 'b/gone', kind: 'upload', atMs: moment! - 2 },
      { path: 'never', kind: 'upload', atMs: moment! + 2 },
      { path: 'brief', kind: 'upload', atMs: moment! + 1 },
      { path: 'brief', kind: 'delete', atMs: moment! + 3 },
      { path: 'b/older', kind: 'delete', atMs: moment! + 3 },
      { path: 'b/gone', kind: 'delete', atMs: moment! + 4 },
      { path: 'never', kind: 'delete', atMs: moment! + 5 },
    ] as const
    const pathsAt = async (atMs: number) => {
      const then = new PathsThen(atMs)
      for (const row of rows.toReversed()) then.add(row)
      return then.paths()
    }
    const { told, files } = await restored(world, { atMs: moment!, records: { pathsAt } })
    expect(files).toEqual({ [FILE]: 'one' })
    expect(told.slice(0, -1)).toEqual([
      expect.stringMatching(/^b\/gone: .*recycle bin/),
      expect.stringMatching(/^b\/older: .*recycle bin/),
    ])
    expect((await restored(world, { atMs: moment!, paths: [rel('a')], records: { pathsAt } })).told.length).toBe(1)
  })

  it('fails as a whole where the drive does not answer, and never leaves a file out for it', async () => {
    const world = await start()
    const [moment] = write(world, 'one', 'two')
    world.server.faults.add({ operation: 'Versions', times: 99, action: { kind: 'status', status: 503 } })
    await expect(restored(world, { atMs: moment! })).rejects.toMatchObject({ code: 'throttled' })
  })
})

import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { toRelPath } from '../../common/paths.ts'
import type { FolderSettings } from '../../common/settings.ts'
import { ByteLimiter } from '../../main/providers/decorators/limiter.ts'
import { decorate } from '../../main/providers/decorators/stack.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { startEngine, type Harness } from '../fakes/engine-harness.ts'
import { startGraphFixture } from '../fakes/graph/harness.ts'
import { realClock } from '../fakes/real-clock.ts'
import { startS3Fixture } from '../fakes/s3/harness.ts'
import { TidekeepProcesses } from '../fakes/tidekeep-process.ts'

/** What went over to the target since it was last asked, whatever kind it is. */
interface World {
  open(): Promise<TargetProvider> | TargetProvider
  close(): Promise<void>
}

const FILES = 30
const MODIFIED_S = 1_700_000_000

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

const WORLDS: Readonly<Record<string, (() => Promise<World>) | undefined>> = {
  'a folder of this computer': undefined,
  'an S3 bucket': async () => {
    const fixture = await startS3Fixture()
    return { open: () => fixture.open(), close: () => fixture.close() }
  },
  'a OneDrive': async () => {
    const fixture = await startGraphFixture({ kind: 'personal' })
    return { open: () => fixture.open(), close: () => fixture.close() }
  },
}

/** Counts what touches content, and what changes anything. */
function counted(target: TargetProvider, counts: Record<string, number>): TargetProvider {
  const count = (name: string): number => (counts[name] = (counts[name] ?? 0) + 1)
  const { features } = target
  return {
    ...bound(target),
    features: {
      ...features,
      ...(features.checksum && {
        checksum: (path, options) => {
          count('content')
          return features.checksum!(path, options)
        },
      }),
      ...(features.checksums && {
        checksums: (items, options) => {
          for (const _ of items) count('content')
          return features.checksums!(items, options)
        },
      }),
      ...(features.putBatch && {
        putBatch: (items, options) => {
          for (const _ of items) count('put')
          return features.putBatch!(items, options)
        },
      }),
      ...(features.setMetadata && {
        setMetadata: (path, metadata, options) => {
          count('metadata')
          return features.setMetadata!(path, metadata, options)
        },
      }),
    },
    read: (path, options) => {
      count('content')
      return target.read(path, options)
    },
    put: (path, content, options) => {
      count('put')
      return target.put(path, content, options)
    },
    remove: (path, options) => {
      count('remove')
      return target.remove(path, options)
    },
  }
}

function bound(target: TargetProvider): TargetProvider {
  return {
    location: target.location,
    features: target.features,
    list: (path, options) => target.list(path, options),
    stat: (path, options) => target.stat(path, options),
    read: (path, options) => target.read(path, options),
    put: (path, content, options) => target.put(path, content, options),
    remove: (path, options) => target.remove(path, options),
    close: () => target.close(),
  }
}

class Place {
  readonly directory = mkdtempSync(join(tmpdir(), 'tidekeep-adopt-'))
  readonly source = join(this.directory, 'source')
  readonly counts: Record<string, number> = {}
  readonly #world: World | undefined

  constructor(world: World | undefined) {
    this.#world = world
    mkdirSync(join(this.source, 'sub'), { recursive: true })
    mkdirSync(join(this.directory, 'target'))
    for (let index = 0; index < FILES; index++) this.write(nameOf(index), `content ${index}`, MODIFIED_S + index)
    cleanUps.push(async () => {
      await world?.close()
      rmSync(this.directory, { recursive: true, force: true })
    })
  }

  write(path: string, content: string, mtimeS: number): void {
    writeFileSync(join(this.source, path), content)
    utimesSync(join(this.source, path), mtimeS, mtimeS)
  }

  async start(folder: Partial<FolderSettings> = {}): Promise<Harness> {
    const opened = await this.#world?.open()
    const { clock, random, log } = { clock: realClock, random: { next: () => 0.5, hex: () => 'ab' }, log: silent }
    const harness = await startEngine({
      place: this.directory,
      folder,
      wrap: (local) =>
        counted(decorate(opened ?? local, { clock, random, log, limiter: new ByteLimiter(clock, 0) }), this.counts),
    })
    return harness
  }

  /** The state of this computer is gone; the target is all there is. */
  loseState(): void {
    rmSync(join(this.directory, 'state'), { recursive: true, force: true })
    for (const name of Object.keys(this.counts)) delete this.counts[name]
  }
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

function nameOf(index: number): string {
  return index % 2 === 0 ? `file ${index}` : `sub/file ${index}`
}

describe.each(Object.keys(WORLDS))('taking over a copy at %s whose state was lost', (name) => {
  it('reads and sends nothing that is recorded there as the source has it, says so, and goes on', async () => {
    const place = new Place(await WORLDS[name]?.())
    let harness = await place.start()
    await harness.until('protected')
    await harness.stop()
    place.loseState()
    harness = await place.start({ adopt: { comparePercent: 0 } })
    const view = await harness.until('protected')
    expect(view).toMatchObject({ files: FILES, recordedFiles: FILES })
    expect(view.sentence).toBe(`${FILES} files safe, ${FILES} of them by what the target records`)
    expect(place.counts).toEqual({})
    place.write(nameOf(3), 'newer content', MODIFIED_S + 500)
    harness.watcher.hint([nameOf(3)])
    await expect.poll(() => harness.folder().recordedFiles).toBe(FILES - 1)
    expect(harness.activity.filter(({ method }) => method === 'whole').map(({ path }) => path)).toEqual([nameOf(3)])
    await harness.stop()
  })

  it('compares by content what was touched meanwhile, sends what differs, and deletes nothing, not even as a mirror', async () => {
    const place = new Place(await WORLDS[name]?.())
    let harness = await place.start()
    await harness.until('protected')
    await harness.stop()
    place.loseState()
    const { size } = statSync(join(place.source, nameOf(0)))
    place.write(nameOf(0), 'X'.repeat(size), MODIFIED_S + 900)
    place.write(nameOf(2), 'content 2', MODIFIED_S + 900)
    place.write('new', 'only here', MODIFIED_S)
    rmSync(join(place.source, nameOf(4)))
    harness = await place.start({ adopt: { comparePercent: 0 }, mode: 'mirror' })
    await harness.until('protected')
    const methodOf = (path: string): string | undefined => harness.activity.find((row) => row.path === path)?.method
    expect([methodOf(nameOf(0)), methodOf(nameOf(2)), methodOf('new')]).toEqual(['whole', 'adopt', 'whole'])
    expect(harness.folder()).toMatchObject({ files: FILES, recordedFiles: FILES - 3, held: 0 })
    expect(place.counts['remove'] ?? 0).toBe(0)
    const baseline = harness.store.baseline.get(harness.folderId, toRelPath(nameOf(2)))
    expect(baseline?.remote.verifiedBy).not.toBe('recorded')
    await harness.stop()
  })

  it('believes nothing where every file is to be compared', async () => {
    const place = new Place(await WORLDS[name]?.())
    let harness = await place.start()
    await harness.until('protected')
    await harness.stop()
    place.loseState()
    harness = await place.start({ adopt: { comparePercent: 100 } })
    expect(await harness.until('protected')).toMatchObject({ files: FILES })
    expect(harness.folder().recordedFiles).toBeUndefined()
    expect(place.counts['content']).toBeGreaterThanOrEqual(FILES)
    expect(place.counts['put'] ?? 0).toBe(0)
    await harness.stop()
  })
})

describe('tidekeep folder adopt', () => {
  it('says what it trusts, sends nothing again, and is refused once the pair is known', async () => {
    const place = new Place(undefined)
    const target = join(place.directory, 'copy')
    const before = new TidekeepProcesses(join(place.directory, 'lost home'))
    expect(await before.json('sync', place.source, target)).toMatchObject({ counts: { uploaded: FILES } })
    const here = new TidekeepProcesses(join(place.directory, 'home'))
    const said = await here.run('folder', 'adopt', place.source, '--target', target)
    expect(said.stdout).toMatch(
      /size, time and mode are recorded at the target as they are here are taken for the same/,
    )
    expect(await here.json('serve', '--once')).toMatchObject({
      ok: true,
      folders: [{ summary: { counts: { uploaded: 0, failed: 0 }, bytes: { sent: 0 } } }],
    })
    expect(await here.json('status')).toMatchObject({ folders: [{ files: FILES, recordedFiles: FILES }] })
    const again = await here.run('folder', 'adopt', place.source, '--target', target)
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/already kept safe/) as string })
  })
})

describe('tidekeep sync of two sides that hold the same, of which nothing is known', () => {
  it('agrees on all of it after it was killed on the way, and sends nothing', async () => {
    const place = new Place(undefined)
    const target = join(place.directory, 'copy')
    const before = new TidekeepProcesses(join(place.directory, 'lost home'))
    expect(await before.json('sync', place.source, target)).toMatchObject({ counts: { uploaded: FILES } })
    const home = join(place.directory, 'home')
    const killed = new TidekeepProcesses(home, { TIDEKEEP_FAILPOINT: 'record.outcomes.before:2' })
    expect(await killed.run('sync', place.source, target)).toMatchObject({ signal: 'SIGKILL' })
    const here = new TidekeepProcesses(home)
    expect(await here.json('sync', place.source, target)).toMatchObject({
      ok: true,
      counts: { uploaded: 0, failed: 0 },
      bytes: { sent: 0 },
    })
    expect(await here.json('verify', target)).toMatchObject({ ok: true, findings: [] })
    expect(await here.json('sync', place.source, target)).toMatchObject({ actions: [] })
  })
})

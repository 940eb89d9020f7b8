import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { S3Options } from '../../common/settings.ts'
import type { Leftover, TargetProvider } from '../../main/providers/provider.ts'
import { CommandLineWorld } from '../fakes/command-line.ts'

const GIB = 1024 ** 3
const places: string[] = []
afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true })
})

/** A world in which S3 targets hold one old upload of ours and one of another program. */
function worldOf({
  s3 = {},
  fails = [],
}: { readonly s3?: S3Options; readonly fails?: readonly string[] } = {}): CommandLineWorld & {
  readonly opened: string[]
} {
  const world = Object.assign(new CommandLineWorld(), { opened: [] as string[] })
  const upload = (path: string, isOurs: boolean): Leftover => {
    return { kind: 'upload', path, token: path, bytes: 10 * GIB, startedAtMs: 0, isOurs, isInUse: false }
  }
  world.ports.openRecords = async () => ({
    records: {} as never,
    trees: 0,
    s3,
    isNeeded: () => false,
    markChanges: () => () => [],
    close: () => undefined,
  })
  world.ports.openRememberingTarget = async (_host, location) => {
    world.opened.push(location)
    if (fails.includes(location)) throw new TidekeepError({ code: 'unavailable', message: 'Not there.' })
    const features = {
      leftovers: async function* () {
        yield upload('ours.bin', true)
        yield upload('foreign\u001b[2J.bin', false)
      },
      removeLeftover: async () => {
        if (fails.includes('removal')) throw new TidekeepError({ code: 'forbidden', message: 'The store says no.' })
      },
    }
    return { target: { location, features } as unknown as TargetProvider, requests: () => ({}), close: async () => {} }
  }
  return world
}

function configured(world: CommandLineWorld, ...targets: readonly string[]): void {
  const folders = targets.map((target, index) => ({
    id: `f${index}`,
    name: `Folder ${index}`,
    path: `/source/${index}`,
    target,
  }))
  world.ports.offline = async () => ({ call: async () => folders, close: () => undefined }) as never
}

describe('cleanup', () => {
  it('says what it removed and what that cost, and shows what is of others without obeying it', async () => {
    const ran = await worldOf().run('cleanup', 's3://bucket/prefix', '--verbose')
    expect(ran.exitCode).toBe(0)
    expect(ran.stdout).toContain('Removed 1 leftover (10\u00a0GiB, $0.23 a month) at s3://bucket/prefix.')
    expect(ran.stdout).toContain('1 leftover (10\u00a0GiB, $0.23 a month) of other programs stay')
    expect(ran.stdout).not.toContain('\u001b[2J')
    expect(ran.stderr).toContain('https://aws.amazon.com/s3/pricing/')
  })

  it('prints one object with everything in it', async () => {
    const { stdout } = await worldOf().run('cleanup', 's3://bucket/prefix', '--dry-run', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'cleanup',
      ok: true,
      exitCode: 0,
      dryRun: true,
      targets: [
        {
          target: 's3://bucket/prefix',
          prices: { region: 'us-east-1', asOf: expect.stringMatching(/^\d{4}-/) as string },
          items: [{ path: 'ours.bin', outcome: 'removed' }, { outcome: 'not-ours' }],
          totals: { removed: { count: 1, bytes: 10 * GIB } },
        },
      ],
    })
  })

  it('names no price for a store that is not of Amazon', async () => {
    const { stdout } = await worldOf({ s3: { endpoint: 'https://store.example' } }).run('cleanup', 's3://bucket')
    expect(stdout).toContain('Removed 1 leftover (10\u00a0GiB) at s3://bucket.')
    expect(stdout).not.toContain('$')
  })

  it('warns of a price list that cannot be read, and goes on without', async () => {
    const world = worldOf()
    const config = mkdtempSync(join(tmpdir(), 'tidekeep-cleanup-'))
    places.push(config)
    mkdirSync(config, { recursive: true })
    writeFileSync(join(config, 'prices.json'), '{"format": 2}')
    Object.assign(world.host, { paths: { ...world.host.paths, config } })
    const ran = await world.run('cleanup', 's3://bucket')
    expect(ran.exitCode).toBe(0)
    expect(ran.stderr).toContain('format')
    expect(ran.stdout).not.toContain('$')
  })

  it('ends with 3 where something could not be removed, and says why', async () => {
    const ran = await worldOf({ fails: ['removal'] }).run('cleanup', 's3://bucket')
    expect(ran.exitCode).toBe(3)
    expect(ran.stdout).toContain('could not be removed: The store says no.')
  })

  it('goes on with the other targets when one cannot be reached, each target once', async () => {
    const world = worldOf({ fails: ['s3://away'] })
    configured(world, 's3://away', 's3://here', 's3://here')
    const ran = await world.run('cleanup', '--json')
    expect(ran.exitCode).toBe(3)
    expect(world.opened).toEqual(['s3://away', 's3://here'])
    expect(JSON.parse(ran.stdout)).toMatchObject({
      targets: [{ error: { code: 'unavailable' } }, { isSupported: true }],
    })
  })

  it('takes a folder by id, name or path', async () => {
    for (const named of ['f1', 'Folder 1', '/source/1']) {
      const world = worldOf()
      configured(world, 's3://first', 's3://second')
      await world.run('cleanup', named)
      expect(world.opened).toEqual(['s3://second'])
    }
  })

  it('refuses an age that is none', async () => {
    expect((await worldOf().run('cleanup', 's3://bucket', '--older-than', 'old')).exitCode).toBe(2)
  })
})

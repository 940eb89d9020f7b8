import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestsBelow, type StoreSide } from './sides.ts'
import type { World } from './world.ts'

const MIB = 1024 ** 2

/** A piece of use in which the program is killed. */
export interface Scenario {
  readonly name: string
  readonly sides: readonly World['side']['kind'][]
  /** `new`: begins with nothing. `kept`: begins with a target that is up to date. */
  readonly world: 'new' | 'kept'
  /** What a person or another program does before; runs of the program in here must succeed or be killed on purpose. */
  prepare(world: World): Promise<void> | void
  /** What is run, one after the other, until one is killed. */
  commands(world: World): readonly (readonly string[])[]
  /** What is run after the crash until all is well; `sync` alone by default. */
  recover?(world: World): readonly (readonly string[])[]
  /** What must hold in the end besides what always must. */
  check?(world: World): readonly string[]
}

/** The parts of a store that send in several parts, at the smallest size that has three. */
function largeBytes(world: World): number {
  return world.side.kind === 's3' ? 21 * MIB : 3 * MIB
}

/** Files of many kinds, for a first backup. */
export function populate(world: World): void {
  for (let number = 0; number < 14; number++) world.write(`letters/${number}.txt`, world.fresh(100 + number * 300))
  for (let number = 0; number < 6; number++) world.write(`photos/2026/${number}.raw`, world.fresh(40_000 + number))
  for (let number = 0; number < 6; number++) world.write(`${number} on top.md`, world.fresh(number * 1000))
  world.write('large.bin', world.fresh(largeBytes(world)))
  mkdirSync(join(world.source, 'hollow/inner'), { recursive: true })
}

/** Changes of content: small files in every way a file changes, and a stretch of the large one. */
function edit(world: World): void {
  const stamp = world.pick(1, 1e6)
  for (const number of [1, 4, 7]) world.write(`letters/${number}.txt`, world.fresh(200 + number * 400))
  world.write('photos/2026/1.raw', world.fresh(world.read('photos/2026/1.raw').length))
  world.write(`letters/new ${stamp}.txt`, world.fresh(700))
  world.write(`new ${stamp}/one.txt`, world.fresh(10))
  utimesSync(join(world.source, 'letters/2.txt'), 1_700_000_000, 1_700_000_000 + stamp)
  chmodSync(
    join(world.source, 'letters/3.txt'),
    (statSync(join(world.source, 'letters/3.txt')).mode & 0o777) === 0o644 ? 0o600 : 0o644,
  )
  const large = world.read('large.bin')
  world.fresh(50_000).copy(large, Math.floor(large.length * 0.6))
  world.write('large.bin', large)
  world.writeForeign('letters/5.txt', world.fresh(333))
  world.write('letters/5.txt', world.fresh(555))
}

/** Deletions and moves: of files, of a folder, of the large file, one onto a path that was just left. */
function tidy(world: World): void {
  const at = (path: string): string => join(world.source, path)
  const stamp = world.pick(1, 1e6)
  for (const path of ['letters/0.txt', 'letters/9.txt']) rmSync(at(path))
  rmSync(at('photos'), { recursive: true })
  mkdirSync(at(`moved ${stamp}`))
  renameSync(at('letters/10.txt'), at(`moved ${stamp}/10.txt`))
  renameSync(at('1 on top.md'), at('letters/0.txt'))
  renameSync(at('large.bin'), at(`moved ${stamp}/large.bin`))
  renameSync(at('hollow'), at(`hollow ${stamp}`))
  world.learnAll()
}

/** Puts back what {@link tidy} took away, so that the next round finds all of it. */
async function untidy(world: World): Promise<void> {
  rmSync(world.source, { recursive: true })
  mkdirSync(world.source)
  populate(world)
  await world.mustRun(['sync', ...world.pass])
}

/** A large file was on its way when the program was killed, twice: with parts at the store, and with segments. */
async function leaveUploads(world: World): Promise<void> {
  world.write('on its way.bin', world.fresh(21 * MIB))
  await world.run(['sync', ...world.pass], { failpoint: 's3.part.after:1' })
  const large = world.read('large.bin')
  world.fresh(20_000).copy(large, 9 * MIB)
  world.write('large.bin', large)
  await world.run(['sync', ...world.pass, ...SLOW_LINE], { failpoint: 'segment.make.after:1' })
}

/** A killed upload left a temporary object, the next one an unfinished upload of another; both are overtaken since. */
async function leaveSegments(world: World): Promise<void> {
  for (const failpoint of ['segment.make.after:1', 's3.copy-part.after:6']) {
    const large = world.read('large.bin')
    world.fresh(20_000).copy(large, 12 * MIB)
    world.write('large.bin', large)
    await world.run(['sync', ...world.pass, ...SLOW_LINE], { failpoint })
  }
  world.write('large.bin', world.fresh(largeBytes(world)))
  await world.mustRun(['sync', ...world.pass])
}

/** On such a line segments are worth their requests. */
const SLOW_LINE = ['--bwlimit', '12MiB']

/** What is at the place to restore into: nothing, an equal file, an older small and an older large one. */
function roughDestination(world: World): void {
  rmSync(world.restored, { recursive: true, force: true })
  mkdirSync(join(world.restored, 'letters'), { recursive: true })
  cpSync(join(world.source, 'letters/2.txt'), join(world.restored, 'letters/2.txt'), { preserveTimestamps: true })
  writeFileSync(join(world.restored, 'letters/4.txt'), 'an older letter')
  const older = world.read('large.bin')
  older.fill(7, 2 * MIB, 2 * MIB + 9000)
  writeFileSync(join(world.restored, 'large.bin'), older)
}

const sync = (world: World): readonly (readonly string[])[] => [['sync', ...world.pass]]
const restore = (world: World): readonly (readonly string[])[] => [
  ['restore', world.side.location, world.restored, '--overwrite'],
]

/** Every scenario, by name. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'first backup', sides: ['local', 's3'], world: 'new', prepare: populate, commands: sync },
  { name: 'edits', sides: ['local', 's3'], world: 'kept', prepare: edit, commands: sync },
  {
    name: 'edits in segments',
    sides: ['s3'],
    world: 'kept',
    prepare: (world) => {
      const large = world.read('large.bin')
      world.fresh(20_000).copy(large, 12 * MIB)
      world.write('large.bin', large)
    },
    commands: (world) => [['sync', ...world.pass, ...SLOW_LINE]],
  },
  {
    name: 'deletes and moves',
    sides: ['local', 's3'],
    world: 'kept',
    prepare: async (world) => {
      await untidy(world)
      tidy(world)
    },
    commands: sync,
  },
  {
    name: 'a held deletion that is let through',
    sides: ['local'],
    world: 'kept',
    prepare: async (world) => {
      await untidy(world)
      rmSync(join(world.source, 'letters'), { recursive: true })
    },
    commands: (world) => [
      ['sync', ...world.pass, '--max-delete', '2'],
      ['sync', ...world.pass],
    ],
  },
  {
    name: 'restore',
    sides: ['local', 's3'],
    world: 'kept',
    prepare: async (world) => {
      await untidy(world)
      roughDestination(world)
    },
    commands: restore,
    recover: restore,
    check: checkRestored,
  },
  {
    name: 'cleanup',
    sides: ['s3'],
    world: 'kept',
    prepare: leaveSegments,
    commands: (world) => [['cleanup', world.side.location, '--older-than', '0s']],
  },
  {
    name: 'an upload that was overtaken',
    sides: ['s3'],
    world: 'kept',
    prepare: async (world) => {
      await leaveUploads(world)
      world.write('on its way.bin', world.fresh(17 * MIB))
    },
    commands: sync,
  },
  {
    name: 'a store in trouble',
    sides: ['s3'],
    world: 'kept',
    prepare: (world) => {
      edit(world)
      const { faults } = (world.side as StoreSide).server
      faults.add(
        { operation: 'PutObject', nth: 9, times: 1, action: { kind: 'status', status: 403, code: 'AccessDenied' } },
        {
          operation: 'PutObject',
          nth: 10,
          times: 2,
          action: { kind: 'status', status: 503, code: 'ServiceUnavailable' },
        },
      )
    },
    commands: sync,
  },
  {
    name: 'a store that refuses its keys',
    sides: ['s3'],
    world: 'kept',
    prepare: (world) => {
      edit(world)
      const action = { kind: 'status', status: 403, code: 'InvalidAccessKeyId' } as const
      const { faults } = (world.side as StoreSide).server
      faults.add({ operation: 'PutObject', nth: 9, times: 1000, action })
    },
    commands: sync,
  },
]

/** All that the source has is there, and besides it one copy of each file that was in the way. */
function checkRestored(world: World): readonly string[] {
  const here = digestsBelow(world.restored)
  const replaced = [...here.keys()].filter((path) => path.includes(' (replaced '))
  const spare = [...here.keys()].filter((path) => !world.exists(path) && !replaced.includes(path))
  const wrong = [...world.contents()].filter(([path, digest]) => here.get(path) !== digest)
  return [
    ...spare.map((path) => `left in the restored folder: ${path}`),
    ...wrong.map(([path]) => `${path} was not restored`),
    ...(replaced.length === 2 ? [] : [`replaced files: ${replaced.join(', ')}`]),
  ]
}

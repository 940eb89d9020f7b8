import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Summary } from '../../../common/protocol.ts'
import type { Ended } from '../../fakes/tidekeep-process.ts'
import { differences, digestsOf, judgeState, judgeTarget, type Truth } from './judge.ts'
import type { DiskPlace, Layout } from '../../fixtures/disk-place.ts'

/** Something that is going on when the power fails. */
export interface CutScenario {
  readonly name: string
  readonly layout: Layout
  /** Brings the place to where everything is quiet and durable. */
  readonly prepare: (place: DiskPlace) => Promise<void>
  /** Happens right before the command. */
  readonly change: (place: DiskPlace) => Truth
  readonly args: (place: DiskPlace) => readonly string[]
  /** What is wrong right after the cut. `exitCode` is null where the command had not ended. */
  readonly judge: (place: DiskPlace, truth: Truth, exitCode: number | null) => Promise<readonly string[]>
  /** Goes on, and says what is wrong in the end. */
  readonly recover: (place: DiskPlace, truth: Truth) => Promise<readonly string[]>
}

const MOST_PASSES = 10

interface SyncScenario {
  readonly name: string
  readonly layout: Layout
  readonly flags?: readonly string[]
  readonly begin?: (source: string) => void
  readonly change: (source: string) => void
}

function syncScenario({ name, layout, flags = [], begin, change }: SyncScenario): CutScenario {
  const args = ({ source, target }: DiskPlace): readonly string[] => ['sync', source, target, '--json', ...flags]
  const isMirror = flags.includes('--delete')
  return {
    name,
    layout,
    args,
    prepare: async (place) => {
      if (begin === undefined) return
      begin(place.source)
      assertDone(await place.run(...args(place)))
    },
    change: ({ source }) => {
      const before = begin === undefined ? new Map<string, string>() : digestsOf(source)
      change(source)
      return { before, after: digestsOf(source), isMirror }
    },
    judge: async ({ home, target }, truth, exitCode) => [
      ...judgeTarget(target, truth),
      ...(await judgeState(join(home, 'state'), target, truth)),
      ...(exitCode === 0 ? differences(wantedOf(digestsOf(target), truth), truth.after, 'was told to be done') : []),
    ],
    recover: (place, truth) => converge(place, args(place), truth),
  }
}

/** Without what a backup keeps although the source no longer has it. */
function wantedOf(held: ReadonlyMap<string, string>, { after, isMirror }: Truth): ReadonlyMap<string, string> {
  return new Map([...held].filter(([path]) => path !== ONE_MORE && (isMirror || after.has(path))))
}

const ONE_MORE = 'one more'

/** Passes until one has nothing to do; then the target is the source and nothing temporary is left. */
async function converge(place: DiskPlace, args: readonly string[], truth: Truth): Promise<readonly string[]> {
  // Something to write, as what a cut left in the temporary area is taken away before the next write.
  writeFileSync(join(place.source, ONE_MORE), ONE_MORE)
  try {
    for (let pass = 1; ; pass++) {
      const ended = await place.run(...args)
      if (ended.exitCode !== 0) return [`pass ${pass} ended with ${ended.exitCode}: ${ended.stderr}`]
      const { counts } = JSON.parse(ended.stdout) as Summary
      if (counts.uploaded + counts.moved + counts.metadata + counts.deleted + counts.held === 0) break
      if (pass === MOST_PASSES) return [`there was still something to do in pass ${pass}: ${ended.stdout}`]
    }
    const wrong = differences(wantedOf(digestsOf(place.target), truth), truth.after, 'is not what the source has')
    const left = readdirSync(join(place.target, '.tidekeep/tmp'))
    return [...wrong, ...left.map((name) => `${name} is left in the temporary area`)]
  } finally {
    rmSync(join(place.source, ONE_MORE))
  }
}

const RESTORED = 'restored'

/** The copy is safe elsewhere; the disk is what it is restored to. */
function restoreScenario(): CutScenario {
  const args = ({ base, disk }: DiskPlace): readonly string[] => [
    'restore',
    join(base, 'copy'),
    join(disk.path, RESTORED),
    '--json',
  ]
  return {
    name: 'a restore',
    layout: 'everything',
    args,
    prepare: async (place) => {
      smallFiles(place.source, { folders: 6, files: 40, version: 1 })
      writeFileSync(join(place.source, 'large'), bytesOf('restored', 6_000_000))
      assertDone(await place.run('sync', place.source, join(place.base, 'copy'), '--json'))
    },
    change: ({ source }) => ({ before: new Map(), after: digestsOf(source), isMirror: false }),
    judge: async ({ disk }, { after }, exitCode) => {
      const held = finalNames(digestsOf(join(disk.path, RESTORED)))
      const torn = [...held].filter(([path, digest]) => after.get(path) !== digest).map(([path]) => `${path} is torn`)
      return exitCode === 0 ? differences(held, after, 'was told to be restored') : torn
    },
    recover: async (place, { after }) => {
      const ended = await place.run(...args(place))
      if (ended.exitCode !== 0) return [`restoring again ended with ${ended.exitCode}: ${ended.stderr}`]
      return differences(digestsOf(join(place.disk.path, RESTORED)), after, 'is not what was kept')
    },
  }
}

function finalNames(held: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...held].filter(([path]) => !path.endsWith('.part')))
}

const FOLDERS = 8

/** Everything whose power is cut. */
export const CUT_SCENARIOS: readonly CutScenario[] = [
  syncScenario({
    name: 'a first backup of many small files',
    layout: 'everything',
    change: (source) => smallFiles(source, { folders: FOLDERS, files: 180, version: 1 }),
  }),
  syncScenario({
    name: 'a first backup to an external disk',
    layout: 'target',
    change: (source) => smallFiles(source, { folders: FOLDERS, files: 180, version: 1 }),
  }),
  syncScenario({
    name: 'a large file',
    layout: 'target',
    change: (source) => writeFileSync(join(source, 'large'), bytesOf('large', 12_000_000)),
  }),
  syncScenario({
    name: 'edits in place, of small files and of a large one',
    layout: 'target',
    flags: ['--delta-threshold', '1MiB'],
    begin: (source) => {
      smallFiles(source, { folders: 2, files: 60, version: 1 })
      writeFileSync(join(source, 'large'), bytesOf('edited', 8_000_000))
    },
    change: (source) => {
      smallFiles(source, { folders: 2, files: 60, version: 2 })
      const edited = bytesOf('edited', 8_000_000)
      edited.fill(7, 3_000_000, 3_000_100)
      writeFileSync(join(source, 'large'), edited)
    },
  }),
  syncScenario({
    name: 'deletions and moves in a mirror',
    layout: 'everything',
    flags: ['--delete'],
    begin: (source) => smallFiles(source, { folders: 4, files: 60, version: 1 }),
    change: (source) => {
      for (let number = 0; number < 20; number++) rmSync(join(source, `folder-0/file-${number}`))
      for (let number = 0; number < 30; number++)
        renameSync(join(source, `folder-1/file-${number}`), join(source, `folder-2/moved-${number}`))
      renameSync(join(source, 'folder-3'), join(source, 'renamed'))
    },
  }),
  syncScenario({
    name: 'edits, new files and deletions at once, on an external disk',
    layout: 'target',
    flags: ['--delete'],
    begin: (source) => smallFiles(source, { folders: 4, files: 60, version: 1 }),
    change: (source) => {
      smallFiles(source, { folders: 1, files: 60, version: 2 })
      smallFiles(join(source, 'folder-1'), { folders: 3, files: 30, version: 3 })
      for (let number = 0; number < 30; number++) rmSync(join(source, `folder-2/file-${number}`))
      for (let number = 0; number < 30; number++) appendFileSync(join(source, `folder-3/file-${number}`), 'more')
    },
  }),
  restoreScenario(),
]

function smallFiles(
  root: string,
  { folders, files, version }: { readonly folders: number; readonly files: number; readonly version: number },
): void {
  for (let folder = 0; folder < folders; folder++) {
    mkdirSync(join(root, `folder-${folder}`), { recursive: true })
    for (let number = 0; number < files; number++) {
      const path = `folder-${folder}/file-${number}`
      writeFileSync(join(root, path), bytesOf(`${path} ${version}`, 500 + ((number * 977) % 9000)))
    }
  }
}

/** Content that no two names share. Text, as the guard would take much noise at once for encrypted files. */
function bytesOf(name: string, size: number): Buffer {
  const digest = createHash('shake256', { outputLength: Math.ceil(size / 2) })
    .update(name)
    .digest('hex')
  return Buffer.from(digest.slice(0, size))
}

function assertDone({ exitCode, stderr, stdout }: Ended): void {
  if (exitCode !== 0) throw new Error(`it ended with ${exitCode}: ${stderr}${stdout}`)
}

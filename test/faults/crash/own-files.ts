import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { openSealedFile } from '../../../main/secrets/sealed-file.ts'
import { systemClock } from '../../../main/service/node-host.ts'
import type { Migration } from '../../../main/state/schema/migrations.ts'
import { openStore } from '../../../main/state/sqlite-store.ts'
import { FOLDER, baselineEntry, planned, upload } from '../../unit/state-support.ts'
import { SLOW_MIGRATIONS } from '../support/migrations.ts'
import { runNode, runTidekeep, type Ran, type RunOptions } from './program.ts'

const CHILD = fileURLToPath(new URL('./own-files-child.ts', import.meta.url))
const ENTRIES = 400
const GARBAGE = Buffer.alloc(20_000, 'not a state file ')
const log = { debug() {}, info() {}, warn() {}, error() {} }

/** A change of the program's own files in a directory of its own. */
export interface Job {
  readonly name: 'migrate' | 'set-aside' | 'seal' | 'settings'
  prepare(directory: string): Promise<void>
  run(directory: string, options: Omit<RunOptions, 'env'>): Promise<Ran>
  /** What is wrong after a crash and another try. */
  check(directory: string): Promise<readonly string[]>
}

/** An empty directory; remove it. */
export function makeDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'tk-own-'))
}

const child =
  (name: string): Job['run'] =>
  (directory, options) =>
    runNode([CHILD, name, directory], { env: { TIDEKEEP_HOME: directory }, ...options })

/** Every job. */
export const JOBS: readonly Job[] = [
  {
    name: 'migrate',
    prepare: async (directory) => {
      const { store } = await open(directory)
      store.transaction(() => {
        for (let index = 0; index < ENTRIES; index++)
          store.baseline.put(FOLDER, baselineEntry(`f-${index}`, 1, `1:${index}`))
        store.queue.enqueue(FOLDER, [planned(upload('job'))])
      })
      store.close()
    },
    run: child('migrate'),
    check: async (directory) => {
      const { store, recovered } = await open(directory, SLOW_MIGRATIONS)
      const held = [recovered, store.baseline.totals(FOLDER).files, store.queue.counts(FOLDER).queued].join(' ')
      store.close()
      const wrong = query(directory, 'SELECT count(*) AS n FROM baseline WHERE note IS NOT path')
      const copies = globSync('state.db.v*', { cwd: directory }).filter((name) => !name.endsWith('.new'))
      return [
        ...(held === `none ${ENTRIES} 1` ? [] : [`the migrated state holds ${held}`]),
        ...(wrong === 0 ? [] : [`${String(wrong)} entries are half migrated`]),
        ...(copies.length === 1 ? [] : [`copies of the old state: ${copies.join(', ')}`]),
        ...unfinishedIn(directory),
      ]
    },
  },
  {
    name: 'set-aside',
    prepare: async (directory) => {
      mkdirSync(directory, { recursive: true })
      writeFileSync(join(directory, 'state.db'), GARBAGE)
      writeFileSync(join(directory, 'state.db-wal'), GARBAGE.subarray(0, 5000))
    },
    run: child('set-aside'),
    check: async (directory) => {
      const { store } = await open(directory)
      const isCompared = store.folders.get(FOLDER).compared
      store.close()
      const kept = readdirSync(directory).map((name) => readFileSync(join(directory, name)))
      const parts = [GARBAGE, GARBAGE.subarray(0, 5000)]
      return [
        ...(isCompared ? ['a fresh state counts as compared'] : []),
        ...parts
          .filter((part) => !kept.some((bytes) => bytes.equals(part)))
          .map(({ length }) => `${length} bytes of the damaged state are gone`),
        ...unfinishedIn(directory),
      ]
    },
  },
  {
    name: 'seal',
    prepare: (directory) => openSealedFile({ directory, passphrase: undefined, log }).set('old', 'an old secret'),
    run: child('seal'),
    check: async (directory) => {
      const secrets = openSealedFile({ directory, passphrase: undefined, log })
      const [old, fresh] = [await secrets.get('old'), await secrets.get('new')]
      await secrets.set('another', 'a third')
      return [
        ...(old === 'an old secret' ? [] : ['a secret is gone']),
        ...([undefined, 'a new secret'].includes(fresh) ? [] : ['a secret is another one']),
        ...unfinishedIn(directory),
      ]
    },
  },
  {
    name: 'settings',
    prepare: async (directory) => void (await configure(directory, '3', {})),
    run: (directory, options) => configure(directory, '7', options),
    check: async (directory) => {
      const read = (name: string): unknown =>
        (JSON.parse(readFileSync(join(directory, 'config', name), 'utf8')) as { readonly concurrency?: unknown })
          .concurrency
      const found = read('settings.json')
      const ended = await configure(directory, '9', {})
      return [
        ...(found === 3 || found === 7 ? [] : [`the setting is ${String(found)}`]),
        ...(ended.exitCode === 0 && read('settings.json') === 9 ? [] : [`it cannot be set any more: ${ended.stderr}`]),
        ...unfinishedIn(join(directory, 'config')),
      ]
    },
  },
]

/** One crash of one job: what it does, a kill, another try, and what is wrong then. */
export async function crashJob(
  job: Job,
  options: Omit<RunOptions, 'env'>,
): Promise<{ readonly wasKilled: boolean; readonly violations: readonly string[] }> {
  const directory = makeDirectory()
  try {
    await job.prepare(directory)
    const { wasKilled } = await job.run(directory, options)
    const violations = await job.check(directory).catch((error: unknown) => [String(error)])
    return { wasKilled, violations }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function configure(directory: string, concurrency: string, options: Omit<RunOptions, 'env'>): Promise<Ran> {
  return runTidekeep(['config', 'set', 'concurrency', concurrency], { env: { TIDEKEEP_HOME: directory }, ...options })
}

function open(directory: string, migrations?: readonly Migration[]): ReturnType<typeof openStore> {
  return openStore({ directory, clock: systemClock, log, ...(migrations === undefined ? {} : { migrations }) })
}

function query(directory: string, sql: string): unknown {
  const database = new DatabaseSync(join(directory, 'state.db'))
  try {
    return database.prepare(sql).get()?.['n']
  } finally {
    database.close()
  }
}

function unfinishedIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => /\.new(-wal|-shm|-journal)?$/.test(name))
    .map((name) => `left half written: ${name}`)
}

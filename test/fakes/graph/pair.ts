import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { RelPath } from '../../../common/model.ts'
import { ByteLimiter } from '../../../main/providers/decorators/limiter.ts'
import { decorate } from '../../../main/providers/decorators/stack.ts'
import { startEngine, type Harness, type HarnessOptions } from '../engine-harness.ts'
import { realClock } from '../real-clock.ts'
import { Cloud } from './cloud.ts'
import { startGraphFixture, type GraphFixture, type GraphFixtureOptions } from './harness.ts'

/** The time of every file that a pair begins with. */
export const AGREED_MS = 1_600_000_000_000

/** A folder of this computer and one of a drive that follow each other. */
export class Pair {
  readonly fixture: GraphFixture
  readonly cloud: Cloud
  readonly source: string
  harness!: Harness
  readonly #place: string

  private constructor(fixture: GraphFixture, place: string, folder: string) {
    this.fixture = fixture
    this.#place = place
    this.source = join(place, 'source')
    this.cloud = new Cloud(fixture.drive, folder)
  }

  /** A drive and a folder with these files; nothing runs yet. */
  static async open(files: Readonly<Record<string, string>>, options: GraphFixtureOptions = {}): Promise<Pair> {
    const fixture = await startGraphFixture(options)
    const pair = new Pair(fixture, mkdtempSync(join(tmpdir(), 'tidekeep-pair-')), options.folder ?? '')
    mkdirSync(pair.source)
    for (const [path, content] of Object.entries(files)) {
      pair.write(path, content)
      utimesSync(join(pair.source, path), AGREED_MS / 1000, AGREED_MS / 1000)
    }
    return pair
  }

  /** Stops what runs and removes everything. */
  async close(): Promise<void> {
    await this.harness.stop()
    await this.fixture.close()
    rmSync(this.#place, { recursive: true, force: true })
  }

  /** The engine on both of them: begins, or takes up again. */
  async start(options: HarnessOptions = {}): Promise<void> {
    const { clock, random, log } = { ...this.fixture.host, clock: realClock }
    this.harness = await startEngine({
      ...options,
      place: this.#place,
      folder: { mode: 'two-way', ...options.folder },
      wrap: (_local, { feeds }) =>
        decorate(this.fixture.open({ feeds }), { clock, random, log, limiter: new ByteLimiter(clock, 0) }),
    })
    await this.harness.until('protected')
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.source, path)), { recursive: true })
    writeFileSync(join(this.source, path), content)
  }

  /** Synchronises until a turn finds nothing; gives what the turns before it did. */
  async settle(): Promise<readonly string[]> {
    const { activity, engine, store, folderId } = this.harness
    const did: string[] = []
    for (let turn = 0; turn < 8; turn++) {
      activity.length = 0
      await engine.syncNow()
      // A folder that is not empty yet is removed a little later.
      const isWaiting = store.queue.counts(folderId).waiting > 0
      if (activity.length === 0 && !isWaiting) return did
      if (isWaiting) store.queue.retry()
      did.push(...activity.map(({ method, path }) => `${method} ${path}`))
    }
    throw new Error(`it never comes to rest: ${did.join(', ')}`)
  }

  /** Every file and folder of this computer with its content, Tidekeep's own area left out. */
  here(below = ''): Record<string, string> {
    const entries = readdirSync(join(this.source, below), { withFileTypes: true })
    const trees = entries
      .filter(({ name }) => below !== '' || name !== '.tidekeep')
      .map((entry) => {
        const path = below === '' ? entry.name : `${below}/${entry.name}`
        return entry.isDirectory()
          ? { [`${path}/`]: '', ...this.here(path) }
          : { [path]: readFileSync(join(this.source, path), 'utf8') }
      })
    return Object.assign({}, ...trees) as Record<string, string>
  }

  /** Contents of what this computer keeps of what gave way. */
  kept(): readonly string[] {
    const area = join(this.source, '.tidekeep/kept')
    if (!existsSync(area)) return []
    return readdirSync(area, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .toSorted()
  }

  conflictAt(path: string): string | undefined {
    const { store, folderId } = this.harness
    const conflict = store.conflicts.at(folderId, path as RelPath)
    return conflict?.state === 'open' ? conflict.kind : undefined
  }
}

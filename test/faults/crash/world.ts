import { createCipheriv } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { seededRandom } from '../../fakes/host.ts'
import { digestOf, digestsBelow, type Contents, type Side } from './sides.ts'
import { runTidekeep, type Acknowledged, type Ran, type RunOptions } from './program.ts'

/** How a world runs one command. */
export type CommandOptions = Omit<RunOptions, 'env'>

/** Deletions of a whole world are meant here; the guard has a scenario of its own. */
const PASS = ['--mode', 'mirror', '--max-delete', '100000', '--delta-threshold', '8MiB']

/**
 * One source, one target, one installation, and what the program has said about them. It lives
 * through one crash after the other: each leaves a converged world to the next.
 */
export class World {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), 'tk-crash-')))
  readonly side: Side
  readonly random: ReturnType<typeof seededRandom>
  /** Every content that was ever at a path of the source, or put at the target by someone else. */
  readonly known = new Map<string, Set<string>>()
  /** What the target was said to hold, by path. */
  readonly acknowledged = new Map<string, string>()
  /** Every content that the target was ever said to hold. */
  readonly onceAcknowledged = new Set<string>()
  /** Contents of someone else at the target, which may be moved but not lost. */
  readonly foreign = new Set<string>()
  /** Goes up with every piece of content, so that no two are the same. */
  #serial = 0
  #installation = 0

  constructor(side: (base: string) => Side, seed: number) {
    this.side = side(this.base)
    this.random = seededRandom(seed)
  }

  get source(): string {
    return join(this.base, 'source')
  }

  get home(): string {
    return join(this.base, `home-${this.#installation}`)
  }

  get restored(): string {
    return join(this.base, 'restored')
  }

  get pass(): readonly string[] {
    return [this.source, this.side.location, ...PASS]
  }

  /** An empty source and target, and an installation that was never used. */
  reset(): void {
    rmSync(this.home, { recursive: true, force: true })
    rmSync(this.source, { recursive: true, force: true })
    rmSync(this.restored, { recursive: true, force: true })
    this.side.clear()
    this.#installation++
    this.known.clear()
    this.acknowledged.clear()
    this.onceAcknowledged.clear()
    this.foreign.clear()
    mkdirSync(this.source)
  }

  /** The next scenario begins anew. */
  forget(): void {
    this.known.clear()
  }

  async close(): Promise<void> {
    await this.side.close()
    rmSync(this.base, { recursive: true, force: true })
  }

  get env(): Readonly<Record<string, string>> {
    return { TIDEKEEP_HOME: this.home, TIDEKEEP_SECRETS: 'file', ...this.side.env }
  }

  /** Runs one command of the program and keeps in mind what it acknowledged. */
  async run(command: readonly string[], options: CommandOptions = {}): Promise<Ran> {
    const ran = await runTidekeep(command, { env: this.env, ...options })
    if (command[0] === 'sync') this.#acknowledge(ran)
    return ran
  }

  /** A pass that has to succeed: preparation, never the thing under test. */
  async mustRun(command: readonly string[], options: CommandOptions = {}): Promise<Ran> {
    const ran = await this.run(command, options)
    if (ran.exitCode !== 0) throw new Error(`${command[0]} ended with ${ran.exitCode}: ${ran.stderr || ran.stdout}`)
    return ran
  }

  contents(): Contents {
    return digestsBelow(this.source)
  }

  /** A whole number from `least` to `most`. */
  pick(least: number, most: number): number {
    return least + Math.floor(this.random.next() * (most - least + 1))
  }

  /** Takes one out of a list. */
  oneOf<T>(items: readonly T[]): T {
    return items[this.pick(0, items.length - 1)]!
  }

  /** Content that is nowhere else. */
  fresh(sizeBytes: number): Buffer {
    const key = Buffer.alloc(16)
    key.writeUInt32LE(this.pick(0, 2 ** 31), 0)
    key.writeUInt32LE(++this.#serial, 4)
    return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes))
  }

  read(path: string): Buffer {
    return readFileSync(join(this.source, path))
  }

  write(path: string, bytes: Uint8Array): void {
    const absolute = join(this.source, path)
    mkdirSync(dirname(absolute), { recursive: true })
    writeFileSync(absolute, bytes)
    this.learn(path, digestOf(bytes))
  }

  /** Someone else puts content at the target. */
  writeForeign(path: string, bytes: Buffer): void {
    const digest = digestOf(bytes)
    this.side.write(path, bytes)
    this.foreign.add(digest)
    // What was there before is no longer the program's to answer for.
    const replaced = this.acknowledged.get(path)
    this.acknowledged.delete(path)
    if (replaced !== undefined) this.onceAcknowledged.delete(replaced)
    this.learn(path, digest)
  }

  /** This content may be found at this path of the target. */
  learn(path: string, digest: string): void {
    const known = this.known.get(path) ?? new Set()
    this.known.set(path, known.add(digest))
  }

  /** Everything that is at a path now may be found there: after moves. */
  learnAll(): void {
    for (const [path, digest] of this.contents()) this.learn(path, digest)
  }

  exists(path: string): boolean {
    return existsSync(join(this.source, path))
  }

  #acknowledge({ acknowledged }: Ran): void {
    if (acknowledged.length === 0) return
    const now = this.contents()
    for (const each of acknowledged) this.#acknowledgeOne(each, now)
  }

  #acknowledgeOne({ kind, path }: Acknowledged, now: Contents): void {
    const digest = now.get(path)
    if (kind === 'delete' || kind === 'forget' || digest === undefined) this.acknowledged.delete(path)
    else {
      this.acknowledged.set(path, digest)
      this.onceAcknowledged.add(digest)
    }
  }
}

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Random } from '../../main/host.ts'
import { randomContent, randomEdit } from '../../test/fixtures/random-edits.ts'

const MOST_BYTES = 64 * 1024
/** Large enough to be sent as differences, given the threshold that the run sets. */
const BIG_BYTES = 12 * 1024 ** 2
const BIG_NAME = 'recording.bin'
const MOST_FILES = 600

/** What a person at work does to a folder, drawn at random: saves, new files, renames, deletions, and a large recording that grows. */
export class Work {
  readonly #root: string
  readonly #random: Random
  #serial = 0
  done = 0

  constructor(root: string, random: Random) {
    this.#root = root
    this.#random = random
    mkdirSync(root, { recursive: true })
    const noise = Buffer.from(randomContent(random, 2 * MOST_BYTES))
    writeFileSync(join(root, BIG_NAME), Buffer.alloc(BIG_BYTES, noise.length === 0 ? 'x' : noise))
    for (let count = 0; count < MOST_FILES; count++) this.#create()
  }

  step(): void {
    this.done++
    const drawn = this.#random.next()
    if (drawn < 0.02) return this.#growBig()
    const files = this.#files()
    if (files.length === 0 || (drawn < 0.22 && files.length < MOST_FILES)) return this.#create()
    const file = files[Math.floor(this.#random.next() * files.length)]!
    if (drawn < 0.32) return this.#rename(file)
    if (drawn < 0.4 || files.length >= MOST_FILES) return void rmSync(join(this.#root, file))
    if (drawn < 0.42) return this.#renameDirectory(dirname(file))
    const { content } = randomEdit(this.#random, readFileSync(join(this.#root, file)), MOST_BYTES)
    writeFileSync(join(this.#root, file), content)
  }

  #create(): void {
    const directory = join(this.#root, `area-${this.#below(6)}`, `part-${this.#below(5)}`)
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, `file ${this.#serial++}.txt`), randomContent(this.#random, MOST_BYTES))
  }

  #rename(file: string): void {
    const to = join(this.#root, dirname(file), `moved ${this.#serial++}.txt`)
    renameSync(join(this.#root, file), to)
  }

  #renameDirectory(directory: string): void {
    if (directory === '.') return
    const to = join(this.#root, `area-${this.#below(6)}`, `part-moved-${this.#serial++}`)
    mkdirSync(dirname(to), { recursive: true })
    if (!existsSync(to)) renameSync(join(this.#root, directory), to)
  }

  #growBig(): void {
    const path = join(this.#root, BIG_NAME)
    const content = readFileSync(path)
    const patch = randomContent(this.#random, MOST_BYTES)
    patch.copy(content, this.#below(content.length))
    writeFileSync(path, content)
  }

  #files(): readonly string[] {
    return filesBelow(this.#root).filter((path) => path !== BIG_NAME)
  }

  #below(count: number): number {
    return Math.floor(this.#random.next() * count)
  }
}

/** Paths of all files below a directory, Tidekeep's own area left out. */
export function filesBelow(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.split('/')[0] !== '.tidekeep' && statSync(join(root, path)).isFile())
    .toSorted()
}

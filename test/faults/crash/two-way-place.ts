import { globSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Failpoint } from '../../../workers/failpoint.ts'
import { loggedFailpoints, runTidekeep, type Ran } from './program.ts'
import { digestsBelow } from './sides.ts'

/** A side of the pair. */
type SideName = 'here' | 'there'

const MODIFIED_S = 1_600_000_000
const LARGE_BYTES = 9 * 1024 * 1024

/**
 * Two folders that follow each other and one installation, with an edit on either side for everything that two-way mode
 * can do to the source: replace, fetch, remove, rename, agree, keep both versions of a conflict, and both of a file against a folder.
 */
export class TwoWayPlace {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), 'tk-crash-two-way-')))
  /** Every content that a person left somewhere. */
  readonly #wanted = new Set<string>()
  #touched = 0

  /** A pair that agrees, and then is edited on both sides. */
  static async edited(): Promise<TwoWayPlace> {
    const place = new TwoWayPlace()
    await place.#agree()
    place.#edit()
    return place
  }

  /** The commands that are killed, in their order. */
  get commands(): readonly (readonly string[])[] {
    const sync = ['sync', this.#at('here'), this.#at('there'), '--mode', 'two-way', '--max-delete', '1000']
    return [sync, [...sync, '--resolve', 'keep-both']]
  }

  run(command: readonly string[], failpoint?: string): Promise<Ran> {
    const env = { TIDEKEEP_HOME: join(this.base, 'home'), TIDEKEEP_SECRETS: 'file' }
    return runTidekeep(command, { env, ...(failpoint === undefined ? {} : { failpoint }) })
  }

  /** How often each failpoint is passed when nothing is killed, by command. */
  async passed(): Promise<readonly ReadonlyMap<Failpoint, number>[]> {
    const counts: Map<Failpoint, number>[] = []
    for (const command of this.commands) {
      const names = loggedFailpoints(await this.run(command, 'log')) as readonly Failpoint[]
      counts.push(
        new Map(
          Map.groupBy(names, (name) => name)
            .entries()
            .map(([name, all]) => [name, all.length]),
        ),
      )
    }
    return counts
  }

  /** I6: what a person left is somewhere, whole. */
  losses(): readonly string[] {
    const found = new Set([...this.#everything('here').values(), ...this.#everything('there').values()])
    return [...this.#wanted].filter((digest) => !found.has(digest)).map((digest) => `${digest.slice(0, 8)} is gone`)
  }

  /** I7, I9: what is not as it should be once everything is done. */
  flaws(): readonly string[] {
    const [here, there] = [this.#files('here'), this.#files('there')]
    const paths = [...new Set([...here.keys(), ...there.keys()])].toSorted()
    const left = globSync('{here,there}/.tidekeep/tmp/*', { cwd: this.base })
    const beside = globSync('{here,there}/**/.*tidekeep-*', { cwd: this.base })
    return [
      ...paths.filter((path) => here.get(path) !== there.get(path)).map((path) => `${path} differs`),
      ...[...left, ...beside].map((path) => `${path} is left`),
      ...paths.filter((path) => !EXPECTED.some((expected) => expected.test(path))).map((path) => `${path} is too much`),
      ...EXPECTED.filter((expected) => paths.filter((path) => expected.test(path)).length !== 1).map(String),
      ...this.#damage(),
    ]
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true })
  }

  async #agree(): Promise<void> {
    for (const name of ['edited there', 'gone there', 'renamed there', 'edited on both', 'same on both', 'edited here'])
      this.#write('here', `d/${name}.txt`, `first of ${name}`)
    for (const name of ['gone here', 'renamed here']) this.#write('here', `d/${name}.txt`, `first of ${name}`)
    this.#write('here', 'large.bin', Buffer.alloc(LARGE_BYTES, 1))
    this.#write('here', 'folder gone there/inner/one.txt', 'one')
    const { exitCode, stderr } = await this.run(this.commands[0]!)
    if (exitCode !== 0) throw new Error(`the two sides did not agree: ${stderr}`)
  }

  #edit(): void {
    this.#write('there', 'd/edited there.txt', 'edited there, once')
    this.#write('there', 'large.bin', Buffer.alloc(LARGE_BYTES, 2))
    this.#write('there', 'new there/one.txt', 'new there')
    rmSync(join(this.#at('there'), 'd/gone there.txt'))
    rmSync(join(this.#at('there'), 'folder gone there'), { recursive: true })
    renameSync(join(this.#at('there'), 'd/renamed there.txt'), join(this.#at('there'), 'd/renamed.txt'))
    this.#write('there', 'd/edited on both.txt', 'the version there')
    this.#write('here', 'd/edited on both.txt', 'the version here, longer')
    for (const side of ['here', 'there'] as const) this.#write(side, 'd/same on both.txt', 'the same on both')
    this.#write('here', 'd/edited here.txt', 'edited here, once')
    this.#write('here', 'new here/one.txt', 'new here')
    this.#write('here', 'thing', 'a file here')
    this.#write('there', 'thing/one.txt', 'a folder there')
    rmSync(join(this.#at('here'), 'd/gone here.txt'))
    renameSync(join(this.#at('here'), 'd/renamed here.txt'), join(this.#at('here'), 'd/renamed too.txt'))
    // What was overwritten on both sides was given up by whoever did.
    for (const side of ['here', 'there'] as const)
      for (const digest of this.#files(side).values()) this.#wanted.add(digest)
  }

  #write(side: SideName, path: string, content: string | Uint8Array): void {
    const absolute = join(this.#at(side), path)
    mkdirSync(dirname(absolute), { recursive: true })
    writeFileSync(absolute, content)
    const seconds = MODIFIED_S + ++this.#touched
    utimesSync(absolute, seconds, seconds)
  }

  #at(side: SideName): string {
    return join(this.base, side)
  }

  #files(side: SideName): ReadonlyMap<string, string> {
    return digestsBelow(this.#at(side), (path) => !path.startsWith('.tidekeep/'))
  }

  #everything(side: SideName): ReadonlyMap<string, string> {
    return digestsBelow(this.#at(side))
  }

  #damage(): readonly string[] {
    return globSync('home/state/**/*', { cwd: this.base }).flatMap((name) => {
      if (/\.corrupt-/.test(name)) return [`${name}: state was put aside`]
      if (!name.endsWith('state.db')) return []
      const database = new DatabaseSync(join(this.base, name))
      try {
        const found = database.prepare('PRAGMA integrity_check').all()
        return found.map((row) => String(row['integrity_check'])).filter((text) => text !== 'ok')
      } finally {
        database.close()
      }
    })
  }
}

/** Every file that both sides have in the end, once; the copy of the conflict has the date in its name. */
const EXPECTED: readonly RegExp[] = [
  /^d\/edited there\.txt$/,
  /^d\/renamed\.txt$/,
  /^d\/edited on both\.txt$/,
  /^d\/edited on both .*\.txt$/,
  /^d\/same on both\.txt$/,
  /^d\/edited here\.txt$/,
  /^d\/renamed too\.txt$/,
  /^large\.bin$/,
  /^new there\/one\.txt$/,
  /^new here\/one\.txt$/,
  /^thing\/one\.txt$/,
  /^thing \(.*\)$/,
]

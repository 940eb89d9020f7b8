import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { isWithin } from '../../common/paths.ts'
import type { Summary } from '../../common/protocol.ts'
import { processEnd, type Ended } from '../fakes/tidekeep-process.ts'
import { LAUNCHER } from '../fixtures/built.ts'
import type { FaultRule } from './disk-matrix/faulty-fs.ts'
import { STAGES, type Stage } from './disk-matrix/stages.ts'
import { digestsOf, type Digests } from './power-cut/judge.ts'

const FAULTS = fileURLToPath(new URL('disk-matrix/faulty-fs.ts', import.meta.url))
const HEALTHY = 20
/** Eight attempts of a job, each of up to four tries. */
const MOST_HITS = 32
/** Some wait for their next attempt. */
const STAGES_AT_ONCE = 18

/** One run of the real program in which every cell of a stage happens to a file of its own. */
class StageRun {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), 'tk-matrix-')))
  readonly stage: Stage
  readonly source = join(this.base, 'source')
  readonly target = join(this.base, 'target')
  ended: Ended | undefined
  before: Digests = new Map()

  constructor(stage: Stage) {
    this.stage = stage
  }

  async run(): Promise<void> {
    mkdirSync(this.source)
    for (let number = 0; number < HEALTHY; number++) this.#write(`healthy-${number}`, 'healthy')
    const { before } = this.stage
    if (before === 'edited' || before === 'deleted') {
      for (const victim of this.victims) this.#write(victim, 'before')
      await this.#sync([])
    }
    if (before === 'foreign') {
      mkdirSync(this.target)
      for (const victim of this.victims) writeFileSync(join(this.target, victim), `foreign ${victim}`)
    }
    for (const victim of this.victims) this.#make(victim)
    this.before = digestsOf(this.target)
    this.ended = await this.#sync(this.#rules())
  }

  get victims(): readonly string[] {
    const { cells, directory } = this.stage
    return Object.keys(cells).map((error) => (directory === undefined ? error : `${directory}/${error}`))
  }

  /** What is listed about a file or folder and what is in it. */
  told(victim: string): readonly string[] {
    const { failures = [] } = JSON.parse(this.ended?.stdout ?? '{}') as Partial<Summary>
    return failures.filter(({ path }) => isWithin(path as RelPath, victim as RelPath)).map(({ message }) => message)
  }

  hits(victim: string): number {
    const path = join(this.base, 'hits')
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
    return lines.filter((line) => line !== '' && (JSON.parse(line) as { path: string }).path === this.#pathEnds(victim))
      .length
  }

  #pathEnds(victim: string): string {
    const { directory, pathEnds } = this.stage
    return pathEnds(directory === undefined ? victim : victim.slice(directory.length + 1))
  }

  #rules(): readonly FaultRule[] {
    const { calls, rule } = this.stage
    return this.victims.map((victim) => {
      return { calls, pathEnds: this.#pathEnds(victim), error: victim.split('/').at(-1)!, ...rule }
    })
  }

  #make(victim: string): void {
    const path = join(this.source, victim)
    if (this.stage.before === 'deleted') return rmSync(path)
    if (this.stage.victim === 'directory') {
      mkdirSync(path)
      return this.#write(`${victim}/inside`, 'inside')
    }
    this.#write(victim, 'now', this.stage.victim === 'large' ? 3_000_000 : 0)
  }

  #write(path: string, text: string, size = 0): void {
    if (path.includes('/')) mkdirSync(join(this.source, path, '..'), { recursive: true })
    writeFileSync(join(this.source, path), Buffer.concat([Buffer.from(`${text} ${path}`), Buffer.alloc(size, 'x')]))
  }

  #sync(rules: readonly FaultRule[]): Promise<Ended> {
    const args = ['sync', this.source, this.target, '--json', '--delete']
    const env = {
      ...process.env,
      TIDEKEEP_HOME: join(this.base, 'home'),
      TIDEKEEP_SECRETS: 'file',
      NODE_NO_WARNINGS: '1',
      TIDEKEEP_TEST_FAULTS: JSON.stringify(rules),
      TIDEKEEP_TEST_HITS: join(this.base, 'hits'),
    }
    return processEnd(spawn(process.execPath, [`--import=${FAULTS}`, LAUNCHER, ...args], { env, stdio: 'pipe' }))
  }
}

const runs = STAGES.map((stage) => new StageRun(stage))
beforeAll(async () => {
  const waiting = [...runs]
  const lane = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) await run.run()
  }
  await Promise.all(Array.from({ length: STAGES_AT_ONCE }, lane))
}, 600_000)
afterAll(() => {
  for (const { base } of runs) rmSync(base, { recursive: true, force: true })
})

describe.each(runs.map((run) => [run.stage.name, run] as const))('%s', (_name, run) => {
  const { stage, source, target } = run

  it('fails alone: everything else is stored, nothing temporary is left', () => {
    const { stderr, exitCode } = run.ended!
    expect(stderr).not.toMatch(/\bat \S+:\d+|undefined|\[object|failed on purpose/)
    const allStored = Object.values(stage.cells).every((expected) => expected === 'stored')
    expect([exitCode, stderr === '']).toEqual(allStored ? [0, true] : [3, false])
    const held = digestsOf(target)
    const wanted = digestsOf(source)
    for (let number = 0; number < HEALTHY; number++)
      expect(held.get(`healthy-${number}`)).toBe(wanted.get(`healthy-${number}`))
    expect(readdirSync(join(target, '.tidekeep/tmp'))).toEqual([])
  })

  it.each(run.victims.map((victim) => [victim.split('/').at(-1)!, victim] as const))('%s', (error, victim) => {
    const expected = stage.cells[error]!
    const hits = run.hits(victim)
    expect(hits).toBeGreaterThan(0)
    // A folder is made for itself and for what is in it.
    expect(hits).toBeLessThanOrEqual(stage.victim === 'directory' ? 2 * MOST_HITS : MOST_HITS)
    const path = stage.victim === 'directory' ? `${victim}/inside` : victim
    const held = digestsOf(target).get(path)
    const told = run.told(victim)
    if (expected === 'stored') {
      expect(told).toEqual([])
      expect(held).toBe(digestsOf(source).get(path))
      return
    }
    expect(told.join('\n')).toMatch(expected)
    // A folder that cannot be made is told of, and so is each file in it.
    expect(told.length).toBeLessThanOrEqual(stage.victim === 'directory' ? 2 : 1)
    // As it was before, or not there at all: never a part, never deleted.
    expect(held).toBe(run.before.get(path))
  })
})

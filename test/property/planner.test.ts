import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTidekeepError } from '../../common/errors.ts'
import type { FolderId, RelPath, SyncMode } from '../../common/model.ts'
import { isWithin, parentOf, RESERVED_DIRECTORY, ROOT_PATH } from '../../common/paths.ts'
import type { Clock, Random } from '../../main/host.ts'
import { execute } from '../../main/engine/execute/executor.ts'
import type { ExecuteContext } from '../../main/engine/execute/run.ts'
import { MovesUnderWay } from '../../main/engine/moves-under-way.ts'
import { runPass } from '../../main/engine/passes.ts'
import { record } from '../../main/engine/record/record.ts'
import { presenceOf } from '../../main/engine/scan/presence.ts'
import type { ScanScope } from '../../main/engine/scan/scanner.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import type { PlannedAction } from '../../main/state/store.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import type { Pool, StableFile } from '../../workers/tasks.ts'
import { seededRandom } from '../fakes/host.ts'
import { MapStore } from '../fakes/map-store.ts'
import { ModelSource, type Edit } from '../fakes/model-source.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const HISTORIES = Number(process.env['TIDEKEEP_HISTORIES'] ?? 3_000)
const ID = 'f1' as FolderId
const signal = new AbortController().signal
/** Deletions are judged elsewhere; here all of them go through. */
const NO_GUARD = { guardFiles: 1_000_000, guardPercent: 100 }

/** Moves on whenever it is asked; nothing waits for it. */
function tickingClock(): Clock {
  let nowMs = Date.UTC(2026, 0, 1)
  const now = (): number => ++nowMs
  return { now, monotonic: now, sleep: async () => undefined, after: () => () => undefined }
}

/** A whole installation without disks: real passes, real execution, a real provider in memory. */
class World {
  readonly source = new ModelSource()
  readonly #store = new MapStore()
  readonly #memory = createMemoryProvider({ name: '' })
  readonly #target: TargetProvider
  readonly #context: ExecuteContext
  readonly #moves = new MovesUnderWay()
  readonly #clock = tickingClock()
  readonly #random: Random
  readonly #mode: SyncMode
  isMeddledWith = false
  #foreignCount = 0

  constructor(mode: SyncMode, seed: number) {
    this.#mode = mode
    this.#random = seededRandom(seed)
    const put: TargetProvider['put'] = (path, { file }, options) => {
      const bytes = (): Uint8Array => Buffer.from(this.source.read(file!))
      const open = async function* () {
        yield bytes()
      }
      return this.#memory.put(path, { size: file!.size, open }, options)
    }
    this.#target = new Proxy(this.#memory, {
      get: (real, name) => {
        if (name === 'put') return put
        const member: unknown = Reflect.get(real, name)
        return typeof member === 'function' ? member.bind(real) : member
      },
    })
    this.#context = {
      root: '/source',
      target: this.#target,
      pool: { run: async (_: string, file: StableFile) => hash(this.source.read(file)) } as unknown as Pool,
      clock: this.#clock,
      presence: (path, kind) => presenceOf(this.source, path, kind),
      keepDays: () => 30,
    }
  }

  async plan(scopes: readonly ScanScope[] | 'everything'): Promise<readonly PlannedAction[]> {
    const planned: PlannedAction[] = []
    await runPass(
      {
        folderId: ID,
        scanner: this.source,
        target: this.#target,
        store: this.#store.asStore(),
        clock: this.#clock,
        moves: this.#moves,
        sample: async () => [],
      },
      { scopes, compareTarget: scopes === 'everything', rules: { mode: this.#mode, ...NO_GUARD }, signal },
      {
        plan: (found) => {
          this.#moves.planned(found)
          planned.push(...found)
        },
        problems: () => undefined,
        scanned: () => undefined,
        hold: () => undefined,
      },
    )
    return planned
  }

  /** In any order, each once; what is not possible yet again later, as the queue does it. */
  async carryOut(planned: readonly PlannedAction[]): Promise<void> {
    const jobs = planned.map(({ action }) => ({ action, attempts: 0 }))
    while (jobs.length > 0) {
      const [job] = jobs.splice(Math.floor(this.#random.next() * jobs.length), 1)
      try {
        const outcome = await execute(this.#context, job!.action, { signal, attempts: job!.attempts })
        record(this.#store.asStore(), ID, [{ job: job as never, outcome }], { nowMs: this.#clock.now() })
        this.#moves.ended(job!.action)
      } catch (error) {
        if (!isTidekeepError(error)) throw error
        if (error.code === 'vanished' || error.code === 'changed') this.#moves.ended(job!.action)
        else if (error.retry.kind === 'backoff' && job!.attempts < 30)
          jobs.push({ action: job!.action, attempts: job!.attempts + 1 / (jobs.length + 1) })
        else throw error
      }
    }
  }

  /** Someone else writes to the target, or removes from it. */
  async meddle(path: RelPath, what: 'put' | 'remove'): Promise<void> {
    this.isMeddledWith = true
    const expect = { kind: 'any' } as const
    try {
      if (what === 'remove') {
        await this.#memory.remove(path, { expect, signal })
        return
      }
      const bytes = Buffer.from(`F${String(++this.#foreignCount).padStart(3, '0')}`)
      const open = async function* () {
        yield bytes
      }
      await this.#memory.put(path, { size: bytes.length, open }, { expect, signal, metadata: { mtimeNs: 7n } })
    } catch (error) {
      // A folder that is not empty, a file in the way: not possible, so it did not happen.
      if (!isTidekeepError(error)) throw error
    }
  }

  async remote(): Promise<ReadonlyMap<RelPath, { readonly content: string | undefined; readonly attributes: string }>> {
    const found = new Map<RelPath, { content: string | undefined; attributes: string }>()
    for (const root of [ROOT_PATH, RESERVED_DIRECTORY as RelPath])
      for await (const batch of this.#memory.list(root, { signal }))
        for (const { path, kind, mtimeNs, mode } of batch) {
          let content = kind === 'directory' ? undefined : ''
          if (kind === 'file')
            for await (const piece of this.#memory.read(path, { signal })) content += Buffer.from(piece).toString()
          found.set(path, { content, attributes: kind === 'file' ? `${mtimeNs} ${mode}` : `${mode}` })
        }
    return found
  }
}

function hash(content: string): string {
  return blake3Hex(Buffer.from(content))
}

type Step =
  | { readonly kind: 'edit' | 'edit-under-way'; readonly edit: Edit }
  | { readonly kind: 'meddle'; readonly path: RelPath; readonly what: 'put' | 'remove' }
  | { readonly kind: 'hinted' | 'reconcile' }

const path = fc
  .array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3, size: 'max' })
  .map((segments) => segments.join('/') as RelPath)
const content = fc.constantFrom('', 'x', 'y', 'long')
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('write' as const), path, content }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('rename' as const), path, to: path }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('make-directory', 'touch', 'chmod', 'remove', 'rewrite-unseen'),
      path,
    }),
  },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('edit' as const), edit }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('edit-under-way' as const), edit }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('meddle' as const), path, what: fc.constantFrom('put', 'remove') }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('hinted', 'reconcile') }) },
)
const history = fc.record({
  mode: fc.constantFrom<SyncMode>('backup', 'mirror'),
  seed: fc.nat(),
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
})

type Remote = Awaited<ReturnType<World['remote']>>

/** Four letters, as some of our own, so that sizes never give a difference away. */
function isForeign(content: string | undefined): boolean {
  return content?.startsWith('F') === true
}

/** Content that someone else put there is somewhere at the target for as long as they leave it. */
function expectNothingLost(before: Remote, after: Remote): void {
  const contents = new Set([...after.values()].map(({ content }) => content))
  for (const { content } of before.values()) if (isForeign(content)) expect(contents).toContain(content)
}

/** Every path that had a copy still has one, or its content is elsewhere at the target. */
function expectNothingDeleted(before: Remote, after: Remote): void {
  const contents = new Set([...after.values()].map(({ content }) => content))
  for (const [path, { content }] of before)
    if (content !== undefined && after.get(path)?.content === undefined) expect(contents).toContain(content)
}

/** What is at the source and had a copy is never without one. */
function expectNoGap(world: World, before: Remote, after: Remote): void {
  const contents = new Set([...after.values()].map(({ content }) => content))
  for (const path of world.source.files.keys()) {
    const had = before.get(path)?.content
    if (had !== undefined && after.get(path)?.content === undefined) expect(contents).toContain(had)
  }
}

async function pass(world: World, mode: SyncMode, round: () => Promise<void>): Promise<void> {
  const before = await world.remote()
  await round()
  const after = await world.remote()
  expectNothingLost(before, after)
  expectNoGap(world, before, after)
  if (mode === 'backup') expectNothingDeleted(before, after)
}

async function live({ mode, seed, steps }: { mode: SyncMode; seed: number; steps: readonly Step[] }): Promise<void> {
  const world = new World(mode, seed)
  let hints = new Map<RelPath, ScanScope>()
  const underWay: Edit[] = []
  const change = (edit: Edit): void => {
    world.source.apply(edit)
    for (const path of edit.kind === 'rename' ? [edit.path, edit.to] : [edit.path]) {
      // As a watcher tells it: folders that were made on the way, too.
      for (let parent = parentOf(path); parent !== ROOT_PATH; parent = parentOf(parent))
        if (!hints.has(parent)) hints.set(parent, { path: parent, recursive: false })
      hints.set(path, { path, recursive: true })
    }
  }
  const look = async (scopes: readonly ScanScope[] | 'everything'): Promise<number> => {
    const planned = await world.plan(scopes)
    for (const edit of underWay.splice(0)) change(edit)
    await pass(world, mode, () => world.carryOut(planned))
    return planned.length
  }
  await look('everything')
  for (const each of steps) {
    if (each.kind === 'edit') change(each.edit)
    else if (each.kind === 'edit-under-way') underWay.push(each.edit)
    else if (each.kind === 'meddle') await world.meddle(each.path, each.what)
    else if (each.kind === 'reconcile') await look('everything')
    else {
      const scopes = [...hints.values()]
      hints = new Map()
      await look(scopes)
    }
  }
  await look('everything')
  let rounds = 0
  while ((await look('everything')) > 0) if (++rounds > 4) throw new Error('It never comes to rest.')
  await expectConverged(world, mode)
}

async function expectConverged(world: World, mode: SyncMode): Promise<void> {
  const remote = await world.remote()
  for (const path of world.source.paths) {
    const entry = world.source.entry(path)!
    const attributes = entry.kind === 'file' ? `${entry.mtimeNs} ${entry.mode}` : `${entry.mode}`
    const found = { path, ...remote.get(path) }
    // The mode of a folder that someone removed at the target is not known to be wrong when it is made again.
    const isTheirs = entry.kind === 'directory' && world.isMeddledWith && found.attributes !== undefined
    expect(found).toEqual({
      path,
      content: world.source.files.get(path),
      attributes: isTheirs ? found.attributes : attributes,
    })
  }
  if (mode === 'backup') return
  for (const [path, { content }] of remote) {
    // A folder may outlive a move that was interrupted, empty; a file never does.
    if (content === undefined) continue
    const isOurs = world.source.entry(path) !== undefined || isWithin(path, RESERVED_DIRECTORY as RelPath)
    const isTheirs = isForeign(content)
    expect({ path, isExplained: isOurs || isTheirs }).toEqual({ path, isExplained: true })
  }
}

describe(`random histories of a folder and its target (seed ${SEED})`, () => {
  it(
    `${HISTORIES} of them come to rest with every file kept and nothing of others lost`,
    { timeout: 60_000 },
    async () => {
      await fc.assert(fc.asyncProperty(history, live), { numRuns: HISTORIES, seed: SEED })
    },
  )
})

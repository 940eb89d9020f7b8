import { describe, expect, it } from 'vitest'
import type { BaselineEntry, Change, Entry, Problem, RelPath } from '../../common/model.ts'
import { comparePaths } from '../../common/paths.ts'
import type { Stretch } from '../../common/stretch.ts'
import { diffTree, type LocalBatch, type RemoteBatch, type TreeInput } from '../../main/engine/diff/diff.ts'
import { MovePairing } from '../../main/engine/diff/moves.ts'
import { createFakeHost, seededRandom } from '../fakes/host.ts'
import { FOLDER, openBench, rel, type StoreBench } from '../unit/state-support.ts'

const NAMES = ['a', 'a-b', 'b', 'c', 'd']
const ROUNDS = 14
const SEEDS = 60

type Tree = Map<string, Entry>

/** Both sides of a folder that change at random, and a real state that knows a part of it. */
class World {
  readonly local: Tree = new Map()
  readonly remote: Tree = new Map()
  readonly bench: StoreBench
  /** Of a path that cannot be read. */
  hidden: string | undefined
  pass = 0
  pageEntries = 3
  stretchEntries = 7
  readonly #random: () => number
  #stamp = 1

  constructor(bench: StoreBench, seed: number) {
    this.bench = bench
    const random = seededRandom(seed)
    this.#random = () => random.next()
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  path(): string {
    return Array.from({ length: 1 + this.below(3) }, () => NAMES[this.below(NAMES.length)]).join('/')
  }

  /** A file, or now and then a folder; nothing of it but the path is as it ever was. */
  entry(path: string): Entry {
    const stamp = BigInt(this.#stamp++)
    const kind = this.below(4) === 0 ? 'directory' : 'file'
    const identity = { inode: `1:${this.below(3) === 0 ? this.below(20) : stamp}`, ctimeNs: stamp }
    const size = kind === 'file' ? this.below(3) + 1 : 0
    const etag = kind === 'file' ? { etag: `e${stamp}` } : {}
    return { path: rel(path), kind, size, mtimeNs: stamp, mode: 0o600 + this.below(2), identity, ...etag }
  }

  change(): void {
    const tree = this.below(2) === 0 ? this.local : this.remote
    const path = this.path()
    const there = tree.get(path)
    const what = this.below(5)
    if (what === 0) tree.delete(path)
    else if (what === 1 || there === undefined) tree.set(path, this.entry(path))
    else if (what === 2)
      tree.set(path, { ...there, identity: { inode: there.identity!.inode, ctimeNs: BigInt(this.#stamp++) } })
    else if (what === 3) tree.set(path, { ...there, mtimeNs: BigInt(this.#stamp++) })
    else this.#rename(tree, path)
  }

  #rename(tree: Tree, path: string): void {
    const to = this.path()
    const there = tree.get(path)!
    tree.delete(path)
    tree.set(to, { ...there, path: rel(to) })
  }

  /** Both sides become one, and are agreed on. */
  settle(path: string): void {
    const { store } = this.bench
    const here = this.local.get(path)
    if (here === undefined || this.below(6) === 0) {
      this.local.delete(path)
      this.remote.delete(path)
      store.baseline.remove(FOLDER, rel(path))
      return
    }
    const there = { ...here, etag: `e${this.#stamp++}` }
    this.remote.set(path, there)
    store.baseline.put(FOLDER, this.#agreedOn(here, there))
  }

  #agreedOn(here: Entry, { etag }: Entry): BaselineEntry {
    const { path, kind, size, mtimeNs, mode, identity } = here
    return {
      path,
      kind: kind === 'file' ? 'file' : 'directory',
      size,
      mtimeNs,
      mode: mode!,
      identity: identity!,
      remote: { size, verifiedBy: 'checksum', ...(etag === undefined ? {} : { etag }) },
      recordedAtMs: this.pass,
    }
  }

  /** What was agreed on is another thing than either side has. */
  unsettle(path: string): void {
    const { baseline } = this.bench.store
    const [here, there] = [this.local.get(path), this.remote.get(path)]
    if (here === undefined || there === undefined) return
    const what = this.below(3)
    if (what === 0) return baseline.remove(FOLDER, rel(path))
    if (what === 1) return baseline.put(FOLDER, this.#agreedOn({ ...here, mtimeNs: 0n, mode: 0 }, there))
    baseline.put(FOLDER, this.#agreedOn(here, { ...there, etag: 'another' }))
  }

  settleAll(): void {
    for (const path of new Set([...this.local.keys(), ...this.remote.keys()])) this.settle(path)
    for (const { path } of this.bench.store.baseline.page(FOLDER, '' as RelPath, undefined, 10_000))
      if (!this.local.has(path)) this.settle(path)
  }

  /** What a pass finds; with `remembers` it may pass over what it knows, and between two batches `meanwhile` is done. */
  async changes(options: {
    isRemote: boolean
    remembers?: boolean
    meanwhile?: () => void
  }): Promise<readonly string[]> {
    const { baseline } = this.bench.store
    const passed: string[] = []
    const input: TreeInput = {
      local: localBatches(this, options.meanwhile),
      baseline: (after) => baseline.page(FOLDER, '' as RelPath, after, this.pageEntries),
      ...(options.isRemote ? { remote: remoteBatches(this.remote, this.stretchEntries) } : {}),
      isAgreedSince: ({ recordedAtMs }) => recordedAtMs > this.pass,
      moves: new MovePairing({
        byInode: (inode) => baseline.byInode(FOLDER, inode),
        statLocal: (path) => Promise.resolve(this.local.get(path)),
        isMoving: () => false,
      }),
      ...(options.remembers === true
        ? {
            quiet: {
              find: (last) => {
                const known = baseline.quietAt(FOLDER, last)
                if (known !== undefined) passed.push(last)
                return known
              },
              revision: () => baseline.revision(),
              keep: (stretches) => baseline.keepQuiet(FOLDER, stretches),
            },
          }
        : {}),
    }
    const found: string[] = []
    let files = 0
    let bytes = 0
    for await (const batch of diffTree(input)) {
      found.push(...batch.changes.map(told))
      found.push(...batch.problems.map(({ path }) => `problem ${path}`))
      files += batch.files
      bytes += batch.bytes
    }
    this.known += passed.length
    return [...found, `${files} files of ${bytes} bytes`]
  }

  /** Stretches that were known when they came. */
  known = 0
}

function told(change: Change): string {
  return JSON.stringify(change, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}

/** Short stretches, of which the same paths make the same ones. */
function cut(entries: readonly Entry[], most: number): readonly (readonly Entry[])[] {
  const stretches: Entry[][] = [[]]
  for (const entry of entries) {
    stretches.at(-1)!.push(entry)
    if (stretches.at(-1)!.length === most || entry.path.endsWith('b')) stretches.push([])
  }
  return stretches.filter(({ length }) => length > 0)
}

function sorted(tree: Tree): readonly Entry[] {
  return [...tree.values()].toSorted((a, b) => comparePaths(a.path, b.path))
}

function stretchOf(entries: readonly Entry[], compared: (entry: Entry) => unknown): Stretch {
  const files = entries.filter(({ kind }) => kind === 'file')
  return {
    last: entries.at(-1)!.path,
    count: entries.length,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    digest: () => entries.map((entry) => JSON.stringify(compared(entry))).join('\n'),
  }
}

async function* localBatches(world: World, meanwhile: (() => void) | undefined): AsyncGenerator<LocalBatch> {
  const { hidden } = world
  for (const entries of cut(sorted(world.local), world.stretchEntries)) {
    meanwhile?.()
    const shown = entries.filter(({ path }) => hidden === undefined || !path.startsWith(`${hidden}/`))
    const problems: Problem[] = shown
      .filter(({ path }) => path === hidden)
      .map(({ path }) => ({ path, reason: 'unreadable', message: '' }))
    if (shown.length === 0) continue
    const stretch = stretchOf(shown, ({ path, kind, size, mtimeNs, mode, identity }) => [
      path,
      kind,
      mode,
      size,
      kind === 'file' && [String(mtimeNs), identity!.inode, String(identity!.ctimeNs)],
    ])
    yield { entries: shown, problems, ...(problems.length === 0 ? { stretch } : {}) }
  }
}

async function* remoteBatches(tree: Tree, most: number): AsyncGenerator<RemoteBatch> {
  for (const entries of cut(sorted(tree), most))
    yield { ...stretchOf(entries, ({ path, kind, size, etag }) => [path, kind, size, etag]), entries: () => entries }
}

describe('a pass that remembers where nothing was to be done', () => {
  it('finds what one finds that looks at every entry, through random histories, records in the middle of passes among them', async () => {
    let [known, quiet] = [0, 0]
    for (let seed = 1; seed <= SEEDS; seed++) {
      const world = new World(await openBench(createFakeHost({ seed })), seed)
      for (let file = 0; file < 30; file++) world.change()
      for (let round = 0; round < ROUNDS; round++) {
        world.pass = round * 2
        if (world.below(3) === 0) world.settleAll()
        for (let count = world.below(3); count > 0; count--) world.change()
        world.hidden = world.below(4) === 0 ? NAMES[world.below(NAMES.length)] : undefined
        world.pageEntries = 1 + world.below(40)
        world.stretchEntries = 3 + world.below(5)
        // Its outcome depends on when what is read; what it remembers must not.
        world.pass++
        const meanwhile = (): void => {
          world.pass++
          if (world.below(6) === 0) world.settle(world.path())
          if (world.below(4) === 0) world.unsettle(world.path())
          world.pass--
        }
        await world.changes({ isRemote: world.below(3) > 0, remembers: true, meanwhile })
        world.pass++
        for (const isRemote of [true, false, true]) {
          const plain = await world.changes({ isRemote })
          const before = world.known
          expect(await world.changes({ isRemote, remembers: true }), `seed ${seed}, round ${round}`).toEqual(plain)
          known += world.known - before
          quiet += plain.length === 1 ? 1 : 0
        }
      }
      world.bench.store.close()
    }
    // Otherwise nothing was put to the test.
    expect(known).toBeGreaterThan(SEEDS * ROUNDS)
    expect(quiet).toBeGreaterThan(SEEDS)
  })
})

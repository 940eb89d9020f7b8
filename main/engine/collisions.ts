import type { FolderId, Problem, RelPath } from '../../common/model.ts'
import { foldPath, isFolding, type NameFolding } from '../../common/name-folding.ts'
import { comparePaths, isWithin, joinRelPath, nameOf, parentOf, ROOT_PATH } from '../../common/paths.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { Store } from '../state/store.ts'
import type { Twins } from './twins.ts'
import type { ScanBatch, Scanner, ScanScope } from './scan/scanner.ts'
import { engineFailureTexts } from './engine-failure-texts.ts'

/** What finding collisions takes. */
export interface CollisionDeps {
  readonly folderId: FolderId
  readonly scanner: Scanner
  readonly store: Pick<Store, 'baseline'>
  /** Of names of which none was agreed on, the one that the target has stays: it is asked. */
  readonly target?: Pick<TargetProvider, 'features'>
  /** What is being put at the target just now is as good as agreed on. */
  readonly twins?: Pick<Twins, 'isClaimed'>
}

/** One folder on the way from the root to where a scan is. */
interface Level {
  readonly directory: RelPath
  /** What each losing name in it gives way to. */
  readonly winnerByLoser: ReadonlyMap<string, RelPath>
}

const NO_LOSERS: ReadonlyMap<string, RelPath> = new Map()

/**
 * Names of one folder that its target takes for one (I16). One of them is kept there and the others
 * are listed as problems, with everything below them: the one that was agreed on before wins, else the one
 * that the target has, else the first in `comparePaths` order. Decided by what is there now and was agreed on, so that every
 * look decides alike; what is just being put there stays, too. One instance for each pass; made only where the target folds names.
 *
 * Holds the names of one directory while it looks at it, and then those that collide.
 */
export class Collisions {
  readonly #deps: CollisionDeps
  readonly #folding: NameFolding
  /** Each directory above the one looked at, then that one. */
  readonly #levels: Level[] = []
  #siblings: { readonly directory: RelPath; readonly namesByFolded: ReadonlyMap<string, readonly string[]> } | undefined

  private constructor(deps: CollisionDeps, folding: NameFolding) {
    this.#deps = deps
    this.#folding = folding
  }

  /** Undefined where every name is one of its own. */
  static open(deps: CollisionDeps): Collisions | undefined {
    const folding = deps.store.baseline.folding(deps.folderId)
    return isFolding(folding) ? new Collisions(deps, folding) : undefined
  }

  /** The scopes, and every path that is or was one with one of them: when a winner goes, the loser must be looked at. */
  async widen(scopes: readonly ScanScope[]): Promise<readonly ScanScope[]> {
    const { store, folderId } = this.#deps
    const wider = new Map(scopes.map((scope) => [scope.path, scope]))
    for (const { path } of scopes) {
      if (path === ROOT_PATH) continue
      const parent = parentOf(path)
      const names = (await this.#namesByFolded(parent)).get(this.#fold(nameOf(path))) ?? []
      const twins = [...names.map((name) => joinRelPath(parent, name)), ...store.baseline.twins(folderId, path)]
      for (const twin of twins) if (!wider.has(twin)) wider.set(twin, { path: twin, recursive: false })
    }
    return [...wider.values()]
  }

  /** What the scan found, but for what gives way, which is a problem instead. */
  async *without(batches: AsyncIterable<ScanBatch>): AsyncGenerator<ScanBatch> {
    const told = new Set<RelPath>()
    for await (const batch of batches) {
      const problems: Problem[] = [...batch.problems]
      const entries: ScanBatch['entries'][number][] = []
      for (const entry of batch.entries) {
        const directory = parentOf(entry.path)
        if (this.#levels.at(-1)?.directory !== directory) await this.#enter(directory)
        const loser = this.#loserIn(entry.path)
        if (loser === undefined) entries.push(entry)
        else if (!told.has(loser.path)) {
          told.add(loser.path)
          problems.push(collision(loser.path, loser.winner))
        }
      }
      // A stretch tells of all that was found in it: where something gave way, it is none.
      const isWhole = entries.length === batch.entries.length
      yield isWhole ? batch : { entries, problems, ignored: batch.ignored }
    }
  }

  /** Whether the path, or what it lies in, is left out by {@link without}. */
  async givesWay(path: RelPath): Promise<boolean> {
    await this.#enter(parentOf(path))
    return this.#loserIn(path) !== undefined
  }

  /** The path, or what it lies in, and what that gives way to. */
  #loserIn(path: RelPath): { readonly path: RelPath; readonly winner: RelPath } | undefined {
    for (const { directory, winnerByLoser } of this.#levels) {
      if (winnerByLoser.size === 0) continue
      const start = directory === '' ? 0 : directory.length + 1
      const end = path.indexOf('/', start)
      const loser = (end < 0 ? path : path.slice(0, end)) as RelPath
      const winner = winnerByLoser.get(nameOf(loser))
      if (winner !== undefined) return { path: loser, winner }
    }
    return undefined
  }

  /** Afterwards the levels lead to `directory`. */
  async #enter(directory: RelPath): Promise<void> {
    while (this.#levels.length > 0 && !isWithin(directory, this.#levels.at(-1)!.directory)) this.#levels.pop()
    if (this.#levels.at(-1)?.directory === directory) return
    if (directory !== ROOT_PATH) await this.#enter(parentOf(directory))
    // What lies in a loser gives way with it, whatever its name.
    const isLost = this.#loserIn(directory) !== undefined
    this.#levels.push({ directory, winnerByLoser: isLost ? NO_LOSERS : await this.#losersIn(directory) })
  }

  async #losersIn(directory: RelPath): Promise<ReadonlyMap<string, RelPath>> {
    let losers: Map<string, RelPath> | undefined
    for (const names of (await this.#namesByFolded(directory)).values()) {
      if (names.length === 1) continue
      const paths = await this.#carried(names.map((name) => joinRelPath(directory, name)))
      const winner =
        paths.find((path) => this.#isAgreed(path)) ??
        paths.find((path) => this.#holdsAgreed(path)) ??
        (await this.#spelledThere(paths)) ??
        paths[0]
      losers ??= new Map()
      for (const path of paths) if (path !== winner) losers.set(nameOf(path), winner!)
    }
    return losers ?? NO_LOSERS
  }

  /** Those that a scan takes, in order; what cannot be looked at may be one of them. */
  async #carried(paths: readonly RelPath[]): Promise<readonly RelPath[]> {
    const carried: RelPath[] = []
    for (const path of paths.toSorted(comparePaths)) {
      const entry = await this.#deps.scanner.stat(path).catch(() => 'unknown' as const)
      if (entry !== undefined) carried.push(path)
    }
    return carried
  }

  #isAgreed(path: RelPath): boolean {
    const { store, folderId, twins } = this.#deps
    return twins?.isClaimed(path) === true || store.baseline.get(folderId, path) !== undefined
  }

  /** Where the target keeps no directories, what lies in one speaks for it. */
  #holdsAgreed(path: RelPath): boolean {
    const { store, folderId } = this.#deps
    return store.baseline.page(folderId, path, undefined, 1).length > 0
  }

  /** Where it cannot be asked now, what is put there in the end finds what is in its place, and keeps that aside. */
  async #spelledThere(paths: readonly RelPath[]): Promise<RelPath | undefined> {
    const [first, second] = paths
    if (first === undefined || second === undefined) return undefined
    const { signal } = new AbortController()
    const name = await this.#deps.target?.features.spelling?.(first, { signal }).catch(() => undefined)
    return paths.find((path) => nameOf(path) === name)
  }

  /** Of the directory asked for last: scopes come in runs of one. */
  async #namesByFolded(directory: RelPath): Promise<ReadonlyMap<string, readonly string[]>> {
    if (this.#siblings?.directory === directory) return this.#siblings.namesByFolded
    const names = await this.#deps.scanner.names(directory).catch(() => [])
    const namesByFolded = Map.groupBy(
      names.filter((name) => name.isWellFormed()),
      (name) => this.#fold(name),
    )
    this.#siblings = { directory, namesByFolded }
    return namesByFolded
  }

  #fold(name: string): string {
    return foldPath(name as RelPath, this.#folding)
  }
}

function collision(path: RelPath, winner: RelPath): Problem {
  const isSameOnScreen = path.normalize('NFC') === winner.normalize('NFC')
  const { isNotBackedUpThe, looksTheSame } = engineFailureTexts.collisions
  return {
    path,
    reason: 'collision',
    message: (isSameOnScreen ? looksTheSame : isNotBackedUpThe)({ path, winner }),
  }
}

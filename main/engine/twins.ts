import { TidekeepError } from '../../common/errors.ts'
import type { Action, FolderId, RelPath } from '../../common/model.ts'
import { foldPath, isFolding } from '../../common/name-folding.ts'
import { nameOf, parentOf, ROOT_PATH } from '../../common/paths.ts'
import type { Store } from '../state/store.ts'
import type { Scanner } from './scan/scanner.ts'
import { engineFailureTexts } from './engine-failure-texts.ts'

/** What is asked about paths that the target takes for one; see {@link openTwins}. */
export interface Twins {
  /** False where every path is one of its own: nothing else need be asked then. */
  readonly areThere: boolean
  /** True for two spellings of one path. */
  isOne(a: RelPath, b: RelPath): boolean
  /** Other paths that were agreed on and that the target takes for this one. What it holds there is theirs. */
  agreed(path: RelPath): readonly RelPath[]
  /** True where a folder of the twin gives way itself, to the one of `path`, which was agreed on instead: the same verdict as that of a look. */
  liesInLoser(twin: RelPath, path: RelPath): boolean
  /**
   * Keeps others from working on a twin of what the action works on, until `release`. Throws `vanished` where
   * someone does, or where a twin was agreed on and is at the source: the next look decides which of them is kept.
   */
  claim(action: Action): Promise<void>
  /** True while something is being put there, or below. */
  isClaimed(path: RelPath): boolean
  release(action: Action): void
}

/** What knowing twins takes. */
export interface TwinsDeps {
  readonly folderId: FolderId
  readonly store: Pick<Store, 'baseline'>
  readonly scanner: Pick<Scanner, 'names' | 'stat'>
}

/** Which paths of one folder are one at its target. One instance for everything that transfers in a folder. */
export function openTwins(deps: TwinsDeps): Twins {
  return new FolderTwins(deps)
}

/** True where the path is carried and every name in it is listed as it is spelled here: a source may itself find names under other spellings. */
export async function isAtSource(scanner: Pick<Scanner, 'names' | 'stat'>, path: RelPath): Promise<boolean> {
  if (path === ROOT_PATH) return true
  if ((await scanner.stat(path)) === undefined) return false
  const names = await scanner.names(parentOf(path))
  return names.includes(nameOf(path)) && (await isAtSource(scanner, parentOf(path)))
}

interface Claim {
  readonly spelling: RelPath
  count: number
  /** Claims that nothing agreed on stands against. */
  sureCount: number
}

/** Looks that may find a refused path once more to be put there. */
const SETTLING_LOOKS = 3

class FolderTwins implements Twins {
  readonly #deps: TwinsDeps
  readonly #claims = new Map<string, Claim>()
  readonly #keysByAction = new Map<Action, readonly string[]>()
  readonly #sure = new Set<Action>()
  readonly #refusals = new Map<RelPath, number>()

  constructor(deps: TwinsDeps) {
    this.#deps = deps
  }

  get areThere(): boolean {
    const { store, folderId } = this.#deps
    return isFolding(store.baseline.folding(folderId))
  }

  isOne(a: RelPath, b: RelPath): boolean {
    return this.areThere && this.#fold(a) === this.#fold(b)
  }

  agreed(path: RelPath): readonly RelPath[] {
    return this.#deps.store.baseline.twins(this.#deps.folderId, path)
  }

  async claim(action: Action): Promise<void> {
    if (!this.areThere) return
    const claimed = this.#claimed(action)
    const busy = claimed.find((path) => (this.#claims.get(this.#fold(path))?.spelling ?? path) !== path)
    if (busy !== undefined) throw this.#givesWay(action.path, this.#claims.get(this.#fold(busy))!.spelling)
    const keys = claimed.map((path) => {
      const key = this.#fold(path)
      const claim = this.#claims.get(key)
      if (claim === undefined) this.#claims.set(key, { spelling: path, count: 1, sureCount: 0 })
      else claim.count++
      return key
    })
    this.#keysByAction.set(action, keys)
    const twin = isPuttingThere(action) && !isBroughtHere(action) ? await this.#agreedAtSource(action) : undefined
    if (twin === undefined) {
      for (const key of keys) this.#claims.get(key)!.sureCount++
      this.#sure.add(action)
      this.#refusals.delete(action.path)
      return
    }
    this.release(action)
    throw this.#givesWay(action.path, twin)
  }

  isClaimed(path: RelPath): boolean {
    const claim = this.areThere ? this.#claims.get(this.#fold(path)) : undefined
    return claim?.spelling === path && claim.sureCount > 0
  }

  release(action: Action): void {
    for (const key of this.#keysByAction.get(action) ?? []) {
      const claim = this.#claims.get(key)!
      if (this.#sure.has(action)) claim.sureCount--
      if (--claim.count === 0) this.#claims.delete(key)
    }
    this.#keysByAction.delete(action)
    this.#sure.delete(action)
  }

  /** What is put somewhere is put below folders of one spelling; what is taken away needs only its own place. */
  #claimed(action: Action): readonly RelPath[] {
    if (!isPuttingThere(action)) return [action.path]
    const isMove = action.kind === 'move' || action.kind === 'move-local'
    const from = isMove && !this.isOne(action.from, action.path) ? [action.from] : []
    return [...pathAndParents(action.path), ...from]
  }

  async #agreedAtSource(action: Action): Promise<RelPath | undefined> {
    const own = action.kind === 'move-local' ? pathAndParents(action.from) : []
    for (const each of pathAndParents(action.path))
      for (const twin of this.agreed(each)) {
        if (own.includes(twin) || this.liesInLoser(twin, each)) continue
        if (await this.#isAtSource(twin)) return twin
      }
    return undefined
  }

  liesInLoser(twin: RelPath, path: RelPath): boolean {
    const { store, folderId } = this.#deps
    const isAgreed = (each: RelPath): boolean => store.baseline.get(folderId, each) !== undefined
    for (
      let [other, own] = [parentOf(twin), parentOf(path)];
      other !== own;
      [other, own] = [parentOf(other), parentOf(own)]
    )
      if (isAgreed(own) && !isAgreed(other)) return true
    return false
  }

  async #isAtSource(path: RelPath): Promise<boolean> {
    try {
      return await isAtSource(this.#deps.scanner, path)
    } catch {
      // What cannot be looked at may be there: nothing takes its place on a guess.
      return true
    }
  }

  /** For the next look to settle. Where that did not, again and again, trying goes on in its own time. */
  #givesWay(path: RelPath, twin: RelPath): TidekeepError {
    const refusals = (this.#refusals.get(path) ?? 0) + 1
    this.#refusals.set(path, refusals)
    return new TidekeepError({
      code: refusals > SETTLING_LOOKS ? 'locked' : 'vanished',
      message: engineFailureTexts.twins.givesWayToTheTarget({ path, twin }),
      path,
      fix: engineFailureTexts.twins.givesWayToTheTargetFix,
    })
  }

  #fold(path: RelPath): string {
    return foldPath(path, this.#deps.store.baseline.folding(this.#deps.folderId))
  }
}

function isPuttingThere({ kind }: Action): boolean {
  return kind !== 'delete' && kind !== 'forget' && kind !== 'remove-local'
}

/** What is only another spelling, at the target, of something here gets the spelling that is here: see `execute/spelling.ts`. */
function isBroughtHere({ kind }: Action): boolean {
  return kind === 'make-local-directory' || kind === 'download'
}

function pathAndParents(path: RelPath): readonly RelPath[] {
  const paths: RelPath[] = []
  for (let each = path; each !== ROOT_PATH; each = parentOf(each)) paths.push(each)
  return paths
}

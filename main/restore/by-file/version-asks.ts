import { toTidekeepError, type ErrorCode, type TidekeepError } from '../../../common/errors.ts'
import type { Entry } from '../../../common/model.ts'
import type { FileVersions, SourceProvider } from '../../providers/provider.ts'
import { FILES_AT_ONCE } from '../as-of-by-file.ts'

/** How far the question about one file is. `gone`: there is no such file any more. */
export type Asked =
  | { readonly kind: 'told'; readonly versions: FileVersions }
  | { readonly kind: 'gone' | 'asking' }
  | { readonly kind: 'failed'; readonly error: TidekeepError }

/** What {@link VersionAsks} are put to. */
export interface VersionAsksOptions {
  readonly provider: SourceProvider
  /** Ends them all. */
  readonly signal: AbortSignal
  /** For tests; see {@link MAX_HELD}. */
  readonly maxHeld?: number
}

/** Versions that are held in all, some 60 MB; beyond, the answer that came first goes, unless it is looked at. */
const MAX_HELD = 200_000
/** What every further file would meet as well; what is forbidden may be so of one file alone. */
const OF_ALL: ReadonlySet<ErrorCode> = new Set(['unauthenticated', 'throttled', 'unavailable', 'timeout'])

/**
 * Asks a target for the versions of the files that somebody looks at, a few at once, each of them once: answers are kept by path and
 * etag. What is wanted next takes the place of what waits still, so that a slider that moves on leaves nothing to be asked behind it.
 */
export class VersionAsks {
  readonly #options: VersionAsksOptions
  /** Oldest answer first. */
  readonly #told = new Map<string, FileVersions | undefined>()
  readonly #failed = new Map<string, TidekeepError>()
  readonly #underWay = new Set<string>()
  #wanted = new Map<string, Entry>()
  #held = 0
  /** Nothing more is asked: it would end the same. */
  #stopped: TidekeepError | undefined

  constructor(options: VersionAsksOptions) {
    this.#options = options
  }

  /** Never asks anything. */
  of(entry: Entry): Asked {
    const key = keyOf(entry)
    const versions = this.#told.get(key)
    if (versions !== undefined) return { kind: 'told', versions }
    if (this.#told.has(key)) return { kind: 'gone' }
    const error = this.#failed.get(key) ?? (this.#underWay.has(key) ? undefined : this.#stopped)
    return error === undefined ? { kind: 'asking' } : { kind: 'failed', error }
  }

  /** Asks for these that are not known yet, and for no others that wait. */
  want(entries: readonly Entry[]): void {
    this.#wanted = new Map(entries.map((entry) => [keyOf(entry), entry]))
    this.#goOn()
  }

  /** What failed may be asked for again. */
  forgetFailures(): void {
    this.#failed.clear()
    this.#stopped = undefined
  }

  #goOn(): void {
    if (this.#stopped !== undefined || this.#options.signal.aborted) return
    for (const [key, entry] of this.#wanted) {
      if (this.#underWay.size >= FILES_AT_ONCE) return
      if (!this.#told.has(key) && !this.#failed.has(key) && !this.#underWay.has(key)) void this.#ask(key, entry)
    }
  }

  async #ask(key: string, { path }: Entry): Promise<void> {
    const { provider, signal } = this.#options
    this.#underWay.add(key)
    try {
      this.#keep(key, await provider.features.fileVersions!(path, { signal, asListed: true }))
    } catch (thrown) {
      const error = toTidekeepError(thrown, path)
      this.#failed.set(key, error)
      if (OF_ALL.has(error.code)) this.#stopped = error
    } finally {
      this.#underWay.delete(key)
      this.#goOn()
    }
  }

  #keep(key: string, versions: FileVersions | undefined): void {
    this.#told.set(key, versions)
    this.#held += weightOf(versions)
    const { maxHeld = MAX_HELD } = this.#options
    for (const [old, its] of this.#told) {
      if (this.#held <= maxHeld) return
      if (this.#wanted.has(old) || old === key) continue
      this.#told.delete(old)
      this.#held -= weightOf(its)
    }
  }
}

function weightOf(versions: FileVersions | undefined): number {
  return 1 + (versions?.kept.length ?? 0)
}

/** Content that changes gives a file another etag. */
function keyOf({ path, etag }: Entry): string {
  return `${path}\0${etag ?? ''}`
}

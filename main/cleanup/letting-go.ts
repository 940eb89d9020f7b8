import { isTidekeepError, toTidekeepError, type ErrorCode } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import type { GoesWhen, GoReason } from '../../common/retention.ts'
import { inLanes } from '../lanes.ts'
import type { KeptVersion, ReleaseOutcome, TargetProvider } from '../providers/provider.ts'
import type { Became, KeptReport, RetentionOptions } from './kept-retention.ts'

/** A version that may go. */
export interface Due {
  readonly version: KeptVersion
  readonly ageMs: number
  readonly why: GoReason
  readonly goes: GoesWhen
  /** Nothing newer of the path is kept: it may go only while something is there. */
  readonly isLast: boolean
}

/** What a store that keeps versions by itself lets go of together, as many as one of its requests takes. */
const MOST_AT_ONCE = 1_000
/** After so many refusals one after the other, a store is not asked for more: it would say the same of each. */
const MAX_REFUSALS = 3
const LOOKS_AT_ONCE = 16

/** The target, as versions are taken from it. */
export class LettingGo {
  readonly #target: Pick<TargetProvider, 'features' | 'stat'>
  readonly #options: RetentionOptions
  /** Of these an older version than those that follow stays. */
  readonly #holding = new Set<RelPath>()
  #refusals = 0
  #refusal: KeptReport['refusal']
  #hasRemoved = false

  constructor(target: Pick<TargetProvider, 'features' | 'stat'>, options: RetentionOptions) {
    this.#target = target
    this.#options = options
  }

  get refusal(): KeptReport['refusal'] {
    return this.#refusal
  }

  /** How many of `due` from `at` on are handed over next: one, until the store is seen to let go of any. */
  together(due: readonly Due[], at: number, isWanted: (due: Due) => boolean): readonly Due[] {
    const isOfStore = ({ version }: Due): boolean => version.keptBy === 'store'
    if (!this.#hasRemoved || !isOfStore(due[at]!)) return due.slice(at, at + 1)
    const most = due.slice(at, at + MOST_AT_ONCE)
    const end = most.findIndex((each) => !isOfStore(each) || !isWanted(each))
    return end < 0 ? most : most.slice(0, end)
  }

  /** Older ones first; answers what became of each, in their order. */
  async letGo(dues: readonly Due[]): Promise<readonly Became[]> {
    const { signal, isNeeded } = this.#options
    const became = new Map<Due, Became>()
    if (this.#refusals >= MAX_REFUSALS) return dues.map(({ why }) => ({ what: 'refused', why }))
    await inLanes(LOOKS_AT_ONCE, dues, async (due) => {
      const { version, why, isLast, goes } = due
      if (goes === 'later') return void became.set(due, { what: 'later', why })
      // Without it, what follows would seem to have been there from the end of the one that stays.
      if (goes === 'oldest' && this.#holding.has(version.path))
        return void became.set(due, { what: 'kept', why: 'between' })
      // Asked once more: a restore, or a conflict, may have come since it was listed.
      if (isNeeded?.(version.path) === true) return void became.set(due, { what: 'kept', why: 'needed' })
      try {
        const isOnly = isLast && !(await isThere(this.#target, version, signal))
        if (isOnly) became.set(due, { what: 'kept', why: 'last' })
      } catch (error) {
        if (toTidekeepError(error).code === 'cancelled') throw error
        became.set(due, { what: 'failed', why })
      }
    })
    const going = dues.filter((due) => !became.has(due))
    const outcomes = await this.#unlessInUse(() => this.#remove(going))
    for (const [at, due] of going.entries())
      became.set(due, outcomes === undefined ? { what: 'kept', why: 'needed' } : this.#told(due, outcomes[at]!))
    for (const due of dues) if (became.get(due)!.what !== 'removed') this.#holding.add(due.version.path)
    return dues.map((due) => became.get(due)!)
  }

  /** A restore that begins meanwhile waits; while one runs, nothing goes. */
  async #unlessInUse<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { pastLock, dryRun } = this.#options
    return pastLock === undefined || dryRun ? work() : pastLock.unlessHeld(work)
  }

  #told({ version, why }: Due, outcome: ReleaseOutcome): Became {
    if (outcome.ok) {
      this.#refusals = 0
      this.#hasRemoved = true
      return { what: 'removed', why }
    }
    const { code, message, fix } = toTidekeepError(outcome.error)
    if (code === 'cancelled') throw outcome.error
    const what = version.keptBy === 'store' ? (SAID_BY_CODE[code] ?? 'failed') : 'failed'
    if (what !== 'refused') return { what, why }
    this.#refusals++
    this.#refusal ??= { message, ...(fix === undefined ? {} : { fix }) }
    return { what, why }
  }

  /** Of one kind. What the store keeps is asked of it also where nothing is removed: only it knows its locks. */
  async #remove(going: readonly Due[]): Promise<readonly ReleaseOutcome[]> {
    const { signal, dryRun, isTrusting } = this.#options
    const { features } = this.#target
    const versions = going.map(({ version }) => version)
    if (versions.length === 0) return []
    try {
      if (versions[0]!.keptBy === 'store' && !(dryRun && isTrusting === true))
        return await features.releaseKept!(versions, { signal, dryRun })
      for (const version of versions) if (!dryRun) await features.removeKept!(version, { signal })
      return versions.map(() => ({ ok: true }))
    } catch (error) {
      if (toTidekeepError(error).code === 'cancelled') throw error
      return versions.map(() => ({ ok: false, error: toTidekeepError(error) }))
    }
  }
}

/** What a store that keeps versions by itself says of one that is to go. */
const SAID_BY_CODE: Partial<Record<ErrorCode, 'notOurs' | 'locked' | 'refused'>> = {
  unsupported: 'notOurs',
  locked: 'locked',
  forbidden: 'refused',
}

/** Something is at the path: else a crash came in between, or it is gone at the source or by somebody's hand. */
async function isThere(
  { stat }: Pick<TargetProvider, 'stat'>,
  { path }: KeptVersion,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return (await stat(path, { signal })).kind === 'file'
  } catch (error) {
    if (!isTidekeepError(error) || error.code !== 'not-found') throw error
    return false
  }
}

import type { RelPath } from '../../common/model.ts'
import { ROOT_PATH } from '../../common/paths.ts'
import { ageOf, judgeVersions, type GoReason, type RetentionRules, type StayReason } from '../../common/retention.ts'
import type { CallOptions, KeptVersion, TargetProvider } from '../providers/provider.ts'
import type { PastLock } from '../state/past-lock.ts'
import { keptByPath, type KeptOfPath } from './kept-by-path.ts'
import { LettingGo, type Due } from './letting-go.ts'
import { Oldest } from './oldest.ts'

const DAY_MS = 86_400_000
/**
 * One run removes what is at most this much younger than the oldest version that may go. With a run a day
 * that is more than enough to keep up; a clock that is wrong by a year costs a week of versions, not all.
 */
const WINDOW_DAYS = 7
/** Versions that one run removes. */
const MAX_REMOVED = 10_000

/** What decides which versions go. */
export interface Retention {
  readonly rules: RetentionRules
  /** Something living needs what is kept of that path: a conflict, a job, what a person is to decide. */
  readonly isNeeded?: (path: RelPath) => boolean
  /** Whether this computer takes a version of the store's for the present one: another one wrote what followed it. */
  readonly isKnownAsPresent?: (version: KeptVersion) => boolean
  /** Whatever goes, goes while no process of this installation restores. Left out: there is no other. */
  readonly pastLock?: Pick<PastLock, 'unlessHeld'>
  /** What a versioned bucket keeps by itself goes by the same rules, as far as Tidekeep wrote it. */
  readonly ofStore?: boolean
}

/** What {@link letGoOfKept} goes by. */
export interface RetentionOptions extends Retention {
  readonly dryRun: boolean
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  readonly signal: AbortSignal
  /** Whatever is due goes, not a week of it: a person looked at it. */
  readonly takesAll?: boolean
  /** In a dry run: the store is not asked which versions it keeps locked, or who wrote them. */
  readonly isTrusting?: boolean
  /** Hears what becomes of each version, in no order. */
  readonly onVersion?: (version: KeptVersion, became: Became) => void
}

/** A number of versions. */
export interface KeptTotal {
  readonly count: number
  readonly bytes: number
}

/** What became of a version, and why. `removed` in a dry run: would be. */
export type Became =
  | { readonly what: 'removed'; readonly why: GoReason }
  /** Due, but left for a later run: one run removes a bounded part. */
  | { readonly what: 'later'; readonly why: GoReason }
  | { readonly what: 'kept'; readonly why: StayReason }
  /** Kept by the store itself, which lets go of it by its own rules. */
  | { readonly what: 'ofStore' }
  /** Due, but not ours, locked, not to be removed by us, or not removed for another reason. */
  | { readonly what: 'notOurs' | 'locked' | 'refused' | 'failed'; readonly why: GoReason }

/** What a target keeps of earlier versions, and what of it is gone. `removed` in a dry run: would be. */
export interface KeptReport {
  readonly rules: RetentionRules
  readonly removed: KeptTotal
  /** Due, but left for a later run: one run removes a bounded part. */
  readonly later: KeptTotal
  /** Old enough to go, but nothing is at their path and nothing newer of it is kept. */
  readonly onlyCopies: KeptTotal
  /** Old enough to go, but something living needs them. */
  readonly needed: KeptTotal
  /** Due, but another program wrote them, or Tidekeep before it marked what it writes. */
  readonly notOurs: KeptTotal
  /** Due, but under Object Lock or a legal hold. */
  readonly locked: KeptTotal
  /** Due, but the store does not let them go: see {@link KeptReport.refusal}. */
  readonly refused: KeptTotal
  readonly failed: KeptTotal
  /** What the store said first when it let none go. */
  readonly refusal?: { readonly message: string; readonly fix?: string }
  /** What else stays by the rules. */
  readonly kept: KeptTotal
  /** Kept by the store itself, which lets go of them by its own rules. */
  readonly ofStore: KeptTotal
}

/**
 * Removes the kept versions that no rule lets stay, judged by every clock there is: that of who kept
 * them and, where the target has one, the target's. Undefined for targets that keep nothing. Memory is
 * bounded, and a run that was cut off is gone on with by the next one. A version that cannot be removed
 * is counted, and the others are. Throws where the target cannot be asked at all.
 */
export async function letGoOfKept(
  target: Pick<TargetProvider, 'features' | 'stat'>,
  options: RetentionOptions,
): Promise<KeptReport | undefined> {
  const { features } = target
  if (features.keptVersions === undefined) return undefined
  const { signal, rules, takesAll } = options
  const tally = new Tally(options.onVersion)
  const lettingGo = new LettingGo(target, options)
  const due = new DueVersions()
  const ofStore = options.ofStore === true && features.releaseKept !== undefined
  const list = (path: RelPath, listed: CallOptions): AsyncIterable<KeptVersion> => features.keptVersions!(path, listed)
  for await (const ofPath of keptByPath(list, { path: ROOT_PATH, signal }))
    for (const dropped of judgePath(ofPath, { ...options, ofStore }, tally)) {
      const late = due.add(dropped)
      if (late !== undefined) tally.add(late.version, { what: 'later', why: late.why })
    }
  let leastAgeMs = Number.NEGATIVE_INFINITY
  const sorted = due.sorted()
  for (let at = 0; at < sorted.length;) {
    const isWanted = ({ ageMs }: Due): boolean => ageMs >= leastAgeMs
    if (!isWanted(sorted[at]!)) {
      const { version, why } = sorted[at++]!
      tally.add(version, { what: 'later', why })
      continue
    }
    const together = lettingGo.together(sorted, at, isWanted)
    const became = await lettingGo.letGo(together)
    at += together.length
    for (const [index, { version, ageMs }] of together.entries()) {
      // From the first on that really goes: those that stay as the only copies grow old for ever.
      const isFirst = became[index]!.what === 'removed' && leastAgeMs === Number.NEGATIVE_INFINITY
      if (isFirst && takesAll !== true) leastAgeMs = ageMs - WINDOW_DAYS * DAY_MS
      tally.add(version, became[index]!)
    }
  }
  const { refusal } = lettingGo
  return { rules, ...tally.totals, ...(refusal === undefined ? {} : { refusal }) }
}

/** The oldest of what is due. */
class DueVersions {
  readonly #earlier = new Oldest<Due>(MAX_REMOVED, ({ ageMs }) => ageMs)
  /** Apart: those that turn out to be the only copies must not crowd out the others. */
  readonly #last = new Oldest<Due>(MAX_REMOVED, ({ ageMs }) => ageMs)

  /** Returns what there is no room for. */
  add(due: Due): Due | undefined {
    return (due.isLast ? this.#last : this.#earlier).add(due)
  }

  /** Oldest first. */
  sorted(): readonly Due[] {
    return [...this.#earlier.items(), ...this.#last.items()].sort(
      (a, b) => b.ageMs - a.ageMs || a.version.keptAtMs - b.version.keptAtMs,
    )
  }
}

/** What of one path may go. What stays is counted. */
function judgePath({ path, versions }: KeptOfPath, options: RetentionOptions, tally: Tally): readonly Due[] {
  const { rules, nowMs, isNeeded, isKnownAsPresent } = options
  const isOurs = ({ keptBy }: KeptVersion): boolean => keptBy === 'tidekeep' || options.ofStore === true
  const ours = versions.filter(isOurs)
  for (const version of versions) if (!isOurs(version)) tally.add(version, { what: 'ofStore' })
  const present = ours.find((version) => version.keptBy === 'store' && isKnownAsPresent?.(version) === true)
  const unseen = present === undefined ? {} : { unseenSinceMs: present.keptAtMs }
  const lastMs = Math.max(...ours.map(({ keptAtMs }) => keptAtMs))
  const isPresentTold = ours.some(({ keptBy, keptAtMs }) => keptBy === 'store' && keptAtMs === lastMs)
  const known = { nowMs, isGone: true, isPresentTold, isNeeded: isNeeded?.(path) === true, ...unseen }
  const judged = judgeVersions(ours, rules, known)
  const hasOthers = judged.some(({ stays, why }) => stays && why !== 'last')
  let leastAgeMs = Infinity
  return judged.flatMap((each): readonly Due[] => {
    const { version, stays, why } = each
    // By two clocks, a later one may have the greater age: it never goes before an earlier one.
    const ageMs = (leastAgeMs = Math.min(leastAgeMs, ageOf(version, nowMs)))
    if (!stays) return [{ version, ageMs, why, goes: each.goes, isLast: false }]
    // What was deleted is gone, as far as is known without asking. Else that is asked right before the version goes.
    const isFollowed = why === 'last' && version.why !== 'deleted'
    const goes = isPresentTold ? 'freely' : 'oldest'
    if (isFollowed && (isPresentTold || !hasOthers)) return [{ version, ageMs, why: 'expired', goes, isLast: true }]
    // What is at the path does not tell when it began: there is no gap before it while others are kept.
    tally.add(version, { what: 'kept', why: isFollowed ? 'between' : why })
    return []
  })
}

type Total = Exclude<keyof KeptReport, 'rules' | 'refusal'>

class Tally {
  readonly totals: Record<Total, { count: number; bytes: number }> = {
    removed: { count: 0, bytes: 0 },
    later: { count: 0, bytes: 0 },
    onlyCopies: { count: 0, bytes: 0 },
    needed: { count: 0, bytes: 0 },
    notOurs: { count: 0, bytes: 0 },
    locked: { count: 0, bytes: 0 },
    refused: { count: 0, bytes: 0 },
    failed: { count: 0, bytes: 0 },
    kept: { count: 0, bytes: 0 },
    ofStore: { count: 0, bytes: 0 },
  }
  readonly #onVersion: RetentionOptions['onVersion']

  constructor(onVersion: RetentionOptions['onVersion']) {
    this.#onVersion = onVersion
  }

  add(version: KeptVersion, became: Became): void {
    const total = this.totals[totalOf(became)]
    total.count++
    total.bytes += version.sizeBytes
    this.#onVersion?.(version, became)
  }
}

function totalOf(became: Became): Total {
  if (became.what !== 'kept') return became.what
  return became.why === 'last' ? 'onlyCopies' : became.why === 'needed' ? 'needed' : 'kept'
}

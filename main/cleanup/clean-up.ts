import { isTidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { Failure } from '../../common/model.ts'
import { letGoOfKept, type KeptReport, type Retention } from './kept-retention.ts'
import type { Leftover, TargetProvider } from '../providers/provider.ts'
import { failpoint } from '../../workers/failpoint.ts'

/** Leftovers younger than this may belong to work under way that this state knows nothing of. */
export const DEFAULT_OLDER_THAN_MS = 24 * 3_600_000

const NOTHING: readonly Leftover[] = []

/** How {@link cleanUp} goes about it. */
export interface CleanUpOptions {
  readonly olderThanMs: number
  /** Nothing is removed; the report says what would be. */
  readonly dryRun: boolean
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  readonly signal: AbortSignal
  /** Earlier versions that no rule lets stay go as well; left out: they are not looked at. */
  readonly retention?: Retention
  /** Dollars a month for keeping so many bytes; absent for stores without a price list. */
  readonly storagePerMonth?: (bytes: number) => number | undefined
}

/** What became of one leftover. `removed` in a dry run: would be. */
export type CleanUpOutcome = 'removed' | 'in-use' | 'too-young' | 'not-ours' | 'failed'

/** One leftover of the report. */
export interface CleanUpItem extends Pick<Leftover, 'kind' | 'path' | 'bytes' | 'startedAtMs'> {
  readonly outcome: CleanUpOutcome
  readonly dollarsPerMonth?: number
  /** Of `failed`. */
  readonly failure?: Failure
}

/** Several leftovers of the same outcome. */
export interface CleanUpTotal {
  readonly count: number
  readonly bytes: number
  readonly dollarsPerMonth?: number
}

/** What a target held of unfinished transfers, and what of it is gone. */
export interface CleanUpReport {
  /** False: transfers to this kind of target leave nothing, or it cannot be asked. */
  readonly isSupported: boolean
  readonly dryRun: boolean
  readonly items: readonly CleanUpItem[]
  readonly totals: Readonly<Record<CleanUpOutcome, CleanUpTotal>>
  /** Of earlier versions, where the target keeps any. */
  readonly kept?: KeptReport
}

/**
 * Removes what unfinished transfers of Tidekeep left at a target and nobody goes on with. Uploads of
 * other programs are in the report and stay. A leftover that cannot be removed is reported, and the
 * others are. Throws where the target cannot be asked at all.
 */
export async function cleanUp(
  target: Pick<TargetProvider, 'features' | 'stat'>,
  options: CleanUpOptions,
): Promise<CleanUpReport> {
  const { features } = target
  const { dryRun, signal } = options
  const items: CleanUpItem[] = []
  for await (const leftover of features.leftovers?.({ signal }) ?? NOTHING) {
    const reason = reasonToLeave(leftover, options)
    const remove = async (): Promise<void> => features.removeLeftover?.(leftover, { signal })
    const ended = reason === undefined ? await settle(dryRun, remove) : { outcome: reason }
    items.push(itemOf(leftover, ended, options))
  }
  const { retention, nowMs } = options
  const kept = retention === undefined ? undefined : await letGoOfKept(target, { ...retention, dryRun, nowMs, signal })
  const isSupported = features.leftovers !== undefined
  return { isSupported, dryRun, items, totals: totalsOf(items), ...(kept === undefined ? {} : { kept }) }
}

function reasonToLeave(
  { isOurs, isInUse, startedAtMs }: Leftover,
  { olderThanMs, nowMs }: CleanUpOptions,
): CleanUpOutcome | undefined {
  if (!isOurs) return 'not-ours'
  if (isInUse) return 'in-use'
  return nowMs - startedAtMs < olderThanMs ? 'too-young' : undefined
}

type Ended = Pick<CleanUpItem, 'outcome' | 'failure'>

async function settle(dryRun: boolean, remove: () => Promise<void>): Promise<Ended> {
  try {
    failpoint('cleanup.remove.before')
    if (!dryRun) await remove()
    failpoint('cleanup.remove.after')
    return { outcome: 'removed' }
  } catch (error) {
    const { code, message, fix } = toTidekeepError(error)
    if (code === 'cancelled') throw error
    // Somebody went on with it since it was listed.
    if (isTidekeepError(error) && (code === 'locked' || code === 'in-use')) return { outcome: 'in-use' }
    return { outcome: 'failed', failure: { code, message, ...(fix === undefined ? {} : { fix }) } }
  }
}

function itemOf({ kind, path, bytes, startedAtMs }: Leftover, ended: Ended, options: CleanUpOptions): CleanUpItem {
  const dollarsPerMonth = options.storagePerMonth?.(bytes)
  return { kind, path, bytes, startedAtMs, ...ended, ...(dollarsPerMonth === undefined ? {} : { dollarsPerMonth }) }
}

function totalsOf(items: readonly CleanUpItem[]): CleanUpReport['totals'] {
  const total = (outcome: CleanUpOutcome): CleanUpTotal => {
    const of = items.filter((item) => item.outcome === outcome)
    const isPriced = of.some(({ dollarsPerMonth }) => dollarsPerMonth !== undefined)
    return {
      count: of.length,
      bytes: of.reduce((sum, { bytes }) => sum + bytes, 0),
      ...(isPriced ? { dollarsPerMonth: of.reduce((sum, item) => sum + (item.dollarsPerMonth ?? 0), 0) } : {}),
    }
  }
  return {
    removed: total('removed'),
    'in-use': total('in-use'),
    'too-young': total('too-young'),
    'not-ours': total('not-ours'),
    failed: total('failed'),
  }
}

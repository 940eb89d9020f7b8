import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { Entry, Kept, RelPath } from '../../common/model.ts'
import type { PriceList } from '../delta/price-list.ts'
import type { TargetProvider, ThawSpeed } from '../providers/provider.ts'
import type { PathAtMoment } from './as-of.ts'
import { isArchived, isArchiveClass } from './compare-content.ts'
import { createLimiter } from './limiter.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** An archived file. */
export interface Frozen {
  readonly path: RelPath
  readonly sizeBytes: number
  readonly storageClass: string
  /** Names the earlier version that it is; absent for what the target holds now. */
  readonly token?: string
}

/** What is looked at: a listed file, and the earlier version that it is. */
export interface Archived {
  readonly entry: Entry
  readonly kept?: Kept
}

/** How the archived files of a target stand. The store itself keeps track, so that any computer can ask at any time. */
export interface ThawSurvey {
  /** Nobody asked for these yet. */
  readonly toThaw: readonly Frozen[]
  /** The store was asked for these. */
  readonly underWay: readonly Frozen[]
  /** Copies of these can be read. */
  readonly ready: readonly Frozen[]
}

/** What asking for files came to. */
export interface ThawRequest {
  readonly requested: number
  readonly failures: readonly { readonly path: string; readonly code: string; readonly message: string }[]
}

/** Every speed, soonest first. */
export const THAW_SPEEDS: readonly ThawSpeed[] = ['expedited', 'standard', 'bulk']

/** How a store answered for one file. */
export type ThawAnswer = Awaited<ReturnType<NonNullable<TargetProvider['features']['thaw']>>> | TidekeepError

/** How copies are asked for. */
export interface ThawRequestOptions {
  readonly speed: ThawSpeed
  readonly days: number
  readonly signal: AbortSignal
  readonly onAnswer?: (path: RelPath, answer: ThawAnswer) => void
}

const AT_ONCE = 8
const DAYS_A_MONTH = 30
const GIB = 1024 ** 3
const HOUR_MS = 3_600_000

/** By when a copy is there, at the latest. https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html */
const LONGEST_MS: Readonly<Record<string, Partial<Record<ThawSpeed, number>>>> = {
  GLACIER: { expedited: 5 * 60_000, standard: 5 * HOUR_MS, bulk: 12 * HOUR_MS },
  DEEP_ARCHIVE: { standard: 12 * HOUR_MS, bulk: 48 * HOUR_MS },
}

/** Looks at every archived file that a restore would take. Throws what concerns the target as a whole. */
export async function surveyThaw(
  provider: Pick<TargetProvider, 'stat' | 'features'>,
  selected: AsyncIterable<PathAtMoment>,
  signal: AbortSignal,
): Promise<ThawSurvey> {
  return surveyArchived(provider, filesOf(selected), { signal })
}

/** The same of files as they are listed. `onProgress`: what was found so far, it grows. */
export async function surveyArchived(
  provider: Pick<TargetProvider, 'stat' | 'features'>,
  files: AsyncIterable<Archived> | Iterable<Archived>,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (soFar: ThawSurvey) => void },
): Promise<ThawSurvey> {
  const survey = { toThaw: [] as Frozen[], underWay: [] as Frozen[], ready: [] as Frozen[] }
  onProgress?.(survey)
  const limiter = createLimiter(AT_ONCE)
  const look = async ({ entry: { path }, kept }: Archived): Promise<void> => {
    const entry = await (kept === undefined
      ? provider.stat(path, { signal })
      : provider.features.statKept!(kept, { signal }))
    const { storageClass } = entry
    if (!isArchiveClass(storageClass)) return
    const token = kept === undefined ? {} : { token: kept.token }
    const frozen = { path, sizeBytes: entry.size, storageClass, ...token }
    if (isArchived(entry)) (entry.thaw === undefined ? survey.toThaw : survey.underWay).push(frozen)
    else survey.ready.push(frozen)
  }
  for await (const file of files)
    if (file.entry.kind === 'file' && isArchiveClass(file.entry.storageClass)) await limiter.start(() => look(file))
  await limiter.finish()
  return survey
}

async function* filesOf(selected: AsyncIterable<PathAtMoment>): AsyncGenerator<Archived> {
  for await (const each of selected) if (each.kind === 'there') yield each
}

/** What a thaw takes: dollars by the price list (undefined where that does not say), and the longest wait. Throws `unsupported` for a speed that one of the classes does not have. */
export function thawEstimate(
  files: readonly Frozen[],
  speed: ThawSpeed,
  prices: PriceList | undefined,
): { readonly dollars: number | undefined; readonly longestMs: number } {
  let dollars: number | undefined = prices === undefined ? undefined : 0
  let longestMs = 0
  for (const { sizeBytes, storageClass, path } of files) {
    const ms = LONGEST_MS[storageClass]?.[speed]
    if (ms === undefined) throw noSuchSpeed(path, speed, storageClass)
    longestMs = Math.max(longestMs, ms)
    const price = prices?.s3[storageClass]?.thaw?.[speed]
    dollars =
      dollars === undefined || price === undefined
        ? undefined
        : dollars + (sizeBytes / GIB) * price.perGib + price.per1000 / 1000
  }
  return { dollars, longestMs }
}

/** True where every one of the files can be had at this speed. */
export function hasSpeed(files: readonly Pick<Frozen, 'storageClass'>[], speed: ThawSpeed): boolean {
  return files.every(({ storageClass }) => LONGEST_MS[storageClass]?.[speed] !== undefined)
}

/** Dollars for a day of keeping readable copies; they are stored at the standard price. */
export function keepingPerDay(files: readonly Frozen[], prices: PriceList | undefined): number | undefined {
  const perGibMonth = prices?.s3['STANDARD']?.storagePerGibMonth
  return perGibMonth === undefined ? undefined : ((bytesOf(files) / GIB) * perGibMonth) / DAYS_A_MONTH
}

/** Bytes of all these files. */
export function bytesOf(files: readonly Pick<Frozen, 'sizeBytes'>[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

/** Asks for copies of all these files. One that fails does not stop the others; refused keys do. */
export async function requestThaw(
  provider: Pick<TargetProvider, 'features' | 'location'>,
  files: readonly Pick<Frozen, 'path' | 'token'>[],
  options: ThawRequestOptions,
): Promise<ThawRequest> {
  const { features } = provider
  let requested = 0
  const failures: { path: string; code: string; message: string }[] = []
  const limiter = createLimiter(AT_ONCE)
  const ask = async ({ path, token }: Pick<Frozen, 'path' | 'token'>): Promise<void> => {
    const { speed, days, signal } = options
    try {
      const kept = token === undefined ? {} : { kept: { token } }
      const answer = await features.thaw!(path, { speed, days, signal, ...kept })
      requested++
      options.onAnswer?.(path, answer)
    } catch (error) {
      const failure = toTidekeepError(error, path)
      if (options.signal.aborted || failure.code === 'unauthenticated') throw failure
      failures.push({ path, code: failure.code, message: failure.message })
      options.onAnswer?.(path, failure)
    }
  }
  for (const file of files) await limiter.start(() => ask(file))
  await limiter.finish()
  return { requested, failures }
}

function noSuchSpeed(path: string, speed: ThawSpeed, storageClass: string): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: restoreFailureTexts.thaw.isInWhichCannotBe({ path, storageClass, speed }),
    path,
    fix: restoreFailureTexts.thaw.isInWhichCannotBeFix,
  })
}

import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { Entry, RelPath } from '../../common/model.ts'
import type { PriceList } from '../delta/prices.ts'
import type { TargetProvider, ThawSpeed } from '../providers/provider.ts'
import { isArchived, isArchiveClass } from './compare-content.ts'
import { createLimiter } from './limiter.ts'
import { flatten } from './merge.ts'

/** An archived file that nobody asked for yet. */
export interface Frozen {
  readonly path: RelPath
  readonly sizeBytes: number
  readonly storageClass: string
}

/** How the archived files of a target stand. The store itself keeps track, so that any computer can ask at any time. */
export interface ThawSurvey {
  readonly toThaw: readonly Frozen[]
  readonly underWay: { readonly files: number; readonly bytes: number }
  readonly ready: { readonly files: number; readonly bytes: number }
}

/** What asking for files came to. */
export interface ThawRequest {
  readonly requested: number
  readonly failures: readonly { readonly path: string; readonly code: string; readonly message: string }[]
}

const AT_ONCE = 8
const GIB = 1024 ** 3
const HOUR_MS = 3_600_000

/** By when a copy is there, at the latest. https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html */
const LONGEST_MS: Readonly<Record<string, Partial<Record<ThawSpeed, number>>>> = {
  GLACIER: { expedited: 5 * 60_000, standard: 5 * HOUR_MS, bulk: 12 * HOUR_MS },
  DEEP_ARCHIVE: { standard: 12 * HOUR_MS, bulk: 48 * HOUR_MS },
}

/** Looks at every archived file at and below a path. Throws what concerns the target as a whole. */
export async function surveyThaw(
  provider: Pick<TargetProvider, 'list' | 'stat'>,
  path: RelPath,
  signal: AbortSignal,
): Promise<ThawSurvey> {
  const toThaw: Frozen[] = []
  const [underWay, ready] = [
    { files: 0, bytes: 0 },
    { files: 0, bytes: 0 },
  ]
  const limiter = createLimiter(AT_ONCE)
  const look = async (listed: Entry): Promise<void> => {
    const entry = await provider.stat(listed.path, { signal })
    const { storageClass } = entry
    if (!isArchiveClass(storageClass)) return
    if (isArchived(entry) && entry.thaw === undefined)
      return void toThaw.push({ path: entry.path, sizeBytes: entry.size, storageClass })
    const sum = entry.thaw === 'ready' ? ready : underWay
    sum.files++
    sum.bytes += entry.size
  }
  for await (const listed of entriesAt(provider, path, signal))
    if (listed.kind === 'file' && isArchiveClass(listed.storageClass)) await limiter.start(() => look(listed))
  await limiter.finish()
  return { toThaw, underWay, ready }
}

/** Below the path; the path itself where it is a file. */
async function* entriesAt(
  provider: Pick<TargetProvider, 'list' | 'stat'>,
  path: RelPath,
  signal: AbortSignal,
): AsyncGenerator<Entry> {
  let isEmpty = true
  for await (const entry of flatten(provider.list(path, { signal }))) {
    isEmpty = false
    yield entry
  }
  if (isEmpty && path !== '') yield await provider.stat(path, { signal })
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

/** Asks for copies of all these files. One that fails does not stop the others; refused keys do. */
export async function requestThaw(
  provider: Pick<TargetProvider, 'features' | 'location'>,
  files: readonly Frozen[],
  options: { readonly speed: ThawSpeed; readonly days: number; readonly signal: AbortSignal },
): Promise<ThawRequest> {
  const { features } = provider
  let requested = 0
  const failures: { path: string; code: string; message: string }[] = []
  const limiter = createLimiter(AT_ONCE)
  const ask = async ({ path }: Frozen): Promise<void> => {
    try {
      await features.thaw!(path, options)
      requested++
    } catch (error) {
      const failure = toTidekeepError(error, path)
      if (options.signal.aborted || failure.code === 'unauthenticated') throw failure
      failures.push({ path, code: failure.code, message: failure.message })
    }
  }
  for (const file of files) await limiter.start(() => ask(file))
  await limiter.finish()
  return { requested, failures }
}

function noSuchSpeed(path: string, speed: ThawSpeed, storageClass: string): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: `${path} is in ${storageClass}, which cannot be thawed at the speed "${speed}".`,
    path,
    fix: 'Choose another speed with --speed, or a part of the target with --path.',
  })
}

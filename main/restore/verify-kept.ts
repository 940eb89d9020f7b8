import { isTidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { Entry } from '../../common/model.ts'
import { ROOT_PATH } from '../../common/paths.ts'
import type { KeptVersion } from '../providers/provider.ts'
import { compareContent, isArchived } from './compare-content.ts'
import { strongest } from '../digests.ts'
import { keptReading, keptSource, type KeptReading } from './kept-source.ts'
import { createLimiter } from './limiter.ts'
import type { VerifyWork } from './verify.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** Versions read at once. */
const AT_ONCE = 8

/**
 * Reads every earlier version back that a target keeps, and compares it: with what the history says of it, else with the
 * checksum that is stored with it. What nobody says anything of is counted. What was let go of meanwhile is no finding.
 * Throws `unsupported` for a target that keeps none.
 */
export async function verifyKept(work: VerifyWork): Promise<void> {
  const { provider, records, clock, stop, kill } = work
  const reading = keptReading(provider)
  const hashOf = (await records.keptHashes?.(() => clock.sleep(0))) ?? (() => undefined)
  const limiter = createLimiter(AT_ONCE)
  try {
    for await (const version of reading.keptVersions(ROOT_PATH, { signal: kill })) {
      if (stop.aborted || kill.aborted) break
      await limiter.start(() => examine(version, hashOf(version.token), { reading, work }))
    }
  } finally {
    await limiter.finish()
  }
}

async function examine(
  version: KeptVersion,
  contentHash: string | undefined,
  { reading, work }: { readonly reading: KeptReading; readonly work: VerifyWork },
): Promise<void> {
  const { path, keptAtMs } = version
  const { tally, kill } = work
  if (kill.aborted) return
  try {
    const entry = await statOrAbsent(version, reading, kill)
    if (entry === undefined) return
    tally.saw(entry)
    if (isArchived(entry)) return tally.archived()
    const expected =
      contentHash === undefined
        ? strongest(entry.checksums ?? [])
        : ({ algorithm: 'blake3', value: contentHash } as const)
    if (expected === undefined) return tally.unverifiable()
    if (await compareContent(entry, expected, { provider: keptSource(reading, version), kill, tally })) return
    if ((await statOrAbsent(version, reading, kill)) === undefined) return
    const until = new Date(keptAtMs).toISOString()
    tally.found({
      path,
      kind: 'corrupt',
      message: restoreFailureTexts.verifyKept.theVersionOfThatWas({ path, until }),
    })
  } catch (error) {
    if (kill.aborted || isGone(error)) return
    const failure = toTidekeepError(error, path)
    if (failure.code === 'unauthenticated') throw failure
    tally.failed(path, failure)
  }
}

async function statOrAbsent(
  version: KeptVersion,
  { statKept }: KeptReading,
  signal: AbortSignal,
): Promise<Entry | undefined> {
  try {
    return await statKept(version, { signal })
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

function isGone(error: unknown): boolean {
  return isTidekeepError(error) && error.code === 'not-found'
}

import { existsSync } from 'node:fs'
import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { BaselineEntry, RelPath } from '../../common/model.ts'
import type { BringBack, BringBackWork } from '../engine/decisions.ts'
import type { Clock } from '../host.ts'
import type { Destination } from './destination.ts'
import { createLimiter } from './limiter.ts'
import { openLocalDestination } from './local-destination.ts'
import { restoreFile } from './restore-file.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** Files under way at once. */
const AT_ONCE = 8

/** Brings files back into the folder they came from, by the same careful writing as a restore. */
export function createBringBack(clock: Clock): BringBack {
  return async (work, onBack) => {
    const { path } = work.folder
    if (!existsSync(path)) {
      throw new TidekeepError({
        code: 'not-found',
        message: restoreFailureTexts.bringBack.theFolderIsNotThere({ path }),
        path,
        fix: restoreFailureTexts.bringBack.theFolderIsNotThereFix,
      })
    }
    const destination = openLocalDestination(path)
    const failed: { path: RelPath; message: string }[] = []
    const limiter = createLimiter(AT_ONCE)
    const one = async (base: BaselineEntry): Promise<void> => {
      try {
        await bringOneBack(base, work, { clock, destination })
        onBack(base.path)
      } catch (error) {
        const { message } = toTidekeepError(error, base.path)
        failed.push({ path: base.path, message })
      }
    }
    try {
      for (const base of work.entries) await limiter.start(() => one(base))
    } finally {
      await limiter.finish()
      await destination.close()
    }
    return failed
  }
}

async function bringOneBack(
  base: BaselineEntry,
  { target }: BringBackWork,
  { clock, destination }: { readonly clock: Clock; readonly destination: Destination },
): Promise<void> {
  const { path } = base
  const kill = new AbortController().signal
  if (base.kind === 'directory') return destination.makeDirectory(path)
  const entry = await target.stat(path, { signal: kill })
  if (base.remote.etag !== undefined && entry.etag !== base.remote.etag) {
    throw new TidekeepError({
      code: 'precondition-failed',
      message: restoreFailureTexts.bringBack.wasChangedAtTheTarget({ path }),
      path,
      fix: restoreFailureTexts.bringBack.wasChangedAtTheTargetFix,
    })
  }
  const { keptAs } = await restoreFile(entry, {
    provider: target,
    destination,
    records: { get: () => [base], trees: () => [] },
    clock,
    dryRun: false,
    overwrite: true,
    kill,
    onBytes: () => undefined,
  })
  // What a power cut left of the file may be nothing at all: an empty file beside each would only be in the way.
  if (keptAs !== undefined) await destination.removeEmpty(keptAs)
}

import { isTidekeepError, TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { TEMPORARY_AREA } from '../../../workers/fs/target-stat.ts'
import type { Pool } from '../../../workers/tasks.ts'
import type { BatchResult } from '../provider.ts'
import type { TargetGuard } from './target-guard.ts'
import { localFailureTexts } from './local-failure-texts.ts'

/** What finding out needs of the provider around it. */
export interface BlameContext {
  readonly root: string
  readonly pool: Pool
  readonly guard: TargetGuard
}

/**
 * Finds out whether one file or the whole disk is at fault: a bad sector and an unplugged disk answer
 * alike. A disk that keeps something small at that moment is not gone, so the file is listed with its
 * error and the others go on, instead of all waiting behind it.
 */
export class Blame {
  readonly #context: BlameContext
  #probes = 0

  constructor(context: BlameContext) {
    this.#context = context
  }

  /** Runs `work`; what it throws says who is at fault. */
  async judged<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#isOpen(error) && (await this.#works()) ? ofOneFile(error) : error
    }
  }

  /** As `judged`, for a batch, with one look at the disk for all of it. */
  async judgedBatch(work: () => Promise<readonly BatchResult[]>): Promise<readonly BatchResult[]> {
    const results = await this.judged(work)
    const isOpen = results.some((result) => !result.ok && this.#isOpen(result.error))
    if (!isOpen || !(await this.#works())) return results
    return results.map((result) =>
      !result.ok && this.#isOpen(result.error) ? { ok: false, error: ofOneFile(result.error) } : result,
    )
  }

  /** An error that names the target itself is about the target. */
  #isOpen(error: unknown): error is TidekeepError {
    if (!isTidekeepError(error) || error.code !== 'unavailable') return false
    return error.path !== undefined && error.path !== this.#context.root
  }

  /** Whether the disk keeps a byte. */
  async #works(): Promise<boolean> {
    const { pool, guard } = this.#context
    try {
      const place = await guard.find()
      if (place === undefined) return false
      const path = `${TEMPORARY_AREA}/${guard.instance}-p${this.#probes++}` as RelPath
      await pool.run('callTarget', { place, call: { kind: 'probe', path } }, { signal: new AbortController().signal })
      return true
    } catch {
      return false
    }
  }
}

function ofOneFile(error: unknown): TidekeepError {
  const known = toTidekeepError(error)
  return new TidekeepError({
    code: 'internal',
    message:
      known.path === undefined
        ? localFailureTexts.blame.theDiskReportedAnErrorSomewhere
        : localFailureTexts.blame.theDiskReportedAnError({ path: known.path }),
    ...(known.path === undefined ? {} : { path: known.path }),
    fix: localFailureTexts.blame.theDiskReportedAnErrorFix,
    cause: error,
  })
}

import type { ErrorCode } from '../../../common/errors.ts'
import type { JobView } from '../../../common/protocol.ts'

/** Failures with one cause in one folder: one row, one remedy. */
export interface ErrorGroup {
  readonly key: string
  readonly code: ErrorCode
  readonly folderId: string
  /** Of the first job; the others differ at most in the path they name. */
  readonly message: string
  readonly fix: string | undefined
  readonly jobs: readonly JobView[]
}

/** Groups dead jobs by code and folder, the largest group first. */
export function groupErrors(jobs: readonly JobView[]): readonly ErrorGroup[] {
  const groups = Map.groupBy(jobs, (job) => `${job.failure?.code ?? 'internal'} ${job.folderId}`)
  return [...groups]
    .map(([key, members]): ErrorGroup => {
      const first = members[0] as JobView
      return {
        key,
        code: first.failure?.code ?? 'internal',
        folderId: first.folderId,
        message: first.failure?.message ?? '',
        fix: members.find((job) => job.failure?.fix !== undefined)?.failure?.fix,
        jobs: members,
      }
    })
    .sort((a, b) => b.jobs.length - a.jobs.length)
}

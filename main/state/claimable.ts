import type { Failure, Job } from '../../common/model.ts'
import { orderOf, type ReadJob } from './job-rows.ts'
import type { RecentJob } from './recent-jobs.ts'
import type { Row } from './sqlite/connection.ts'

/** A due job, or why it can never be carried out. */
export interface Claimable extends RecentJob {
  readonly failure?: Failure
}

/** Where a job stands in the order of claims. */
export type Place = readonly [id: number, phase: number, rank: number]

/** What was read of a row, as it will be claimed. */
export function claimableRow(read: ReadJob, row: Row): Claimable {
  const job: Job = { ...read.job, state: 'running' }
  const bytes = row[8] as number
  return 'unreadable' in read ? { job, bytes, failure: read.failure } : { job, bytes }
}

/** Jobs of the file, whose places are known, and others, in one order. Both are in order themselves. */
export function inClaimOrder(
  written: readonly Claimable[],
  places: readonly Place[],
  others: readonly Claimable[],
): readonly Claimable[] {
  if (written.length === 0) return others
  const placed = [
    ...written.map((each, at) => ({ each, place: places[at]! })),
    ...others.map((each) => ({ each, place: placeOf(each.job) })),
  ]
  return placed.toSorted((a, b) => comparePlaces(a.place, b.place)).map(({ each }) => each)
}

function placeOf({ id, action }: Job): Place {
  const { phase, rank } = orderOf(action)
  return [id, phase, rank]
}

function comparePlaces([id, phase, rank]: Place, [otherId, otherPhase, otherRank]: Place): number {
  return phase - otherPhase || rank - otherRank || id - otherId
}

import type { TidekeepError } from '../../common/errors.ts'
import type { Entry } from '../../common/model.ts'
import type { Counts } from '../../common/protocol.ts'
import type { RunEvent } from '../run-once.ts'
import type { FileOutcome } from './restore-file.ts'
import { isArchiveClass } from './compare-content.ts'
import type { RestoreResult } from './restore.ts'

/** Counts and reports what a restore does. */
export interface Tally {
  /** A file that will be looked at. */
  expect(sizeBytes: number): void
  /** Content bytes that arrived. */
  readonly received: (bytes: number) => void
  restored(entry: Entry, outcome: Pick<FileOutcome, 'verified' | 'reused' | 'keptAs'>): void
  equal(entry: Entry): void
  failed(path: string, error: TidekeepError): void
  problem(path: string, reason: string, message: string): void
  notice(message: string): void
  /** It may not have been there at the moment. */
  uncertain(): void
  /** It failed, as it must be thawed first. */
  frozen(): void
  /** It was not there yet. */
  younger(path: string): void
  result(): Omit<RestoreResult, 'isEmpty'>
}

/** Actions listed in a summary; the counts are always whole. */
const LISTED_ACTIONS = 100_000

/** All zero. */
export const NO_COUNTS: Counts = {
  scanned: 0,
  uploaded: 0,
  downloaded: 0,
  moved: 0,
  deleted: 0,
  metadata: 0,
  skipped: 0,
  conflicts: 0,
  failed: 0,
  held: 0,
  waiting: 0,
}

function actionOf(
  { path }: Entry,
  { reused: bytesReused, keptAs }: Pick<FileOutcome, 'reused' | 'keptAs'>,
): RestoreResult['actions'][number] {
  const action = { kind: 'download', path, bytesSent: 0, bytesReused, method: 'download' } as const
  return keptAs === undefined ? action : { ...action, keptAs }
}

function amount(): { files: number; bytes: number } {
  return { files: 0, bytes: 0 }
}

function progressOf(
  totals: Readonly<ReturnType<typeof amount>>,
  done: Readonly<ReturnType<typeof amount>>,
  receivedBytes: number,
): RunEvent {
  return {
    type: 'progress',
    phase: done.files === 0 && receivedBytes === 0 ? 'scanning' : 'transferring',
    scanned: totals.files,
    filesDone: done.files,
    filesTotal: totals.files,
    bytesDone: done.bytes,
    bytesTotal: totals.bytes,
  }
}

function failureOf(path: string, { code, message, fix }: TidekeepError): RunEvent {
  return { type: 'failure', path, code, message, ...(fix === undefined ? {} : { fix }) }
}

/** An empty tally that passes every step on to `onEvent`. */
export function createTally(onEvent: (event: RunEvent) => void): Tally {
  const [totals, done, noted] = [amount(), amount(), { uncertain: 0, younger: 0, frozen: 0 }]
  let [received, reused, downloaded, skipped, unverified, archived] = [0, 0, 0, 0, 0, 0]
  const actions: RestoreResult['actions'][number][] = []
  const failures: RestoreResult['failures'][number][] = []
  const progress = (): void => onEvent(progressOf(totals, done, received))
  const finish = (bytes: number): void => {
    done.files++
    done.bytes += bytes
    progress()
  }
  return {
    expect: (sizeBytes) => {
      totals.files++
      totals.bytes += sizeBytes
      if (totals.files % 1000 === 0) progress()
    },
    received: (bytes) => {
      received += bytes
    },
    restored: (entry, outcome) => {
      downloaded++
      reused += outcome.reused
      if (!outcome.verified) unverified++
      if (isArchiveClass(entry.storageClass)) archived++
      const action = actionOf(entry, outcome)
      if (actions.length < LISTED_ACTIONS) actions.push(action)
      onEvent({ type: 'action', ...action, sizeBytes: entry.size })
      finish(entry.size)
    },
    equal: (entry) => {
      skipped++
      finish(entry.size)
    },
    failed: (path, error) => {
      failures.push({ path, code: error.code, message: error.message })
      onEvent(failureOf(path, error))
      finish(0)
    },
    problem: (path, reason, message) => onEvent({ type: 'problem', path, reason, message }),
    notice: (message) => onEvent({ type: 'notice', message }),
    uncertain: () => void noted.uncertain++,
    frozen: () => void noted.frozen++,
    younger: (path) => {
      noted.younger++
      onEvent({ type: 'left-out', path })
    },
    result: () => ({
      counts: { ...NO_COUNTS, scanned: totals.files, downloaded, skipped, failed: failures.length },
      bytes: { scanned: totals.bytes, sent: 0, received, reused },
      actions,
      failures,
      unverified,
      archived,
      ...noted,
    }),
  }
}

import type { ErrorCode, TidekeepError } from '../../common/errors.ts'
import type { Entry } from '../../common/model.ts'
import type { Summary } from '../../common/protocol.ts'
import type { RunEvent } from '../run-once.ts'
import { NO_COUNTS } from './tally.ts'

/** Something at the target that is not as it was agreed. */
export interface Finding {
  readonly path: string
  readonly kind: 'missing' | 'resized' | 'changed' | 'corrupt' | 'differs' | 'not-backed-up'
  readonly message: string
}

/** What a verification found; the rest of the summary is the caller's. */
export interface VerifyResult extends Pick<Summary, 'counts' | 'bytes' | 'failures'> {
  readonly findings: readonly Finding[]
  /** Files whose content was read back. */
  readonly filesRead: number
  /** Files that were to be read but whose checksum nobody recorded. */
  readonly unverifiable: number
  /** Files in an archive class: there, but not readable before they are thawed. */
  readonly archived: number
}

/** Counts and reports what a verification sees. */
export interface VerifyTally {
  saw(entry: Entry | undefined): void
  received(bytes: number): void
  read(): void
  /** Both answer "no finding". */
  unverifiable(): undefined
  archived(): undefined
  found(finding: Finding): void
  /** It could not be found out. */
  failed(path: string, error: TidekeepError): void
  result(): VerifyResult
}

const CODE_BY_KIND: Readonly<Record<Finding['kind'], ErrorCode>> = {
  missing: 'not-found',
  resized: 'corrupt',
  changed: 'changed',
  corrupt: 'corrupt',
  differs: 'changed',
  'not-backed-up': 'not-found',
}

/** An empty tally that passes every step on to `onEvent`. */
export function createVerifyTally(onEvent: (event: RunEvent) => void): VerifyTally {
  let [scanned, bytes, received, filesRead, unverifiable, archived] = [0, 0, 0, 0, 0, 0]
  const findings: Finding[] = []
  const failures: VerifyResult['failures'][number][] = []
  const failure = (path: string, code: ErrorCode, message: string): void => {
    failures.push({ path, code, message })
    onEvent({ type: 'failure', path, code, message })
  }
  const progress = (): void =>
    onEvent({
      type: 'progress',
      phase: 'scanning',
      scanned,
      filesDone: filesRead,
      filesTotal: scanned,
      bytesDone: received,
      bytesTotal: bytes,
    })
  return {
    saw: (entry) => {
      if (entry?.kind !== 'file') return
      scanned++
      bytes += entry.size
      if (scanned % 100 === 0) progress()
    },
    received: (count) => {
      received += count
    },
    read: () => {
      filesRead++
      progress()
    },
    unverifiable: () => void unverifiable++,
    archived: () => void archived++,
    found: (finding) => {
      findings.push(finding)
      failure(finding.path, CODE_BY_KIND[finding.kind], finding.message)
    },
    failed: (path, error) => failure(path, error.code, error.message),
    result: () => ({
      counts: { ...NO_COUNTS, scanned, failed: failures.length },
      bytes: { scanned: bytes, sent: 0, received, reused: 0 },
      failures: failures.toSorted((left, right) => (left.path < right.path ? -1 : 1)),
      findings: findings.toSorted((left, right) => (left.path < right.path ? -1 : 1)),
      filesRead,
      unverifiable,
      archived,
    }),
  }
}

import type { ErrorCode } from '../../common/errors.ts'
import type { Summary } from '../../common/protocol.ts'

/** What the process ends with. Scripts branch on these numbers: extend, never renumber. */
export const EXIT = {
  ok: 0,
  fatal: 1,
  usage: 2,
  someFailed: 3,
  conflicts: 4,
  guard: 5,
  findings: 6,
  notConfigured: 10,
  locked: 11,
  auth: 12,
  network: 13,
  quota: 14,
  interrupted: 130,
} as const

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** How a command as a whole ends when an error of this code ends it. The compiler demands a line for each code. */
export const EXIT_BY_ERROR: Readonly<Record<ErrorCode, ExitCode>> = {
  'not-found': EXIT.fatal,
  'already-exists': EXIT.fatal,
  'precondition-failed': EXIT.fatal,
  unauthenticated: EXIT.auth,
  forbidden: EXIT.auth,
  throttled: EXIT.network,
  'quota-exceeded': EXIT.quota,
  unavailable: EXIT.network,
  timeout: EXIT.network,
  corrupt: EXIT.fatal,
  unsupported: EXIT.fatal,
  invalid: EXIT.usage,
  changed: EXIT.fatal,
  vanished: EXIT.fatal,
  locked: EXIT.locked,
  'in-use': EXIT.fatal,
  cancelled: EXIT.interrupted,
  internal: EXIT.fatal,
}

/** How a run ends: where files failed only for want of room, and not one was stored, the target is full. */
export function exitCodeOfRun({ exitCode, counts, failures }: Summary): number {
  if (exitCode !== EXIT.someFailed || counts.uploaded > 0 || failures.length === 0) return exitCode
  return failures.every(({ code }) => code === 'quota-exceeded') ? EXIT.quota : exitCode
}

import { hasCode } from './safe-root.ts'

/** Whether a process of this computer still runs; true as well where it may not be asked. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return !hasCode(error, 'ESRCH')
  }
}

import { toTidekeepError } from '../../../common/errors.ts'
import type { Clock, Log } from '../../host.ts'
import type { TargetProvider } from '../provider.ts'
import { surround, type Call } from './intercept.ts'

/** One line for each call when it ends: which, how long, and the error code if it failed. Never a path. */
export function logged(inner: TargetProvider, log: Log, clock: Pick<Clock, 'monotonic'>): TargetProvider {
  const ended = ({ name }: Call, startedMs: number, error?: unknown): void => {
    const durationMs = Math.round(clock.monotonic() - startedMs)
    const fields = { call: name, durationMs }
    if (error === undefined) return log.debug('target_call_ended', fields)
    const { code } = toTidekeepError(error)
    log.debug('target_call_failed', { ...fields, code })
  }
  return surround(
    inner,
    async (call, run) => {
      const startedMs = clock.monotonic()
      try {
        const result = await run()
        ended(call, startedMs)
        return result
      } catch (error) {
        ended(call, startedMs, error)
        throw error
      }
    },
    async function* (call, run) {
      const startedMs = clock.monotonic()
      try {
        yield* run()
      } catch (error) {
        ended(call, startedMs, error)
        throw error
      }
      ended(call, startedMs)
    },
  )
}

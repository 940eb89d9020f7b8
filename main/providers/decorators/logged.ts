import { toTidekeepError } from '../../../common/errors.ts'
import type { Clock, Log } from '../../host.ts'
import type { TargetProvider } from '../provider.ts'
import { wrapProvider } from './wrap.ts'

/** What logging needs of the host. */
export interface LogDeps {
  readonly clock: Clock
  readonly log: Log
}

/** Writes a debug line for each call, with its duration; failures with their code, never with a message that may hold a path. */
export function logged(inner: TargetProvider, { clock, log }: LogDeps): TargetProvider {
  return wrapProvider(inner, {
    call: async ({ name }, run) => {
      const startMs = clock.monotonic()
      try {
        const result = await run()
        log.debug('provider-call', { name, durationMs: Math.round(clock.monotonic() - startMs) })
        return result
      } catch (error) {
        log.debug('provider-call-failed', {
          name,
          code: toTidekeepError(error).code,
          durationMs: Math.round(clock.monotonic() - startMs),
        })
        throw error
      }
    },
  })
}

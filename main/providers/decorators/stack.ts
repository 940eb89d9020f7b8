import type { Clock, Log, Random } from '../../host.ts'
import type { TargetProvider } from '../provider.ts'
import type { ByteLimiter } from './limiter.ts'
import { logged } from './logged.ts'
import { retrying } from './retrying.ts'
import { throttled } from './throttled.ts'

/** What the decorators need. */
export interface DecorateDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly limiter: ByteLimiter
}

/** The one place that says what stands around every provider, and in which order, innermost first. */
export function decorate(provider: TargetProvider, deps: DecorateDeps): TargetProvider {
  // Next to the provider: every byte of every attempt counts against the limit.
  const paced = throttled(provider, deps.limiter)
  // Each attempt is a line of the log, with its own duration.
  const written = logged(paced, deps)
  // Outermost: one call of the engine is one call, however many attempts it took.
  return retrying(written, deps)
}

import type { Clock, Log, Random } from '../../host.ts'
import type { TargetProvider } from '../provider.ts'
import type { EndpointBreakers } from './breaker.ts'
import type { ByteLimiter } from './limiter.ts'
import { logged } from './logged.ts'
import { metered, type RequestMeter } from './metered.ts'
import { readOnly } from './read-only.ts'
import { refusing } from './refusals.ts'
import { retrying } from './retrying.ts'
import { throttled } from './throttled.ts'

/** What the decorators share with the rest of the program. */
export interface DecoratorDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly limiter: ByteLimiter
  /** Shared by all targets of the program, so that an endpoint that is down is asked by one of them only. */
  readonly breakers?: EndpointBreakers
  /** Left out for providers that report their requests by themselves. */
  readonly meter?: RequestMeter
  /** For dry runs: every mutation throws. */
  readonly readOnly?: boolean
}

/** Puts every decorator around a provider, from the inside out. The order is part of the design. */
export function decorate(provider: TargetProvider, deps: DecoratorDeps): TargetProvider {
  // Innermost: each attempt is a request that costs money, retries included.
  const counted = deps.meter === undefined ? provider : metered(provider, deps.meter)
  // Inside the retries: bytes sent twice are bytes on the line twice.
  const paced = throttled(counted, deps.limiter)
  // Around everything that can fail for a moment.
  const retried = retrying(paced, deps)
  // Outside the retries, which have nothing to try again where all is refused.
  const judged = refusing(retried, deps.random)
  // Outside the retries: one line a call, with its final outcome.
  const told = logged(judged, deps.log, deps.clock)
  // Outermost: a refused mutation reaches nothing, not even a log of the target.
  return deps.readOnly === true ? readOnly(told) : told
}

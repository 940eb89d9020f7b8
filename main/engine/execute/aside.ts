import { TidekeepError } from '../../../common/errors.ts'
import { keptPath, KEPT_NAME_TRIES } from '../../../common/kept-area.ts'
import type { Entry, Outcome } from '../../../common/model.ts'
import type { Clock } from '../../host.ts'
import type { TargetProvider } from '../../providers/provider.ts'
import { failedWith } from './run.ts'

/** Where something went that was in the way. */
export type PutAside = Pick<Outcome, 'keptAside' | 'kept'>

/**
 * Moves something at the target that Tidekeep did not put there out of the way, unharmed, to where
 * earlier versions are kept. Throws `already-exists` where the target cannot move,
 * `precondition-failed` or `not-found` where it is no longer what was found.
 */
export async function putAside(
  context: { readonly target: TargetProvider; readonly clock: Clock },
  found: Entry,
  signal: AbortSignal,
): Promise<PutAside> {
  const { features, location } = context.target
  if (features.move === undefined) {
    throw new TidekeepError({
      code: 'already-exists',
      message: `${location} already has another ${found.path}, and cannot move it out of the way.`,
      path: found.path,
      fix: 'Move or rename it there by hand, then retry.',
    })
  }
  const { path, size: sizeBytes, etag } = found
  const expect = etag === undefined ? ({ kind: 'any' } as const) : ({ kind: 'etag', etag } as const)
  const aside = await freePlace(context, found, signal)
  await features.move(path, aside, { expect, signal })
  if (found.kind === 'directory') return { keptAside: aside }
  return { keptAside: aside, kept: { path, why: 'foreign', sizeBytes, token: aside } }
}

/** One that no earlier version has, however the clock stands. */
async function freePlace(
  { target, clock }: { readonly target: TargetProvider; readonly clock: Clock },
  { path }: Entry,
  signal: AbortSignal,
): Promise<Entry['path']> {
  const nowMs = Math.floor(clock.now())
  for (let turn = 0; turn < KEPT_NAME_TRIES; turn++) {
    const place = keptPath({ path, why: 'foreign', keptAtMs: nowMs + turn })
    try {
      await target.stat(place, { signal })
    } catch (error) {
      if (failedWith(error, 'not-found')) return place
      throw error
    }
  }
  return keptPath({ path, why: 'foreign', keptAtMs: nowMs + KEPT_NAME_TRIES })
}

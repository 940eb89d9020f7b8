import { TidekeepError } from '../../../common/errors.ts'
import { keptPath, KEPT_NAME_TRIES } from '../../../common/kept-area.ts'
import type { Entry, Outcome, RelPath } from '../../../common/model.ts'
import type { Clock } from '../../host.ts'
import type { TargetProvider } from '../../providers/provider.ts'
import { failedWith } from './run.ts'
import { hashAtTarget } from './same-content.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/** Where something went that was in the way. */
export type PutAside = Pick<Outcome, 'keptAside' | 'kept'>

/** What is in the way stays there. */
export function cannotMove({ location }: TargetProvider, path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'already-exists',
    message: engineFailureTexts.aside.alreadyHasAnotherAndCannot({ location, path }),
    path,
    fix: engineFailureTexts.aside.alreadyHasAnotherAndCannotFix,
  })
}

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
  const { features } = context.target
  if (features.move === undefined) throw cannotMove(context.target, found.path)
  const { path, size: sizeBytes, etag } = found
  const expect = etag === undefined ? ({ kind: 'any' } as const) : ({ kind: 'etag', etag } as const)
  const cutOff = await keptAlready(context, found, signal)
  const aside = cutOff ?? (await freePlace(context, found, signal))
  failpoint('execute.keep-aside.before')
  if (cutOff === undefined) await features.move(path, aside, { expect, signal })
  else await context.target.remove(path, { expect, signal })
  failpoint('execute.keep-aside.after')
  if (found.kind === 'directory') return { keptAside: aside }
  return { keptAside: aside, kept: { path, why: 'foreign', sizeBytes, token: aside } }
}

/** Younger than any retention: what is found there stays long enough. */
const CUT_OFF_MS = 20 * 3_600_000

/**
 * Where a crash between the two steps of a move has put this very version, so that it is not kept
 * twice (I7): the place is young, its bytes are those of what was found, and what was found is not
 * younger. The same content that somebody stored again since is another version.
 */
async function keptAlready(
  { target, clock }: { readonly target: TargetProvider; readonly clock: Clock },
  found: Entry,
  signal: AbortSignal,
): Promise<Entry['path'] | undefined> {
  if (found.kind !== 'file' || found.etag === undefined) return undefined
  let storedAtMs: number | undefined
  for await (const { path, why, sizeBytes, keptAtMs, token } of target.features.keptVersions?.(found.path, {
    signal,
  }) ?? []) {
    const isYoung = Math.abs(clock.now() - keptAtMs) < CUT_OFF_MS
    if (path !== found.path || why !== 'foreign' || sizeBytes !== found.size || !isYoung) continue
    storedAtMs ??= await storedAt(target, found, signal)
    if (storedAtMs === undefined || storedAtMs > keptAtMs) continue
    const kept = await target.stat(token as Entry['path'], { signal })
    const digests = [await hashAtTarget(target, kept, signal), await hashAtTarget(target, found, signal)]
    if (digests[0] === digests[1]) return kept.path
  }
  return undefined
}

/** When what was found was stored, asked anew where that is not known: a job that was read back from the queue does not say. */
async function storedAt(target: TargetProvider, found: Entry, signal: AbortSignal): Promise<number | undefined> {
  if (found.storedAtMs !== undefined) return found.storedAtMs
  const now = await target.stat(found.path, { signal })
  return now.etag === found.etag ? now.storedAtMs : undefined
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

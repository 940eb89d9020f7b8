import { KEPT_NAME_TRIES, keptPath } from '../../common/kept-area.ts'
import type { RelPath } from '../../common/model.ts'
import { lookFor } from '../engine/execute/objects-below.ts'
import type { Clock } from '../host.ts'
import type { SourceProvider } from '../providers/provider.ts'

/** A place of that side's earlier versions that nothing has, for what makes way. */
export async function placeAside(
  side: SourceProvider,
  path: RelPath,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<RelPath> {
  const nowMs = Math.floor(clock.now())
  for (let turn = 0; turn < KEPT_NAME_TRIES; turn++) {
    const place = keptPath({ path, why: 'foreign', keptAtMs: nowMs + turn })
    if ((await lookFor(side, { path: place, kind: 'directory' }, signal)) === undefined) return place
  }
  return keptPath({ path, why: 'foreign', keptAtMs: nowMs + KEPT_NAME_TRIES })
}

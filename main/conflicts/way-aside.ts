import { KEPT_NAME_TRIES, keptPath } from '../../common/kept-area.ts'
import type { RelPath } from '../../common/model.ts'
import type { Clock } from '../host.ts'
import type { SourceProvider } from '../providers/provider.ts'
import { look } from './look.ts'

/** A place of that side's earlier versions that nothing has, for what makes way. */
export async function placeAside(
  side: SourceProvider,
  path: RelPath,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<RelPath> {
  const nowMs = Math.floor(clock.now())
  for (let turn = 0; turn < KEPT_NAME_TRIES; turn++) {
    const place = keptPath({ path, why: 'foreign', keptAtMs: nowMs + turn })
    if ((await look(side, place, signal)) === undefined) return place
  }
  return keptPath({ path, why: 'foreign', keptAtMs: nowMs + KEPT_NAME_TRIES })
}

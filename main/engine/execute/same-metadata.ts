import type { Entry } from '../../../common/model.ts'
import type { ExecuteContext } from './run.ts'

/** Both sides of a folder; the source only where it is written to, too. */
type Sides = Pick<ExecuteContext, 'source' | 'target'>

/** Whether the times of both, as far as both sides can keep them, and the modes are the same. */
export function isSameMetadata(sides: Sides, local: Entry, remote: Entry): boolean {
  const stepNs = coarserStepNs(sides)
  if (local.mtimeNs / stepNs !== remote.mtimeNs / stepNs) return false
  return local.mode === undefined || remote.mode === undefined || local.mode === remote.mode
}

/** The finest difference of times that both sides keep. A source that is only read has every time that is there. */
export function coarserStepNs({ source, target }: Sides): bigint {
  const there = target.features.limits.mtimeStepNs
  const here = source?.features.limits.mtimeStepNs ?? there
  return here > there ? here : there
}

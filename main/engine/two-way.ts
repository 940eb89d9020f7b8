import { TidekeepError } from '../../common/errors.ts'
import { parseLocation } from '../../common/location.ts'
import type { RelPath } from '../../common/model.ts'
import { RESERVED_DIRECTORY } from '../../common/paths.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { engineFailureTexts } from './engine-failure-texts.ts'

/** Each of its own: two programs that try at once do not meet. */
const TRIAL = `${RESERVED_DIRECTORY}/check-two-way`

/**
 * Two-way mode needs a target on which a change by others cannot be overwritten unseen: one on this computer, one that
 * keeps every earlier version by itself (OneDrive), or one that enforces preconditions, which is tried with one small
 * throw-away object where it is not known. Throws `unsupported`.
 */
export async function assertTwoWay(target: TargetProvider, trialId: string, signal: AbortSignal): Promise<void> {
  if (isEnforcing(target) || isLocalOrKeeping(target.location)) return
  const path = `${TRIAL}-${trialId}` as RelPath
  await target.put(path, NOTHING, { metadata: { mtimeNs: 0n }, expect: { kind: 'absent' }, signal })
  await target.remove(path, { expect: { kind: 'any' }, signal })
  if (isEnforcing(target)) return
  throw new TidekeepError({
    code: 'unsupported',
    message: engineFailureTexts.twoWay.wouldLetAChangeBe({ location: target.location }),
    path: target.location,
    fix: engineFailureTexts.twoWay.wouldLetAChangeBeFix,
  })
}

function isEnforcing({ features }: TargetProvider): boolean {
  return features.preconditions === 'enforced'
}

function isLocalOrKeeping(location: string): boolean {
  const { scheme } = parseLocation(location, (path) => path)
  return scheme === 'file' || scheme === 'onedrive'
}

const NOTHING = {
  size: 0,
  async *open(): AsyncGenerator<Uint8Array> {
    // Nothing in it.
  },
}

import type { Conflict, ResolutionKind } from '../../common/conflict.ts'
import type { Evidence } from '../../common/protocol.ts'
import { evidenceTexts } from './evidence-texts.ts'
import { newerOf } from './select.ts'

/** What speaks for one resolution, and why. Shown, and never carried out by itself. */
export interface Advice {
  readonly resolution: ResolutionKind
  readonly reason: string
}

/** What speaks for one resolution, in words. Nothing where nothing does. */
export function adviceFor(
  conflict: Conflict,
  { evidence, canMerge }: { readonly evidence: Evidence; readonly canMerge: boolean },
): Advice | undefined {
  const words = evidenceTexts.advice
  if (conflict.kind === 'rolled-back') return { resolution: 'keep-local', reason: words.rolledBack }
  if (evidence.kind === 'same-text') return newer(conflict, { newest: words.sameText, anyAge: words.sameTextAnyAge })
  if (evidence.kind === 'parts' && isSame(evidence))
    return newer(conflict, { newest: words.sameParts, anyAge: words.samePartsAnyAge })
  if (evidence.kind === 'text' && evidence.onlyLocal === 0 && evidence.onlyRemote > 0)
    return { resolution: 'keep-remote', reason: words.remoteHasAll({ more: evidence.onlyRemote }) }
  if (evidence.kind === 'text' && evidence.onlyRemote === 0 && evidence.onlyLocal > 0)
    return { resolution: 'keep-local', reason: words.localHasAll({ more: evidence.onlyLocal }) }
  return canMerge ? { resolution: 'merge', reason: words.merge } : undefined
}

function isSame({ differing, onlyLocal, onlyRemote }: Evidence & { kind: 'parts' }): boolean {
  return differing.length + onlyLocal.length + onlyRemote.length === 0
}

function newer(conflict: Conflict, reasons: { readonly newest: string; readonly anyAge: string }): Advice {
  const side = newerOf(conflict)
  if (side === 'neither') return { resolution: 'keep-local', reason: reasons.anyAge }
  return { resolution: `keep-${side}`, reason: reasons.newest }
}

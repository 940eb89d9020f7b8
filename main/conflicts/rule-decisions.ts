import type { FoundConflict } from '../../common/conflict.ts'
import type { RelPath } from '../../common/model.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { Clock } from '../host.ts'
import type { SourceProvider } from '../providers/provider.ts'
import { freeCopyPath } from './free-copy-path.ts'
import { createRules } from './rules.ts'
import { newerOf } from './select.ts'

/** What a rule of the folder decides about one conflict; undefined where a person is asked. */
export type RuledBy =
  | { readonly rule: string; readonly kind: 'keep-local' | 'keep-remote' }
  | { readonly rule: string; readonly kind: 'keep-both'; readonly as: RelPath }

/** What rules are applied with. */
export interface RuleSides {
  readonly folder: Pick<FolderSettings, 'conflictRules'>
  readonly source: SourceProvider
  readonly target: SourceProvider
  readonly clock: Clock
  /** What this computer is called. */
  readonly device: { readonly name: string }
}

/** Applies the rules of a folder. A type conflict, and versions of one age where the newest should stay, wait for a person. */
export function createRuleDecisions({
  folder,
  source,
  target,
  clock,
  device,
}: RuleSides): (found: FoundConflict) => Promise<RuledBy | undefined> {
  const ruleFor = createRules(folder.conflictRules ?? [])
  return async (found) => {
    const rule = ruleFor(found.path)
    if (rule === undefined || found.local.entry.kind !== 'file' || found.remote.entry.kind !== 'file') return undefined
    const { pattern } = rule
    if (rule.resolution === 'newest') {
      const newer = newerOf(found)
      return newer === 'neither' ? undefined : { rule: pattern, kind: newer === 'local' ? 'keep-local' : 'keep-remote' }
    }
    if (rule.resolution !== 'keep-both') return { rule: pattern, kind: rule.resolution }
    const { signal } = new AbortController()
    const as = await freeCopyPath({ source, target, clock, hostName: device.name, signal }, found.path)
    return { rule: pattern, kind: 'keep-both', as }
  }
}

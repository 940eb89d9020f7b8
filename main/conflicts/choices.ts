import { sideOfFile, sideThatMakesWay, type Conflict, type ResolutionKind } from '../../common/conflict.ts'
import type { SourceProvider } from '../providers/provider.ts'

/** What choices depend on besides the conflict. */
export type ChoiceSides = Readonly<Record<'source' | 'target', Pick<SourceProvider, 'features'>>>

/**
 * Which resolutions there are for a conflict. Of a file against a folder, one makes way by a rename on its side: whole, and so that
 * the rename can be taken back.
 */
export function choicesOf(conflict: Pick<Conflict, 'local' | 'remote'>, sides: ChoiceSides): readonly ResolutionKind[] {
  const { local, remote } = conflict
  if (local.entry.kind === 'file' && remote.entry.kind === 'file')
    return ['keep-local', 'keep-remote', 'keep-both', 'merge']
  return (['keep-local', 'keep-remote', 'keep-both'] as const).filter((kind) => {
    const side = sideThatMakesWay(conflict, kind)
    return side !== undefined && sides[side === 'local' ? 'source' : 'target'].features.move !== undefined
  })
}

/** Of these, the ones that many may be decided by at once: where a folder or a file would be put away whole, each is looked at by itself. */
export function choicesForMany(
  conflict: Pick<Conflict, 'local' | 'remote'>,
  sides: ChoiceSides,
): readonly ResolutionKind[] {
  const choices = choicesOf(conflict, sides)
  return sideOfFile(conflict) === undefined ? choices : choices.filter((kind) => kind === 'keep-both')
}

import type { AttentionView } from './protocol.ts'

/** Where a matter is dealt with: a screen of the main window, and the section of it. */
export function attentionRoute({
  kind,
  folderId,
}: Pick<AttentionView, 'kind' | 'folderId'>):
  | readonly ['conflicts']
  | readonly ['targets']
  | readonly ['activity', 'errors']
  | readonly ['folders', string] {
  if (kind === 'conflict') return ['conflicts']
  if (kind === 'dead') return ['activity', 'errors']
  if (kind === 'signed-out' || kind === 'target-full') return ['targets']
  return ['folders', folderId]
}

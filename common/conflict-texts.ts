import type { ConflictKind, Resolution } from './conflict.ts'

/** What each kind is called, wherever it is shown. */
export const CONFLICT_KINDS: Readonly<Record<ConflictKind, string>> = {
  'edit-edit': 'changed on both sides',
  'create-create': 'new on both sides',
  type: 'a file on one side, a folder on the other',
  'rolled-back': 'older at the target than it was',
}

/** What each resolution does, and did. `settled` is nobody's decision. */
export const RESOLUTIONS: Readonly<Record<Resolution['kind'], { readonly does: string; readonly past: string }>> = {
  'keep-local': {
    does: 'This computer’s version goes to the target. The target keeps the other as an earlier version.',
    past: 'kept this computer’s version',
  },
  'keep-remote': {
    does: 'The target’s version comes to this computer. The one that was here is kept as an earlier version.',
    past: 'kept the target’s version',
  },
  'keep-both': {
    does: 'This computer’s version gets another name; the target’s takes its place. Both sides get both.',
    past: 'kept both',
  },
  merge: {
    does: 'Both sides get one text with the changes of both. Both versions are kept as earlier ones.',
    past: 'merged',
  },
  settled: { does: 'Nothing: both sides agree again.', past: 'settled by itself' },
}

/** What conflicts are called, and what each resolution does. */
export const resolutionMessages = {
  kinds: {
    'edit-edit': 'changed on both sides',
    'create-create': 'new on both sides',
    type: 'a file on one side, a folder on the other',
    'rolled-back': 'older at the target than it was',
  },
  changedBy: {
    userOn: 'by {user} on {device}',
    userWith: 'by {user}, with {program}',
    user: 'by {user}',
    device: 'on {device}',
    program: 'with {program}',
    owner: 'belongs to {owner}',
  },
  resolutions: {
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
  },
} as const

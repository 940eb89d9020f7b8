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
      does: 'This computer’s version goes to the target, which keeps its own as an earlier one.',
      past: 'kept this computer’s version',
    },
    'keep-remote': {
      does: 'The target’s version comes here; the one that is here is kept as an earlier one.',
      past: 'kept the target’s version',
    },
    'keep-both': {
      does: 'This computer’s version gets another name, and both sides get both.',
      past: 'kept both',
    },
    merge: {
      does: 'Both sides get one text with the changes of both; both versions are kept as earlier ones.',
      past: 'merged',
    },
    settled: { does: 'Nothing: both sides agree again.', past: 'settled by itself' },
  },
} as const

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
  /** Of a file against a folder, by the side that has the file. */
  fileAgainstFolder: {
    keepFile: {
      name: 'Keep the file',
      does: {
        local: 'The file goes to the target. The folder there is put away with all that is in it.',
        remote: 'The file comes here. The folder that is here is put away with all that is in it.',
      },
      past: 'kept the file',
    },
    keepFolder: {
      name: 'Keep the folder',
      does: {
        local: 'The folder comes here, with all that is in it. The file that is here is put away.',
        remote: 'The folder goes to the target, with all that is in it. The file there is put away.',
      },
      past: 'kept the folder',
    },
    keepBoth: {
      name: 'Keep both',
      does: {
        local: 'The file on this computer gets another name, and both sides get both.',
        remote: 'The file at the target gets another name, and both sides get both.',
      },
      past: 'kept both',
    },
    newName: 'New name of the file',
  },
} as const

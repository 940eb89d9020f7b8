/** What is said of changes that are held: the same words in the window, on the command line and in notices. */
export const holdMessages = {
  'mass-delete': {
    waiting: '{n, plural, one{# deletion waits} other{# deletions wait}} for your decision',
    why: 'So much vanished at once that it may be a mistake. The target keeps its copies until you decide.',
    answers: {
      approve: { label: 'Delete at the target', does: 'What is gone in the folder is deleted at the target as well.' },
      keep: {
        label: 'Keep the copies',
        does: 'The target keeps its copies for good. Nothing is deleted, and nobody is asked about them again.',
      },
      restore: {
        label: 'Bring them back',
        does: 'Everything that is missing is copied from the target back into the folder.',
      },
    },
  },
  'mass-delete-here': {
    waiting: '{n, plural, one{# deletion in the folder waits} other{# deletions in the folder wait}} for your decision',
    why: 'So much vanished at the target at once that it may be a mistake. The folder keeps its files until you decide.',
    answers: {
      approve: {
        label: 'Delete in the folder',
        does: 'What is gone at the target is deleted in the folder as well; it is kept for a while.',
      },
      keep: { label: 'Keep the files', does: 'The folder keeps its files, and they are copied to the target again.' },
      restore: {
        label: 'Put them back at the target',
        does: 'The folder keeps its files, and they are copied to the target again.',
      },
    },
  },
  'mass-overwrite': {
    waiting:
      '{n, plural, one{# change that may be damage waits} other{# changes that may be damage wait}} for your decision',
    why: 'Many files changed at once as ransomware changes them: into noise, or to a strange name. The target keeps the versions from before until you decide.',
    answers: {
      approve: {
        label: 'Accept the changes',
        does: 'What the folder holds now replaces the versions at the target.',
      },
      keep: {
        label: 'Keep the versions from before',
        does: 'The target keeps what it has, and the folder stays as it is. A file that changes once more is backed up again.',
      },
      restore: {
        label: 'Bring the versions from before back',
        does: 'They are copied into the folder. What is in their places now is kept beside them.',
      },
    },
  },
  'mass-overwrite-here': {
    waiting:
      '{n, plural, one{# change at the target that may be damage waits} other{# changes at the target that may be damage wait}} for your decision',
    why: 'Many files changed at the target at once as ransomware changes them: into noise, or to a strange name. The folder keeps its versions until you decide.',
    answers: {
      approve: {
        label: 'Accept the changes',
        does: 'What the target holds now replaces the versions in the folder; those are kept for a while.',
      },
      keep: {
        label: 'Leave both as they are',
        does: 'The folder keeps its versions, and the target keeps what it has. A file that changes once more at the target is asked about again.',
      },
      restore: {
        label: 'Put the folder’s versions at the target',
        does: 'The versions in the folder replace what the target holds now, which is kept there as an earlier version.',
      },
    },
  },
  'source-emptied': {
    waiting: 'The folder is empty: {n, plural, one{# deletion waits} other{# deletions wait}} for your decision',
    why: 'The folder is empty, but files were known in it. If its disk is not connected, connect it, and the question goes away by itself.',
  },
  'source-replaced': {
    waiting:
      'Another folder is in its place: {n, plural, one{# deletion waits} other{# deletions wait}} for your decision',
    why: 'The folder is on another disk, or was replaced, since it was last seen. If its disk is not connected, connect it, and the question goes away by itself.',
  },
  suspect: {
    waiting:
      '{n, plural, one{# file that may have lost content waits} other{# files that may have lost content wait}} for your decision',
    why: 'The computer went down unexpectedly, and these files came back empty, older or not at all. The target keeps the versions that were safe until you decide.',
    answers: {
      approve: {
        label: 'Take what is here',
        does: 'What the folder holds now replaces the safe versions; what is missing in it is deleted at the target.',
      },
      keep: {
        label: 'Leave both as they are',
        does: 'The target keeps the safe versions, and the folder stays as it is. A file that you save again is backed up again.',
      },
      restore: {
        label: 'Bring the safe versions back',
        does: 'They are copied into the folder. What is in their places now is kept beside them, unless it is empty.',
      },
    },
  },
} as const

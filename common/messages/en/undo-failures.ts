/** What undoing can be refused for. */
export const undoFailureMessages = {
  candidates: {
    itWasNotSaidWhat: 'It was not said what to undo.',
    itWasNotSaidWhatFix: 'Name paths, or say how many of the last actions.',
  },
  undoOne: {
    nothingCanBeBroughtBack: 'Nothing can be brought back of {path}: where it was kept is not at hand.',
    nothingCanBeBroughtBackFix: 'Look for it with "tidekeep versions".',
    wasNotBroughtBackThe: '{path} was not brought back: the version that was kept is not what it was.',
    wasNotBroughtBackTheFix: 'Look for another version of it at the target.',
    isNotThereAnyMore: '{path} is not there any more, so it cannot get its old name back.',
    leftAlone:
      '{isOther, select, true{{path} was left alone: something that is no file is in its place.} other{{path} was left alone: it was changed since, and the target does not hold it yet.}}',
    leftAloneFix: 'Wait until it is backed up, or bring the earlier version back beside it (--beside).',
  },
  undo: {
    keepsNothingThatTidekeepCould: '{location} keeps nothing that Tidekeep could bring back.',
    keepsNothingThatTidekeepCouldFix:
      'Look for earlier versions there by its own means, such as a recycle bin, or with "tidekeep versions".',
  },
} as const

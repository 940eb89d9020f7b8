/** What deciding a conflict can be refused for. */
export const conflictFailureMessages = {
  copyName: {
    cannotBeTheNameOf: '{name} cannot be the name of the copy: {problem}.',
    cannotBeTheNameOfFix: 'Give it another name.',
    /** What stands for `problem`. */
    slash: 'it has a slash',
    emptyOrSame: 'it is empty, or the name itself',
  },
  decide: {
    thereIsAlreadySomethingCalled: 'There is already something called {as}.',
    thereIsAlreadySomethingCalledFix: 'Give it another name.',
    theTargetDoesNotSay: 'The target does not say which version of {path} it has.',
    theTargetDoesNotSayFix: 'Rename one of the two by hand; Tidekeep goes on by itself.',
    thatIsNoWayTo: 'That is no way to settle {path}: one side has a folder there.',
    thatIsDecidedAlone: '{path} is a file on one side and a folder on the other: one of them would be put away whole.',
    thatIsDecidedAloneFix: 'Look at it and decide about it alone, or keep both.',
  },
  putMerged: {
    wasNotMerged: '{path} was not merged. {why}',
    wasNotMergedFix: 'Decide for one version, or keep both.',
    wasNotMergedTheResult: '{path} was not merged: the result is not the one that was shown.',
    wasNotMergedTheResultFix: 'Look at it again.',
  },
  sides: {
    wasChangedSinceItWas: '{path} was changed since it was shown, so nothing was decided about it.',
    wasChangedSinceItWasFix: 'Look at both versions again.',
  },
  undo: {
    whatWasDecidedAboutIs: 'What was decided about {path} is being carried out right now.',
    whatWasDecidedAboutIsFix: 'Undo it in a moment.',
    wasChangedSinceThisWas: '{path} was changed since this was decided, so it was left as it is.',
    wasChangedSinceThisWasFix: 'Bring the earlier version back beside it: tidekeep versions shows what is kept.',
    thereIsNothingToPut: 'There is nothing to put back for {path}.',
    thereIsNothingToPutFix: 'Look at "tidekeep versions" for what is kept of it.',
  },
} as const

/** What calls of the interface are refused for. */
export const apiFailureMessages = {
  accounts: {
    thisSignInIsOver: 'This sign-in is over.',
    thisSignInIsOverFix: 'Start it again.',
  },
  activity: {
    thereIsNoSuchFolder: 'There is no such folder.',
    thereIsNoSuchFolderFix: 'Look at "tidekeep folder list".',
  },
  conflicts: {
    bothVersionsCouldNotBe: 'Both versions could not be looked at in time.',
    looksNoMore: 'Nobody waits for this comparison any more.',
    nothingWasDecidedTheseConflicts: 'Nothing was decided: these conflicts are others by now.',
    nothingWasDecidedTheseConflictsFix: 'Look at them again.',
    itWasNotSaidWhich: 'It was not said which conflicts are decided, or they were not counted first.',
    itWasNotSaidWhichFix: 'Name them with both versions, or ask for a dry run and give what it answered.',
    thereIsNoConflict: 'There is no conflict {id}.',
    thereIsNoConflictFix: 'Look at "tidekeep conflicts list".',
    thereIsNoSuchFolder: 'There is no such folder.',
    thereIsNoSuchFolderFix: 'Look at "tidekeep folder list".',
    thereIsNoRuleFor: 'There is no rule for {pattern}.',
    thereIsNoRuleForFix: 'Look at "tidekeep conflicts rules".',
  },
  deadline: {
    tryAgainLater: 'Try again later.',
  },
  diagnostics: {
    whatWasShownIsNot: 'What was shown is not there any more.',
    whatWasShownIsNotFix: 'Look at what the bundle holds once more, then save it.',
  },
  dispatch: {
    theTidekeepServiceIsNot: 'The Tidekeep service is not running.',
    theTidekeepServiceIsNotFix: 'Start it with "tidekeep serve".',
  },
  folders: {
    thereIsNoSuchFolder: 'There is no such folder.',
    theFolderWasSavedBut: 'The folder was saved, but is not open yet.',
    theFolderWasSavedButFix: 'Look again in a moment.',
  },
  newFolder: {
    relativeFolder: 'The folder must be given with its full path, not as {path}.',
    noFolder: '{path} is not a folder.',
    relativeTarget: 'The target must be given with its full path or as s3://bucket/prefix, not as {path}.',
    own: '{directory} belongs to Tidekeep itself and can be neither source nor target.',
    itself: '{path} cannot be its own target.',
    targetInside: 'The target lies inside {path}, so the copy would become part of what is copied.',
    insideTarget: '{path} lies inside its target, so the copy could overwrite the original.',
    circle: 'Together with the other folders this would copy in a circle.',
    isAlreadyKeptSafeAt: '{path} is already kept safe at {target}.',
    holdsTidekeepsOwnFiles: "{from} holds Tidekeep's own files ({directory}).",
    holdsTidekeepsOwnFilesFix: "Choose folders beside them, or move Tidekeep's files elsewhere with TIDEKEEP_HOME.",
    theTargetOverlapsWithThe:
      'The target overlaps with the one of {name} ({target}); two folders in one place would overwrite each other.',
    theTargetOverlapsWithTheFix: 'Give it a place of its own beside it.',
    tidekeepMayNotRead: 'Tidekeep may not read {path}.',
    thereIsNoFolder: 'There is no folder {path}.',
    thereIsNoFolderFix: 'Check the path; a drive may have to be connected first.',
    chooseAnotherFolderOrAnother: 'Choose another folder or another target.',
  },
  restoreDirectory: {
    relative: 'Write the whole path of the folder.',
    insideTarget: 'It lies inside {target}, where the copies are kept.',
    own: 'It belongs to Tidekeep itself.',
    nothingCanBeRestoredInto: 'Nothing can be restored into {directory}.',
  },
  restore: {
    slow: '{location} did not give {path} within a minute.',
    thereIsNoSuchFolder: 'There is no such folder.',
  },
  rules: {
    thereIsNoSuchFolder: 'There is no such folder.',
    isNotInside: '{path} is not inside {path2}.',
    isNotInsideFix: 'Type a path as it is seen from that folder, such as Projects/notes.txt.',
  },
  settings: {
    theSettingSettlemaxmsMustNot: 'The setting "settleMaxMs" must not be less than "settleMs".',
    theSettingSettlemaxmsMustNotFix: 'Set "settleMaxMs" to at least {settleMs} ms first.',
  },
  sources: {
    theFolderMustBeGiven: 'The folder must be given with its full path.',
    tidekeepMayNotRead: 'Tidekeep may not read {path}.',
    isNotAFolder: '{path} is not a folder.',
    thereIsNoFolder: 'There is no folder {path}.',
  },
  speed: {
    thereIsNothingOfThe: 'There is nothing of the kind to lift now.',
  },
  targetCheck: {
    deleteHint: 'Backups still work; only a mirror has to delete.',
    slow: 'The target did not answer in time.',
    doesNotHoldTheFiles: '{location} does not hold the files that were kept there.',
    doesNotHoldTheFilesFix: 'Connect the drive, then try again.',
    theTargetGaveBackOther: 'The target gave back other bytes than it was sent.',
  },
  targets: {
    thereIsNoSuchFolder: 'There is no such folder.',
    theTargetMustBeGiven: 'The target must be given with its full path or as s3://bucket/prefix.',
  },
  dueVersions: {
    slow: '{target} did not list its versions within a minute. "tidekeep versions prune --dry-run" takes its time.',
  },
  files: {
    noFolder: 'There is no such folder.',
    noDesktop: 'There is no desktop here to show files on.',
  },
  looks: {
    slow: 'The target did not answer in time.',
  },
  plan: {
    slow: 'Looking at {path} took longer than five minutes.',
  },
} as const

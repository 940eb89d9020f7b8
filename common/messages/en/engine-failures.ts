/** What passes say, and what goes wrong in them. */
export const engineFailureMessages = {
  collisions: {
    looksTheSame:
      '{path} is not backed up: the target takes it for {winner}, which looks the same and is made of other characters. Rename one of them.',
    isNotBackedUpThe: '{path} is not backed up: the target takes it for {winner}. Rename one of them.',
  },
  decisions: {
    ofCouldNotBeBrought:
      '{failed} of {size, plural, one{# file} other{# files}} could not be brought back and stay held. {message}',
    ofCouldNotBeBroughtFix: 'Try again, or restore them with "tidekeep restore".',
  },
  aside: {
    alreadyHasAnotherAndCannot: '{location} already has another {path}, and cannot move it out of the way.',
    alreadyHasAnotherAndCannotFix: 'Move or rename it there by hand, then retry.',
  },
  baselineEntry: {
    wasStoredButTheTarget: '{path} was stored, but the target could not prove what it holds.',
  },
  here: {
    thisFolderIsNotOne: 'This folder is not one to write into.',
    isInTheWayOf: {
      file: 'A file where it needs a folder is in the way of {path}.',
      content: 'What is in it is in the way of {path}.',
      targetFolder: 'A folder at the target is in the way of {path}.',
      folder: 'A folder is in the way of {path}.',
    },
    isNotWhatItWas: '{path} is not what it was when it was looked at.',
    changedWhileBothSidesWere: '{path} changed while both sides were compared.',
  },
  localContent: {
    wasNotScannedAsA: '{path} was not scanned as a local file.',
    becameShorterWhileItWas: '{absolutePath} became shorter while it was read.',
    becameShorterWhileItWasFix: 'It is tried again once it is quiet.',
  },
  move: {
    wasChangedBySomeoneElse: '{path} was changed by someone else.',
  },
  renameHere: {
    isGone: '{path} is gone.',
    wasEdited: '{path} was edited since somebody decided.',
  },
  fetchPieces: {
    isNotWhatWasTold: 'What was fetched of {path} does not have the digest that the target tells of it.',
    isNotWhatItMustBe: '{path}, put together from the file here and what was fetched, is not what the target holds.',
  },
  sameContent: {
    wasChangedAfterItWas: '{path} was changed after it was listed.',
  },
  settle: {
    couldNotBeReplacedAt: '{path} could not be replaced at {location}.',
    couldNotBeReplacedAtFix: 'Check the disk. It is tried again by itself.',
    isNoLongerThere: '{path} is no longer there.',
  },
  openFolder: {
    cannotBeWrittenTo: '{path} cannot be written to.',
  },
  passGuard: {
    theFolderIsOnAnother:
      'The folder is on another disk, or was replaced, since it was last seen. {count} entries missing in it stay at the target until you agree.',
  },
  pass: {
    theFolderWasReplacedBy: 'The folder was replaced by another while it was looked at.',
    theFolderWasReplacedByFix: 'Check that its disk is connected. It is looked at again by itself.',
  },
  guard: {
    theTargetIsEmptyBut:
      'The target is empty, but {known} files were known. Nothing is deleted in the folder until you agree.',
    entriesAreGone:
      '{recent} of {known} entries are gone at the target, more than the {allowed} that pass without asking. Nothing is deleted in the folder until you agree.',
    scrambled: '{scrambled} of {known} that were looked into hold nothing but noise, as encrypted files do',
    shifted: '{count} of them took the extension .{extension}',
    theSourceIsEmptyBut:
      'The source is empty, but {baselineFiles} files were known. Nothing is deleted until you agree.',
    ofEntriesWouldBeDeleted:
      '{deletions} of {baselineFiles} entries would be deleted at the target, more than the {allowed} that pass without asking.',
    theWholeFolderWithFiles:
      'The whole folder {path} with {files} files is gone. Nothing is deleted at the target until you agree.',
    ofFilesChangedAtOnce:
      '{count} of {baselineFiles} files changed at once, and {sign}. Nothing is replaced or deleted at the target until you agree.',
    ofFilesChangedAtOnce2:
      '{count} of {baselineFiles} files changed at once at the target, and {sign}. Nothing is replaced or deleted in the folder until you agree.',
  },
  plan: {
    here: {
      longPath: 'The path {path} is longer than the {most} bytes this computer can hold.',
      longName: 'The name of {path} is longer than the {most} bytes this computer can hold.',
      large: '{path} is larger than the {most} bytes this computer can hold.',
      refusedName: 'This computer cannot hold {path}: {problem}. Rename it.',
    },
    target: {
      longPath: 'The path {path} is longer than the {most} bytes the target can hold.',
      longName: 'The name of {path} is longer than the {most} bytes the target can hold.',
      large: '{path} is larger than the {most} bytes the target can hold.',
      refusedName: 'The target cannot hold {path}: {problem}. Rename it.',
    },
  },
  suspect: {
    missing: 'is missing',
    notSaved: 'was not saved again',
    zeros: 'holds nothing but zeros',
    empty: 'is empty',
    older: 'is older than the version that is safe',
    otherSize: 'has another size, but was not saved again',
    before: 'is from before the version that is safe',
    theComputerWentDownUnexpectedly:
      'The computer went down unexpectedly, and {path} {sign} since. The target keeps its {bytes, number, bytes} until you decide.',
  },
  runningEngine: {
    theFolderIsNotOpen: 'The folder is not open, so nothing can be brought back.',
    theFolderIsNotOpenFix: 'Look at its status, and try again once it is.',
  },
  diff: {
    otherCount: 'A listing holds other entries than it counted. Nothing was deleted.',
  },
  localScanner: {
    theScanWasCancelled: 'The scan was cancelled.',
  },
  twins: {
    givesWayToTheTarget: '{path} gives way to {twin}: the target takes one for the other.',
    givesWayToTheTargetFix: 'Rename one of them.',
  },
  twoWay: {
    wouldLetAChangeBe:
      '{location} would let a change be overwritten that somebody else made there, so two-way mode is not safe with it.',
    wouldLetAChangeBeFix: 'Use backup or mirror mode with it, or another target.',
  },
  coverage: {
    missing: 'The folder {root} is not there.',
    polled:
      'The folder is on a network file system ({kind}), where changes are not announced. It is looked through every {every, number, duration}.',
    failed:
      'Changes cannot be watched for at the moment. The folder is looked through every {every, number, duration} instead.',
    failedWith:
      'Changes cannot be watched for at the moment ({code}). The folder is looked through every {every, number, duration} instead.',
    manyDirectories:
      'This computer lets no more directories be watched (fs.inotify.max_user_watches). The folder is looked through every {every, number, duration} instead.',
    manyPrograms:
      'This computer lets no more programs watch directories (fs.inotify.max_user_instances). The folder is looked through every {every, number, duration} instead.',
    connectTheDiskItIs: 'Connect the disk it is on. It is picked up again by itself.',
    runSudoSysctlFsInotify: 'Run: sudo sysctl fs.inotify.max_user_watches=524288',
    runSudoSysctlFsInotify2: 'Run: sudo sysctl fs.inotify.max_user_instances=1024',
  },
} as const

/** What commands say that go over all files: passes, restores, checks, drills, clearing up. */
export const runMessages = {
  cleanup: {
    noFolderIsKeptSafe: 'No folder is kept safe yet.',
    noFolderIsKeptSafeFix: 'Name the target, such as s3://bucket/prefix or /mnt/backup.',
    pricesAsOfCheckThem: 'Prices as of {asOf}, {region}; check them against {checkAgainst}.',
    removedAt: '{dryRun, select, true{Would remove {amount} at {place}.} other{Removed {amount} at {place}.}}',
    ofOtherProgramsStayEnd:
      '{totals} of other programs stay: end them there, or by a lifecycle rule of the bucket (AbortIncompleteMultipartUpload).',
    couldNotBeRemovedSee: '{failed} could not be removed, see above.',
    amount: '{n, plural, one{# leftover} other{# leftovers}} ({bytes, number, bytes})',
    amountPriced: '{n, plural, one{# leftover} other{# leftovers}} ({bytes, number, bytes}, {price} a month)',
    perMonth: '{price}/month',
    outcomes: {
      removed: 'removed',
      'in-use': 'goes on',
      'too-young': 'too young',
      'not-ours': 'of another program',
      failed: 'could not be removed',
    },
    kinds: { upload: 'upload', temporary: 'temporary' },
    interruptedUploadsLeaveNothingAt: 'Interrupted uploads leave nothing at {place}.',
    noUnfinishedUploadIsLeft: 'No unfinished upload is left at {place}.',
    wouldBeRemoved: 'would be removed',
  },
  drill: {
    whatTheDrillLeftIs: 'What the drill left is in {root}.',
    seedNoFileOfYours: 'Seed {seed}. No file of yours was touched.',
    worksOnADiskOnly:
      'A drill works on a disk of this computer, not at {text}: it has an installation of its own that is signed in nowhere, and at a store its deletions would cost money, or fill a recycle bin.',
    worksOnADiskOnlyFix:
      'To see whether a store gives your own files back, read a part of them: "tidekeep verify {text} --read-data 5%", or restore them into an empty folder: "tidekeep restore {text} DIRECTORY", with --at as of a moment.',
    nothingWasLost: 'nothing was lost',
    lost: '{n, plural, one{# file} other{# files}} LOST ({named})',
    lostMore: '{n, plural, one{# file} other{# files}} LOST ({named}, …)',
    restoreDrillBackedUpIn:
      'Restore drill: {files, plural, one{# file} other{# files}}, {bytes, number, bytes}, backed up in {backupMs, number, duration}, changed, backed up again, destroyed.',
    asTheyWereLastBrought:
      '  As they were last: {lost}, brought back in {restoreMs, number, duration} ({bytes, number, rate}).',
    asTheyWereBeforeThe:
      '  As they were before the change: {lostAsOf}, brought back in {restoreAsOfMs, number, duration}.',
    ransomwareDrillEachTurnedInto:
      'Ransomware drill: {files, plural, one{# file} other{# files}}, {bytes, number, bytes}, each turned into noise and renamed while Tidekeep watched.',
    ofThemHadReachedThe:
      '  {reachedTarget} of them had reached the target when it was held (at most {allowed} may); {held, plural, one{# change} other{# changes}} waited for an answer.',
    asTheyWereBeforeThe2:
      '  As they were before the attack: {lost}, brought back in {restoreMs, number, duration} ({bytes, number, rate}).',
  },
  restore: {
    unsettled:
      'Passes kept changing the target while it was restored from: files may be missing. Run it again, which goes on where it was, or pause them.',
    hadNoRecordedChecksumOnly:
      '{unverified, plural, one{# file} other{# files}} had no recorded checksum; only the size could be compared. Compare with the source by "tidekeep verify --source".',
    isNotAFolderOf: '{text} is not a folder of this computer.',
    isNotAFolderOfFix: 'Name a folder.',
    theDirectoryLiesInsideThe: 'The directory lies inside the target it is restored from.',
    theDirectoryLiesInsideTheFix: 'Choose another directory.',
    atAndTokenBothSay: '--at and --token both say which version is wanted.',
    atAndTokenBothSayFix: 'Use one of them.',
    tokenNamesAVersionOf: '--token names a version of one file.',
    tokenNamesAVersionOfFix: 'Name the file with --path.',
    mustBeThawed:
      '{frozen, plural, one{# file} other{# files}} of these lie in an archive class. In how many hours they can be read, and for how much, says: {command}',
    asOfByWhatThe: 'As of {moment}, by what the target records.',
    leftOutNotThereYet:
      '{younger, plural, one{# file} other{# files}} left out: not there yet, or what it was then is not kept.',
    restoredThatMayNotHave:
      '{uncertain, plural, one{# file} other{# files}} restored that may not have been there yet, or not with this content: the target does not tell.',
    checkTheAddressAndThe: 'Check the address and the prefix of the target.',
    thePathIsRelativeTo: 'The path is relative to the target.',
    thereIsNothingIn: 'There is nothing in {target}.',
    thereIsNothingAtIn: 'There is nothing at {path} in {target}.',
  },
  thaw: {
    hasNothingThatMustBe: '{target} has nothing that must be thawed.',
    hasNothingThatMustBeFix: 'Restore from it as it is.',
    nothingWasAskedForYet: 'Nothing was asked for yet. Run it again with --yes.',
    askedForTheSameCommand:
      'Asked for {requested, plural, one{# file} other{# files}}. The same command says how far that is, from any computer.',
    nothingThereIsInAn: 'Nothing there is in an archive class: everything can be restored as it is.',
    inAnArchiveClass:
      '{archived, plural, one{# file} other{# files}} ({bytes, number, bytes}) in an archive class: {ready} ready to be restored, {underWay} being thawed, {toThaw} frozen.',
    whatThatCostsAtThis: 'what that costs at this store is not known',
    aboutToAskForIt: 'about {price} to ask for it',
    thawingAtTheSpeedTakes:
      'Thawing {toThaw, plural, one{# file} other{# files}} at the speed "{speed}" takes up to {longestMs, number, duration}; {price}.',
    theCopiesStayForAnd:
      'The copies stay for {days, plural, one{# day} other{# days}} and are stored at the standard price meanwhile; what leaves the store costs extra.',
  },
  undo: {
    was: {
      source: {
        replaced: 'was replaced in the folder',
        deleted: 'was deleted in the folder',
        foreign: 'was in the way in the folder',
        renamed: 'was renamed in the folder',
      },
      target: {
        replaced: 'was replaced at the target',
        deleted: 'was deleted at the target',
        foreign: 'was in the way at the target',
        renamed: 'was renamed at the target',
      },
    },
    noFolderIsKeptSafe: 'No folder is kept safe yet, so there is nothing to undo.',
    noFolderIsKeptSafeFix: 'Add one with "tidekeep folder add".',
    sayWhatToUndoPaths: 'Say what to undo: paths, --last or --since, one of them.',
    sayWhatToUndoPathsFix: 'For example: tidekeep undo --last 1.',
    thereIsNoFolderCalled: 'There is no folder called {named}.',
    thereIsNoFolderCalledFix: 'Look at "tidekeep folder list".',
    liesInNoFolderThat: '{text} lies in no folder that is kept safe.',
    nothingEarlierOfIsKept: 'Nothing earlier of {path} is kept.',
    nothingEarlierOfTheseIsKept: 'Nothing earlier of these paths is kept.',
    nothingEarlierOfIsKeptFix:
      'What is replaced or deleted at a target is kept for as many days as the setting keepDays says.',
    thereIsNothingToUndo: 'There is nothing to undo.',
    outcomes: {
      undone: 'brought back',
      beside: 'brought back beside',
      unchanged: 'is as it was',
      refused: 'left alone',
      failed: 'not brought back',
    },
    broughtBack:
      '{dryRun, select, true{Would bring back {n, plural, one{# file} other{# files}} of {of}.} other{Brought back {n, plural, one{# file} other{# files}} of {of}.}}',
  },
  verify: {
    goesOnAfterWhereThe:
      'Goes on after {after}, where the last run was cut off: {filesRead, plural, one{# file} other{# files}} ({bytesRead, number, bytes}) were read then. --restart begins anew.',
    couldNotBeCheckedSee: '{failed, plural, one{# file} other{# files}} could not be checked, see above.',
    couldNotBeComparedNo:
      '{unverifiable, plural, one{# file} other{# files}} could not be compared: no checksum was recorded.',
    lieInAnArchiveClass:
      '{archived, plural, one{# file} other{# files}} lie in an archive class and cannot be read before they are thawed.',
    interrupted: 'Interrupted: the rest was not looked at.',
    interruptedGoesOn: 'Interrupted: the rest was not looked at. The same command goes on from here.',
    nothingOnThisComputerRemembers:
      'Nothing on this computer remembers what {target} must hold, and nothing there says it.',
    nothingOnThisComputerRemembersFix:
      'Name the source with --source DIR, or read what the target recorded itself with --read-data.',
    theContentOfWasRead:
      '; the content of {filesRead, plural, one{# file} other{# files}} ({received, number, bytes}) was read back',
    nothingIsWrongWithWhat: 'Nothing is wrong with what was compared',
    lookedAtIn: '{scanned, plural, one{# file} other{# files}} looked at in {duration}{read}. {verdict}.',
    findings: '{n, plural, one{# finding} other{# findings}}',
  },
  versionsPrune: {
    aMonth: ', {price} a month',
    wouldGo: 'would go: {why}',
    gone: 'gone: {why}',
    staysNotWrittenByTidekeep: 'stays: not written by Tidekeep',
    staysLocked: 'stays: locked',
    staysTheStoreDoesNot: 'stays: the store does not let it go',
    couldNotBeRemoved: 'could not be removed',
    tidekeepKeepsNoEarlierVersions:
      'Tidekeep keeps no earlier versions at {place}: it has its own, and lets them go itself.',
    noEarlierVersionsAreKept: 'No earlier versions are kept at {place}.',
  },
  versions: {
    from: 'from {time}',
    untilNow: 'until now',
    until: 'until {time}',
    kept: '{n, plural, one{# earlier version} other{# earlier versions}} of {path}.',
    current: 'current',
    holdsNoVersionOf: '{target} holds no version of {path}.',
    holdsNoVersionOfFix: 'The path is relative to the target, and of a file.',
    holdsNoVersionOfGoneFix:
      'The path is relative to the target, and of a file. A deleted file is in the recycle bin of the drive, on the web.',
    keptByTheStore: '{why}, kept by the store itself',
  },
  drillSteps: {
    backingUp: 'Backing up.',
    restoring: 'Restoring.',
    failed: '{what}.',
    failedWhy: '{what}: {why}.',
    failedFix: 'Look at "tidekeep doctor", then try again.',
    theBackupOfTheDrill: 'The backup of the drill did not end well',
    restoringAsItWasBefore: 'Restoring as it was before.',
  },
  keptSentences: {
    versions: '{n, plural, one{# earlier version} other{# earlier versions}} ({amount})',
    letGo:
      '{dryRun, select, true{Would let go of {removed} kept at {place}.} other{Let go of {removed} kept at {place}.}}',
    ofThatAgeGoWith:
      '{later} of that age {n, plural, one{goes} other{go}} with the next runs: one run takes a week of them at most, and some can go only after the one that followed them.',
    ofThatAgeStayNothing:
      '{onlyCopies} of that age {n, plural, one{stays: nothing else of that file} other{stay: nothing else of those files}} is there.',
    ofThatAgeStayA:
      '{needed} of that age {n, plural, one{stays} other{stay}}: a conflict, or work that is not finished, may need {n, plural, one{it} other{them}}.',
    ofThatAgeStayThey:
      '{notOurs} of that age {n, plural, one{stays: it does not say that Tidekeep wrote it} other{stay: they do not say that Tidekeep wrote them}}.',
    ofThatAgeStayThe:
      '{locked} of that age {n, plural, one{stays: the bucket keeps it} other{stay: the bucket keeps them}} locked.',
    ofThatAgeStay: '{refused} of that age {n, plural, one{stays} other{stay}}. {message} {fix}',
    couldNotBeRemoved: '{failed} could not be removed.',
    areKeptAtTidekeepUndo:
      '{kept} {n, plural, one{is kept at {place}; "tidekeep undo" brings it} other{are kept at {place}; "tidekeep undo" brings them}} back.',
    areKeptByTheBucket:
      '{ofStore} {n, plural, one{is kept by the bucket, until a lifecycle rule of it lets it} other{are kept by the bucket, until a lifecycle rule of it lets them}} go.',
  },
  runReport: {
    leftOut: 'left out {path}',
    conflict: 'changed on both sides: {path}',
    moreConflicts: 'and {n, number} more: --verbose names all',
    lookingFilesSeen: 'Looking: {scanned, number} files seen',
    about: 'about {bytesTotal, number, duration}',
    filesOf: '{done, number} of {total, number} files',
  },
  summary: {
    failedSeeAbove: '{failed, plural, one{# file} other{# files}} failed, see above.',
    heldByTheGuardNothing:
      '{held, plural, one{# change} other{# changes}} held by the guard: nothing of them was deleted or overwritten. Run again with --held approve, keep or restore.',
    toDecideBothVersionsAre:
      '{conflicts, plural, one{# conflict} other{# conflicts}} to decide; both versions are kept.',
    waitForAConflict:
      '{waiting, plural, one{# file below it waits} other{# files below them wait}} for that: a file on one side is against a folder on the other.',
    vanished:
      '{vanished, plural, one{# file or folder} other{# files or folders}} went away while this run was under way: the next one takes that over.',
    putAside:
      '{putAside, plural, one{# version at the target that was not known here made way and is} other{# versions at the target that were not known here made way and are}} kept there: another program or computer may write to it, too.',
    interruptedWhatWasFinishedIs: 'Interrupted: what was finished is saved, run it again to go on.',
    requests: '{total, plural, one{# request} other{# requests}}',
    requestsAndCopies:
      '{total, plural, one{# request} other{# requests}}, {copies, number} of them copies inside the store',
    aboutAt: 'about {seconds, number, duration} at {bytesPerSecond, number, rate}',
    aboutForRequests: 'about {dollars, number, dollars} for requests',
    skippedSuffix: {
      skipped: '{n, number} skipped',
      thereAlready: '{n, number} there already',
    },
    nothingWasDone: 'Nothing was done',
    nothingToDo: 'Nothing to do',
    lookedAtIn: '{scanned, plural, one{# file} other{# files}} looked at in {durationMs, number, duration}',
    /** What was done, and what a dry run would do. */
    done: {
      uploaded: '{n, plural, one{# file} other{# files}} uploaded',
      downloaded: '{n, plural, one{# file} other{# files}} downloaded',
      moved: '{n, plural, one{# file} other{# files}} moved',
      metadata: '{n, plural, one{# item} other{# items}} updated without sending content',
      deleted: '{n, plural, one{# file} other{# files}} deleted',
    },
    planned: {
      uploaded: '{n, plural, one{# file} other{# files}} to be uploaded',
      downloaded: '{n, plural, one{# file} other{# files}} to be downloaded',
      moved: '{n, plural, one{# file} other{# files}} to be moved',
      metadata: '{n, plural, one{# item} other{# items}} to be updated without sending content',
      deleted: '{n, plural, one{# file} other{# files}} to be deleted',
    },
    reused: '{bytes, number, bytes} reused',
    savings:
      '{n, plural, one{# large file} other{# large files}} sent as differences: {sent, number, bytes} of {whole, number, bytes}, {share, number, percentage} saved.',
    savingsPlanned:
      '{n, plural, one{# large file} other{# large files}} to be sent as differences: {sent, number, bytes} of {whole, number, bytes}, {share, number, percentage} saved.',
    toSend: '{bytes, number, bytes} to send',
    uploads: 'Uploads: {parts}.',
    of: ' of {whole, number, bytes}',
  },
  sync: {
    resolveIsAboutConflictsWhich: '--resolve is about conflicts, which only two-way mode has.',
    resolveIsAboutConflictsWhichFix: 'Add --mode two-way.',
    deleteContradictsMode: '--delete contradicts --mode {mode}.',
    deleteContradictsModeFix: 'Use one of them.',
    theFileOfExcludeFrom: 'The file {file} of --exclude-from cannot be read ({code}).',
    theFileOfExcludeFromFix: 'Check its path.',
  },
  ransomwareDrill: {
    waitingForTheFirstBackup: 'Waiting for the first backup.',
    asItWasBeforeThe: 'as it was before the attack',
    turningFilesIntoNoise: 'Turning {size} files into noise.',
    theFolderOfTheDrill: 'The folder of the drill is not open',
    theDrillDidNotCome: 'The drill did not come to an end',
  },
  restoreDrill: {
    asItWasLast: 'as it was last',
    asItWasBefore: 'as it was before',
  },
} as const

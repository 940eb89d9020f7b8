/** What goes wrong while files are brought back, or looked at. */
export const restoreFailureMessages = {
  bringBack: {
    theFolderIsNotThere: 'The folder {path} is not there, so nothing can be brought back into it.',
    theFolderIsNotThereFix: 'Check that its disk is connected.',
    wasChangedAtTheTarget: '{path} was changed at the target by someone else since it was kept there.',
    wasChangedAtTheTargetFix: 'Look at what is there with "tidekeep restore".',
  },
  damagedVersion: {
    wasNotRestoredTheVersion:
      '{path} was not restored: the version that was there until {moment} is damaged at {location}.',
    wasNotRestoredTheVersionFix: 'No older version of it is kept.',
    takeOlder:
      'Take the next older one, which was there until {moment}: tidekeep restore with --path {path} --token {token}.',
  },
  keptSource: {
    keepsNoEarlierVersions: '{location} keeps no earlier versions that Tidekeep can reach.',
    keepsNoEarlierVersionsFix: 'Restore what it holds now: leave out the moment.',
    tellsOfVersionsByFile: '{location} tells of earlier versions one file at a time, and of deleted files not at all.',
    tellsOfVersionsByFileFix:
      'Look at one file with "tidekeep versions", or restore as of a moment. What was deleted is in the recycle bin of the drive, on the web.',
    hasNoVersionAt: '{path} has no version {token} at {location}.',
    hasNoVersionAtFix: 'Run "tidekeep versions" to see those there are.',
  },
  localDestination: {
    wasNotRestoredAFile: '{path} was not restored: a file of that name appeared meanwhile.',
    wasNotRestoredAFileFix: 'Run the restore again.',
  },
  proof: {
    otherContent: 'its content is not that of the file it was made from',
    otherSize: 'it came back with {size, number, bytes} instead of {wanted, number, bytes}',
    itIsMissingAtThe: 'it is missing at the target',
  },
  restoreFile: {
    wasNotRestoredAFolder: '{path} was not restored: a folder of that name is in its place.',
    wasNotRestoredAFolderFix: 'Move the folder away, or restore into another folder.',
    wasNotRestoredADifferent: '{path} was not restored: a different file of that name is there.',
    wasNotRestoredADifferentFix:
      'Restore into another folder, or use --overwrite; the old file is then kept beside the new one.',
    wasNotRestoredItsContent: '{path} was not restored: its content at the target is not what was backed up.',
    wasNotRestoredItsContentFix:
      'Run "tidekeep verify" on the target, and look for an older version of this file there.',
  },
  restore: {
    special: '{path} is neither a file nor a folder and was left out.',
    replaced: '{path} was replaced; the old file is now {keptAs}.',
    theRestoreNeedsAndThe:
      'The restore needs {neededBytes, number, bytes} and the disk has {free, number, bytes} free; nothing was written.',
    theRestoreNeedsAndTheFix: 'Make room, restore onto another disk, or restore a part with --path.',
    wasNotRestoredTheVersion: '{path} was not restored: the version it had then is not kept.',
    nearest:
      '{path} was not restored: the version it had then is not kept. Nearest are the one that was there until {until} and the one from {from} on.',
    nearestUntil:
      '{path} was not restored: the version it had then is not kept. Nearest is the one that was there until {until}.',
    wasNotRestoredTheVersionFix:
      'Run "tidekeep versions" to see which versions there are. Ends are recorded by the second: a moment a second earlier may have one.',
    isNotThereAnyMore: '{path} was not restored: it was there then, and was deleted, moved or renamed since.',
    isNotThereAnyMoreFix:
      'OneDrive does not tell programs what is in the recycle bin. Look for the file there, on the web; put back in its place, it can be restored.',
    whatWasDeletedIsNotTold:
      'OneDrive does not tell what was deleted since then, so only what the history of this computer knows of it is named. Look in the recycle bin of the drive, on the web.',
    wasNotRestored: '{path} was not restored: {problem}.',
    /** What stands for `problem`. */
    noName: 'it has no name',
    reservedName: 'the name is reserved for Tidekeep',
    wasNotRestoredFix: 'The target holds a name that cannot be written safely on this computer.',
  },
  runs: {
    thisRestoreEndedLongAgo: 'This restore ended long ago.',
    theRestoreWasCancelled: 'The restore was cancelled.',
    whatWouldBeRestoredIs: 'What would be restored is not known yet.',
    aVersionIsOfOne: 'A version is of one file, and has a time of its own.',
    aWholeFolderCannotBe: 'A whole folder cannot be brought back beside itself.',
    aWholeFolderCannotBeFix: 'Restore it into another folder.',
    theFolderIsNotThere: 'The folder {path} is not there, so nothing can be brought back into it.',
    theFolderIsNotThereFix: 'Check that its disk is connected, or restore into another folder.',
    anotherRestoreIsUnderWay: 'Another restore is under way.',
    anotherRestoreIsUnderWayFix: 'Wait until it is done, or cancel it.',
    hasNothingOfWhatWas: '{target} has nothing of what was chosen at that moment.',
    hasNothingOfWhatWasFix: 'Choose another moment.',
  },
  stillCurrent: {
    changedAtTheTargetSince: '{path} changed at the target since it was looked at.',
    changedAtTheTargetSinceFix: 'Read the folder again.',
  },
  thawJobs: {
    theseFilesAreStillBeing: 'These files are still being thawed.',
    theseFilesAreStillBeingFix: 'Stop it first.',
    thisIsNotKnownAny: 'This is not known any more.',
    theFolderWasRemovedOr: 'The folder was removed, or is kept at another target now, so nothing was restored.',
    theStoreGivesNoneOf: 'The store gives none of these files.',
    theStoreDidNotMake: 'The store did not make the copies in the time it promises, nor in the week after.',
    theStoreDidNotMakeFix: 'Look at the files in the console of the store.',
    thawingWasStopped: 'Thawing was stopped.',
  },
  thawPlans: {
    whatWasLookedAtWas: 'What was looked at was let go of meanwhile; nothing was asked for.',
    whatWasLookedAtWasFix: 'Choose what to restore again.',
    lookingAtArchivedFilesWas: 'Looking at archived files was ended.',
    theArchivedFilesAreStill: 'The archived files are still being looked at.',
    hasNothingThatMustBe: '{location} has nothing that must be thawed.',
  },
  thaw: {
    back: '{n, plural, one{# file is} other{# files are}} back.',
    backInPart:
      '{n, plural, one{# file is} other{# files are}} back. {failed, plural, one{# file was} other{# files were}} not: look in Restore.',
    readable: 'Archived files can be read',
    readableBody: '{n, plural, one{# file} other{# files}}: being restored now.',
    notRestored: 'Archived files were not restored',
    notHad: 'They cannot be had.',
    restored: 'Archived files restored',
    ended: 'The copy ended before it was restored. Ask for it again.',
    isInWhichCannotBe: '{path} is in {storageClass}, which cannot be thawed at the speed "{speed}".',
    isInWhichCannotBeFix: 'Choose another speed with --speed, or a part of the target with --path.',
  },
  readTimeline: {
    theTargetHoldsMoreThan:
      'The target holds more than {maxVersions, number} versions, which is more than can be shown at once.',
    theTargetHoldsMoreThanFix: 'Restore a part of it: tidekeep restore TARGET DIRECTORY --path FOLDER --at TIME.',
  },
  timelines: {
    whatWasReadOfThis: 'What was read of this folder was let go of meanwhile.',
    whatWasReadOfThisFix: 'Open the folder again.',
    readingThisFolderWasEnded: 'Reading this folder was ended.',
    whatHoldsIsStillBeing: 'What {target} holds is still being read.',
    whatHoldsIsStillBeingFix: 'Wait until it is read.',
  },
  verifyKept: {
    theVersionOfThatWas: 'The version of {path} that was there until {until} is damaged at the target.',
  },
  verifySource: {
    isNotAtTheTarget: '{path} is not at the target yet.',
    differsFromItsCopyAt: '{path} differs from its copy at the target.',
  },
  verify: {
    missing: '{path} is missing at the target.',
    otherSize: '{path} has {held} bytes at the target instead of {size}.',
    wasChangedAtTheTarget: '{path} was changed at the target.',
    hasOtherContentAtThe: '{path} has other content at the target than was backed up.',
    doesNotMatchTheChecksum: '{path} does not match the checksum that is stored with it.',
  },
} as const

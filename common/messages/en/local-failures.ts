/** What goes wrong at folders and disks. */
export const localFailureMessages = {
  assemble: {
    canOnlyBeStoredWhole: '{path} can only be stored whole here.',
    thePartAtCannotBe: 'The part at {start} cannot be made at a local target.',
  },
  blame: {
    theDiskReportedAnErrorSomewhere: 'The disk reported an error, and keeps other files.',
    theDiskReportedAnError: 'The disk reported an error at {path}, and keeps other files.',
    theDiskReportedAnErrorFix: 'Check that disk: it may be failing.',
  },
  copyOut: {
    isNotThere: '{root} is not there.',
  },
  groupSync: {
    theDiskHoldingCouldNot: 'The disk holding {root} could not store what was written.',
    theDiskHoldingCouldNotFix: 'Check the disk: it may be failing or gone.',
  },
  index: {
    isNotThere: '{full} is not there.',
  },
  kept: {
    isNotTheNameOf: '{token} is not the name of a version that is kept at {location}.',
  },
  names: {
    nothingCanBeStoredAt: 'Nothing can be stored at {path}: Tidekeep needs that place itself.',
    nothingCanBeStoredAtFix: 'Rename it, or exclude it with an ignore rule.',
  },
  putStream: {
    cancelled: 'Cancelled.',
    turnedOutThanItWas: '{path} turned out {how} than it was when it was found.',
    turnedOutThanItWasFix: 'It is tried again once it is quiet.',
  },
  put: {
    isNotTheContentIt: '{path} is not the content it was said to be.',
    isNotTheContentItFix: 'It is tried again once it is quiet.',
  },
  read: {
    bytesToOfWereAsked: 'Bytes {start} to {end} of {path} were asked for, but it has {size}.',
    becameShorterWhileItWas: '{path} became shorter while it was read.',
    isNotAFile: '{path} is not a file.',
  },
  targetGuard: {
    isNotAFolder: '{root} is not a folder.',
    isNotAFolderFix: 'Choose a folder as the target.',
  },
  taskControl: {
    cancelled: 'Cancelled.',
  },
} as const

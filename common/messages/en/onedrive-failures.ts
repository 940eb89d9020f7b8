/** What goes wrong at OneDrive and SharePoint. */
export const onedriveFailureMessages = {
  change: {
    isNotEmpty: '{about} is not empty.',
  },
  context: {
    doesNotExist: '{shown} does not exist.',
    isNotWhatItWas: '{shown} is not what it was expected to be.',
    cannotBeKeptBesideOnedrive:
      '{shown} cannot be kept beside "{name}": OneDrive does not tell names apart that differ only by case.',
    cannotBeKeptBesideOnedriveFix: 'Rename {path} or the other one.',
  },
  errors: {
    freeSpaceInItThe: 'Free space in it (the recycle bin counts, too) or get more.',
    shortenThePathOrChoose: 'Shorten the path or choose a folder further up at the target.',
    itIsTriedAgainBy: 'It is tried again by itself.',
    lookAtTheFileIn: 'Look at the file in the browser, where its owner can decide.',
    itIsTriedAgainLater: 'It is tried again later.',
    signInToTheAccount: 'Sign in to the account again.',
    checkThatTheAccountMay: 'Check that the account may write there.',
    checkTheNetworkConnectionIt: 'Check the network connection; it is tried again by itself.',
    onedriveGaveAnAnswerThat: 'OneDrive gave an answer that makes no sense: {what}.',
    onedriveGaveAnAnswerThatFix:
      'It is tried again by itself; if it stays, something between here and OneDrive answers in its place.',
    onedriveAsksToSlowDown: 'OneDrive asks to slow down.',
    theOnedriveIsFull: 'The OneDrive is full.',
    thePathIsLongerThan: 'The path {path} is longer than the 400 characters OneDrive allows.',
    onedriveIsBusy: 'OneDrive is busy.',
    doesNotExist: '{path} does not exist.',
    existsAlready: '{path} exists already.',
    isNotWhatItWas: '{path} is not what it was expected to be.',
    onedriveTookForMalwareAnd: 'OneDrive took {path} for malware and gives it to nobody.',
    isLargerThanOnedriveTakes: '{path} is larger than OneDrive takes.',
    isOpenForEditingIn: '{path} is open for editing in OneDrive.',
    onedriveRefusesTheSignIn: 'OneDrive refuses the sign-in.',
    onedriveRefusesAccessTo: 'OneDrive refuses access to {path}.',
    onedriveWantsItsListingTo: 'OneDrive wants its listing to be begun anew.',
    onedriveHasNoSuchRange: 'OneDrive has no such range of {path}.',
    theBandwidthOfTheOnedrive: 'The bandwidth of the OneDrive is used up for now.',
    onedriveRefusedARequestFor: 'OneDrive refused a request for {path} ({name}).',
  },
  folders: {
    isAFileNotA: '{shown} is a file, not a folder.',
  },
  list: {
    changesTooFastToBe: '{about} changes too fast to be listed now.',
    changesTooFastToBeFix: 'It is tried again by itself.',
  },
  names: {
    thePathIsLongerThan:
      'The path {path} is longer than the {MAXPATHCHARACTERS} characters OneDrive allows, or a name in it longer than {MAXNAMECHARACTERS}.',
    thePathIsLongerThanFix: 'Shorten the path or choose a folder further up at the target.',
  },
  put: {
    theFolderOfWentAway: 'The folder of {context} went away.',
    theFolderOfWentAwayFix: 'It is tried again by itself.',
    onedriveHoldsDifferentlyFromHow: 'OneDrive holds {shown} differently from how it was sent.',
    onedriveHoldsDifferentlyFromHowFix: 'It is tried again by itself; if it stays, the way to OneDrive is faulty.',
  },
  read: {
    isNotAFileThat: '{shown} is not a file that can be downloaded.',
    hasNoSuchRangeOf: '{shown} has no such range of bytes.',
    readingFailed: 'Reading {shown} failed: {why}.',
    readingFailedFix: 'It is tried again by itself.',
  },
  upload: {
    cancelled: 'Cancelled.',
    onedriveLostTheUnfinishedUpload: 'OneDrive lost the unfinished upload of {path} again and again.',
    onedriveLostTheUnfinishedUploadFix: 'It is tried again by itself.',
  },
  connection: {
    unexpected: 'Talking to OneDrive failed unexpectedly.',
    connect: 'OneDrive cannot be reached.',
    name: 'The name of the OneDrive service cannot be looked up.',
    tls: 'The OneDrive service does not prove who it is (TLS failed).',
    reset: 'OneDrive cut the connection.',
    idle: 'OneDrive stopped answering.',
  },
} as const

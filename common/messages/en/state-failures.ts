/** What goes wrong with settings and state. */
export const stateFailureMessages = {
  accountFiles: {
    theAccountFileCannotBe: 'The account file {path} cannot be read.',
    theAccountFileCannotBeFix: 'Check that you own it.',
    noJson: 'no JSON',
    theAccountFileWasMade: 'The account file {path} was made by a newer version of Tidekeep. Nothing was touched.',
    theAccountFileWasMadeFix: 'Install the newer version again.',
    theAccountFileIsDamaged: 'The account file {path} is damaged. It was left as it is.',
    theAccountFileIsDamagedFix: 'Remove the account and sign in again.',
    notSaved:
      '{isFull, select, true{The disk is full: {path} was not saved.} other{The account file {path} cannot be written.}}',
    notSavedFix:
      '{isFull, select, true{Free some space on that disk.} other{Check that you own it and that the disk is not read-only.}}',
  },
  conflictStore: {
    thereIsNoConflictOr: 'There is no conflict {id}, or its record is damaged.',
  },
  instanceLock: {
    anotherTidekeepIsAlreadyUsing: 'Another Tidekeep is already using {directory}.',
    anotherTidekeepIsAlreadyUsingPid: 'Another Tidekeep is already using {directory} (pid {pid}).',
    anotherTidekeepIsAlreadyUsingFix: 'Use the running one, or stop it first.',
  },
  jobRows: {
    theRecordOfThisJob: 'The record of this job is damaged.',
    theRecordOfThisJobFix: 'Drop it: the next full pass looks at the file again.',
    theRecordOfWhyThis: 'The record of why this is held is damaged.',
  },
  settingsFile: {
    theSettingsInCannotBe: 'The settings in {path} cannot be read: {reason}.',
    theSettingsInCannotBeFix: 'Correct the file. Tidekeep changed nothing.',
    theSettingsInCannotBeFixBackup: 'Correct the file, or copy {backupPath} over it. Tidekeep changed nothing.',
    theSettingsFileIsMissing: 'The settings file {path} is missing, but a backup of it is there.',
    theSettingsFileIsMissingFix: 'Copy {backupPath} to {path}; to start without settings, delete the backup too.',
    theSettingsFileCannotBe: 'The settings file {path} cannot be opened.',
    theSettingsFileCannotBeFix: 'Check that it is a file and that you may read it.',
    notSaved:
      '{isFull, select, true{The disk is full: {path} was not saved.} other{The settings file {path} cannot be written.}}',
    notSavedFix:
      '{isFull, select, true{Free some space on that disk.} other{Check that you own it and that the disk is not read-only.}}',
  },
  settingsSchema: {
    isUsedByAnotherFolder: 'is used by another folder',
  },
  settingsStore: {
    theSettingsInAreNot: 'The settings in {path} are not valid: {first}{more}.',
    theSettingsInAreNotFix: 'Correct the named field. Nothing was changed.',
    theSettingsInWereMade: 'The settings in {path} were made by a newer version of Tidekeep. Nothing was touched.',
    theSettingsInWereMadeFix: 'Install the newer version again, or move the file away to start with new settings.',
  },
  connection: {
    aTransactionMustNotWait: 'A transaction must not wait: its work returned a promise.',
  },
  errors: {
    theStateFileIsIn: 'The state file {path} is in use by another program.',
    theStateFileIsInFix: 'Close the other Tidekeep (or the tool that has the file open) and try again.',
    theStateFileIsDamaged: 'The state file {path} is damaged.',
    theStateFileIsDamagedFix:
      'Restart Tidekeep: it puts the file aside and compares every folder again. Your files are not affected.',
    theDiskIsFullThe: 'The disk is full: the state file {path} could not be written.',
    theDiskIsFullTheFix: 'Free some space on that disk.',
    theStateFileCannotBe: 'The state file {path} cannot be opened for writing.',
    theStateFileCannotBeFix: 'Check that you own the file and its directory and that the disk is not read-only.',
    theStateFileCouldNot: 'The state file {path} could not be read or written: the disk reported an error.',
    theStateFileCouldNotFix: 'Check the disk it is on.',
    theStateFileCouldNot2: 'The state file {path} could not be used: {error}',
  },
  openFile: {
    theStateFileWasMade: 'The state file {path} was made by a newer version of Tidekeep. Nothing was touched.',
    theStateFileWasMadeFix:
      'Install the newer version again, or move the file away: Tidekeep then compares every folder afresh.',
    theStateDirectoryCannotBe: 'The state directory {path} cannot be written.',
    theStateDirectoryCannotBeFix: 'Check that it is a directory, that you own it and that the disk is not read-only.',
    theDiskIsFullThe: 'The disk is full: the state file {path} could not be prepared.',
    theDiskIsFullTheFix: 'Free some space on that disk and start Tidekeep again.',
  },
  storedJson: {
    aStoredRecordCannotBe: 'A stored record cannot be read: {reason}.',
  },
  updateMemory: {
    whatIsKnownOfEarlier: 'What is known of earlier updates cannot be read: {path}.',
    whatIsKnownOfEarlierFix: 'Remove that file once you know that the program is up to date.',
  },
} as const

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
    empty: 'it is empty',
    notJson: 'it is not valid JSON{where}',
    notObject: 'it is not a JSON object',
    theSettingsInCannotBe: 'The settings in {path} cannot be read: {reason}.',
    theSettingsInCannotBeFix: 'Correct the file. Tidekeep changed nothing.',
    theSettingsInCannotBeFixBackup: 'Correct the file, or copy {backupPath} over it. Tidekeep changed nothing.',
    theSettingsFileIsMissing: 'The settings file {path} is missing, but a backup of it is there.',
    theSettingsFileIsMissingFix: 'Copy {backupPath} to {path}; to start without settings, delete the backup too.',
    theSettingsFileCannotBe: 'The settings file {path} cannot be opened.',
    theSettingsFileCannotBeFix:
      'Check that it is a file and that you may read it: after a run with sudo it may belong to root.',
    notSaved:
      '{isFull, select, true{The disk is full: {path} was not saved.} other{The settings file {path} cannot be written.}}',
    notSavedFix:
      '{isFull, select, true{Free some space on that disk.} other{Check that you own it and that the disk is not read-only.}}',
  },
  settingsSchema: {
    name: 'must be a name',
    deviceName: 'must be a short name without a slash, or empty',
    units: {
      bytesPerSecond: {
        least: 'must be a whole number of bytes a second, {least} or more',
        range: 'must be a whole number of bytes a second, {least} to {most}',
      },
      percent: {
        least: 'must be a whole number of percent, {least} or more',
        range: 'must be a whole number of percent, {least} to {most}',
      },
      milliseconds: {
        least: 'must be a whole number of milliseconds, {least} or more',
        range: 'must be a whole number of milliseconds, {least} to {most}',
      },
      transfers: {
        least: 'must be a whole number of transfers, {least} or more',
        range: 'must be a whole number of transfers, {least} to {most}',
      },
      files: {
        least: 'must be a whole number of files, {least} or more',
        range: 'must be a whole number of files, {least} to {most}',
      },
      bytes: {
        least: 'must be a whole number of bytes, {least} or more',
        range: 'must be a whole number of bytes, {least} to {most}',
      },
      days: {
        least: 'must be a whole number of days, {least} or more',
        range: 'must be a whole number of days, {least} to {most}',
      },
      weeks: {
        least: 'must be a whole number of weeks, {least} or more',
        range: 'must be a whole number of weeks, {least} to {most}',
      },
      months: {
        least: 'must be a whole number of months, {least} or more',
        range: 'must be a whole number of months, {least} to {most}',
      },
    },
    line: 'must be a line of text',
    lineList: 'must be a list of lines',
    text: 'must be a text',
    notEmpty: 'must not be empty',
    flag: 'must be true or false',
    address: 'must be an address',
    webhook: 'must be an https address (or one of this computer) without a password, or empty',
    endpoint: 'must start with http:// or https://, without a user name or query',
    object: 'must be an object',
    absolute: 'must be an absolute path',
    percent: 'must be a number, 0 to 100',
    rules: 'must be a list of rules',
    one: 'must be 1',
    folders: 'must be a list of folders',
    timetable: 'must be lines such as "Mon-Fri 09:00-18:00 2MiB"',
    least: 'must be 0 or more',
    most: 'must be at most 100',
    blockSize: 'must be 0, or 65536 to 5242880 bytes',
    months: 'must be a whole number of months, or "forever"',
    pausedUntil: 'must be a time in milliseconds, 0 or "forever"',
    languageText: 'must be the tag of a language',
    language: 'must be "system" or the tag of a language',
    quietHours: 'must be lines such as "daily 22:00-07:00"',
    oneOf: 'must be one of {words}',
    microsoftClientId: 'must be the client id of an application, or empty',
    microsoftAuthority: 'must be an address such as https://login.microsoftonline.com',
    microsoftGraph: 'must be an address such as https://graph.microsoft.com',
    isUsedByAnotherFolder: 'is used by another folder',
  },
  settingsStore: {
    theFile: 'the file',
    more: ' (and {n} more)',
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
  store: {
    putAside:
      'The record of what is already safe was damaged ({reason}) and was put aside as {path}. Every folder is compared again before anything is deleted.',
  },
} as const

/** What goes wrong with the store of secrets. */
export const secretFailureMessages = {
  keychain: {
    described: 'system keychain',
    theSystemKeychainDidNot: 'The system keychain did not answer.',
    theSystemKeychainDidNotFix: 'Unlock it and try again.',
  },
  openSecrets: {
    thereIsNoSystemKeychain: 'There is no system keychain that keeps what it is given.',
    thereIsNoSystemKeychainFix: 'Start or unlock it, or set TIDEKEEP_SECRETS=file and TIDEKEEP_PASSPHRASE.',
    tidekeepSecretsMustBeKeychain: 'TIDEKEEP_SECRETS must be "keychain" or "file", not {choice}.',
    tidekeepSecretsMustBeKeychainFix: 'Correct or remove the variable.',
    thePassphraseFileIsEmpty: 'The passphrase file {path} is empty.',
    thePassphraseFileIsEmptyFix: 'Write the passphrase into it, on one line.',
    thePassphraseFileCannotBe: 'The passphrase file {path} cannot be read.',
    thePassphraseFileCannotBeFix: 'Check TIDEKEEP_PASSPHRASE_FILE.',
  },
  sealedDocument: {
    theSecretsFileWasMade: 'The secrets file {path} was made by a newer version of Tidekeep. Nothing was touched.',
    theSecretsFileWasMadeFix: 'Install the newer version again, or move the file away and enter the keys again.',
    theSecretsFileIsDamaged: 'The secrets file {path} is damaged. It was left as it is.',
    theSecretsFileIsDamagedFix: 'Put a copy of it back, or move it away and enter the keys again.',
  },
  sealedFile: {
    describedByKey: 'sealed file, key beside it: protects against copying the file alone',
    describedByPassphrase: 'sealed file, opened with your passphrase',
    needsPassphrase: 'The secrets in {path} are sealed with a passphrase.',
    keyMissing: 'The key file {path} that opens the secrets is missing.',
    wrongKey: 'The key file {keyPath} does not open the secrets in {path}.',
    wrongPassphrase: 'The passphrase does not open the secrets in {path}.',
    setTidekeepPassphraseOrTidekeep: 'Set TIDEKEEP_PASSPHRASE, or TIDEKEEP_PASSPHRASE_FILE to a file that holds it.',
    putItBackOrMove: 'Put it back, or move {path} away and enter the keys again.',
    putBackTheKeyFile: 'Put back the key file that belongs to it, or move both away and enter the keys again.',
    setTidekeepPassphraseToThe: 'Set TIDEKEEP_PASSPHRASE to the passphrase they were sealed with.',
    theSecretInIsDamaged: 'The secret {name} in {path} is damaged. It was left as it is.',
    theSecretInIsDamagedFix: 'Enter that key again, or put a copy of the file back.',
    notSaved:
      '{isFull, select, true{The disk is full: {path} was not saved.} other{The file {path} cannot be opened.}}',
    notSavedFix:
      '{isFull, select, true{Free some space on that disk.} other{Check that you own it and that the disk is not read-only.}}',
  },
} as const

import { Argument, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'
import { helpTexts } from '../help-texts.ts'

/** Who may use a store: people who sign in, programs with keys. */
export function defineAccountCommands(program: Commander, run: Runner): void {
  const account = program.command('account').description(helpTexts.account)
  const add = account
    .command('add')
    .description(helpTexts.accountAdd)
    .addArgument(new Argument('<kind>', helpTexts.accountAddKind).choices(['onedrive', 's3']))
    .option('--name <name>', helpTexts.accountAddName)
    .option('--keys-file <file>', helpTexts.accountAddKeysFile)
  addSignInOptions(add)
  add.action(run(async () => (await import('../commands/account.ts')).accountAdd))
  const signIn = account
    .command('sign-in')
    .description(helpTexts.accountSignIn)
    .argument('<name>', helpTexts.accountSignInName)
  addKeyOptions(signIn)
  signIn.action(run(async () => (await import('../commands/account.ts')).accountSignIn))
  account
    .command('list')
    .description(helpTexts.accountList)
    .action(run(async () => (await import('../commands/account.ts')).accountList))
  account
    .command('remove')
    .description(helpTexts.accountRemove)
    .argument('<name>', helpTexts.accountRemoveName)
    .action(run(async () => (await import('../commands/account.ts')).accountRemove))
  account
    .command('test')
    .description(helpTexts.accountTest)
    .argument('<name>', helpTexts.accountTestName)
    .action(run(async () => (await import('../commands/account.ts')).accountTest))
}

function addSignInOptions(command: Commander): void {
  addKeyOptions(command)
  command
    .option('--tenant <tenant>', helpTexts.signInTenant)
    .option('--drive <id>', helpTexts.signInDrive)
    .option('--client-id <id>', helpTexts.signInClientId)
}

function addKeyOptions(command: Commander): void {
  command
    .option('--device-code', helpTexts.keyDeviceCode)
    .option('--client-secret-file <file>', helpTexts.keyClientSecretFile)
    .option('--certificate-file <file>', helpTexts.keyCertificateFile)
}

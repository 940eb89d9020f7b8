import { Argument, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'

/** Who may use a store: people who sign in, programs with keys. */
export function defineAccountCommands(program: Commander, run: Runner): void {
  const account = program.command('account').description('sign-ins and keys for stores')
  const add = account
    .command('add')
    .description('sign in to OneDrive, or save the keys of an S3 store')
    .addArgument(new Argument('<kind>', 'the kind of store').choices(['onedrive', 's3']))
    .option('--name <name>', 'what to call it, as in onedrive://name/folder (default: made from who signs in)')
    .option('--keys-file <file>', 'of an S3 store: a file with the access key id and the secret key, each on a line')
  addSignInOptions(add)
  add.action(run(async () => (await import('../commands/account.ts')).accountAdd))
  const signIn = account
    .command('sign-in')
    .description('sign in again; what waited for it goes on where it stopped')
    .argument('<name>', 'the account')
  addKeyOptions(signIn)
  signIn.action(run(async () => (await import('../commands/account.ts')).accountSignIn))
  account
    .command('list')
    .description('list the accounts')
    .action(run(async () => (await import('../commands/account.ts')).accountList))
  account
    .command('remove')
    .description('forget an account and its keys; what is stored there stays')
    .argument('<name>', 'the account')
    .action(run(async () => (await import('../commands/account.ts')).accountRemove))
  account
    .command('test')
    .description('find out whether an account still opens its drive')
    .argument('<name>', 'the account')
    .action(run(async () => (await import('../commands/account.ts')).accountTest))
}

function addSignInOptions(command: Commander): void {
  addKeyOptions(command)
  command
    .option('--tenant <tenant>', 'the organisation, by its domain or id (default: any)')
    .option('--drive <id>', 'another drive than your own: a SharePoint library, or the one a program is to use')
    .option('--client-id <id>', 'another application than the setting microsoftClientId')
}

function addKeyOptions(command: Commander): void {
  command
    .option('--device-code', 'sign in with a code on another device; for computers without a browser')
    .option('--client-secret-file <file>', 'sign in as a program: a file with its client secret')
    .option('--certificate-file <file>', 'sign in as a program: a PEM file with its certificate and private key')
}

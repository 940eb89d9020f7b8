import type { AccountState, Accounts } from '../../accounts/accounts.ts'
import { isAccountName } from '../../../common/location.ts'
import type { Command, Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { usageError } from '../failure.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'
import { addOneDrive, goOn, signInAgain } from './account-sign-in.ts'
import { addS3 } from './account-keys.ts'
import { cliTexts } from '../cli-texts.ts'

/** `tidekeep account add KIND`. */
export const accountAdd: Command = async (context, input) => {
  const name = input.options['name'] as string | undefined
  if (name !== undefined && !isAccountName(name))
    throw usageError(cliTexts.account.anAccountIsCalledBy, cliTexts.account.anAccountIsCalledByFix)
  const accounts = await openAccounts(context)
  const isS3 = input.args[0] === 's3'
  const account = isS3 ? await addS3(context, input, accounts) : await addOneDrive(context, input, accounts)
  const use = isS3 ? `--account ${account.name}` : cliTexts.account.onedriveFolderAsATarget({ name: account.name })
  context.output.line(cliTexts.account.isReadyUse({ account: describe(account), use }))
  return finish(context, account)
}

/** `tidekeep account sign-in NAME`. */
export const accountSignIn: Command = async (context, input) => {
  const accounts = await openAccounts(context)
  const { keysDoNotSignIn, keysDoNotSignInFix } = cliTexts.account
  refuseKeys(accounts, input.args[0] as string, (name) => usageError(keysDoNotSignIn(name), keysDoNotSignInFix(name)))
  const account = await signInAgain(context, input, accounts)
  context.output.line(cliTexts.account.isSignedInAgain({ account: describe(account) }))
  return finish(context, account)
}

/** `tidekeep account list`. */
export const accountList: Command = async (context) => {
  const { output } = context
  const accounts = (await openAccounts(context)).list()
  if (accounts.length === 0) output.line(cliTexts.account.thereIsNoAccountYet)
  const rows = accounts.map(({ name, kind, userName, state }) => [name, kind, userName, state.replaceAll('-', ' ')])
  for (const line of table(rows.map((row) => row.map(printable)))) output.line(line)
  output.result({ type: 'accounts', accounts })
  return EXIT.ok
}

/** `tidekeep account remove NAME`. What is stored there stays. */
export const accountRemove: Command = async (context, { args }) => {
  const { output, ports, paths, io } = context
  const name = args[0] as string
  await (await openAccounts(context)).remove(name)
  output.line(cliTexts.account.theAccountAndItsKeys({ name: printable(name) }))
  const { folders } = (await ports.config(paths, io.env)).values
  const left = folders.filter(({ target, s3 }) => isAt(target, name) || s3?.accountId === name)
  for (const folder of left) output.warn(cliTexts.account.isKeptThereAndWaits({ name: folder.name }))
  output.result({ type: 'account', name, removed: true, folders: left.map(({ id }) => id) })
  return EXIT.ok
}

/** `tidekeep account test NAME`. */
export const accountTest: Command = async (context, { args }) => {
  const { output, ports, interrupts } = context
  const accounts = await openAccounts(context)
  const { isKeysOf, isKeysOfFix } = cliTexts.account
  refuseKeys(accounts, args[0] as string, (name) => usageError(isKeysOf(name), isKeysOfFix(name)))
  const { name, userName } = accounts.find(args[0] as string)
  const location = `onedrive://${name}`
  const opened = await ports.openTarget(await context.host(), location, { s3: {}, used: false })
  try {
    const freeBytes = await opened.target.features.freeBytes?.({ signal: interrupts.stop })
    const free = freeBytes !== undefined && freeBytes < Number.MAX_SAFE_INTEGER ? freeBytes : null
    output.line(printable(opening(location, userName, free)))
    output.result({ type: 'account-test', ok: true, name, userName, freeBytes: free })
  } finally {
    await opened.close()
  }
  return EXIT.ok
}

/** Throws what is said where the name is that of keys, with which nobody signs in. */
function refuseKeys(accounts: Accounts, typed: string, error: (named: { readonly name: string }) => Error): void {
  const found = accounts.list().find(({ name, kind }) => kind === 's3' && name.toLowerCase() === typed.toLowerCase())
  if (found !== undefined) throw error({ name: found.name })
}

async function openAccounts(context: Context): Promise<Accounts> {
  return context.ports.accounts(await context.host(), context.io.env)
}

async function finish(context: Context, account: AccountState): Promise<number> {
  await goOn(context)
  context.output.result({ type: 'account', account })
  return EXIT.ok
}

function isAt(target: string, name: string): boolean {
  const place = target.toLowerCase()
  return place === `onedrive://${name.toLowerCase()}` || place.startsWith(`onedrive://${name.toLowerCase()}/`)
}

/** `user`: empty for a program. `free`: null where it was not told. */
function opening(location: string, user: string, free: number | null): string {
  const { opens, opensFree, opensAsProgram, opensAsProgramFree } = cliTexts.account
  if (user === '') return free === null ? opensAsProgram({ location }) : opensAsProgramFree({ location, free })
  return free === null ? opens({ location, user }) : opensFree({ location, user, free })
}

function describe({ name, userName: user }: AccountState): string {
  return printable(user === '' ? cliTexts.account.named({ name }) : cliTexts.account.namedOf({ name, user }))
}

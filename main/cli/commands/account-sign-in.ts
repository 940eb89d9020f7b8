import type { AccountState, Accounts } from '../../accounts/accounts.ts'
import type { ApplicationKey, SignInPlace } from '../../accounts/authority.ts'
import { noClientId } from '../../accounts/failures.ts'
import type { SignInPrompt } from '../../accounts/sign-in.ts'
import type { Context, Input } from '../context.ts'
import { notConfigured, usageError } from '../failure.ts'
import { readSecretFile } from './account-keys.ts'
import { cliTexts } from '../cli-texts.ts'

/** Signs a person in, or a program where its key is given. */
export async function addOneDrive(context: Context, input: Input, accounts: Accounts): Promise<AccountState> {
  const text = (name: string): string | undefined => input.options[name] as string | undefined
  const place = await placeOf(context, input)
  const name = text('name')
  const driveId = text('drive')
  const key = await keyOf(context, input)
  if (key === undefined) return signInPerson(context, input, { accounts, place, driveId, name })
  if (name === undefined || text('tenant') === undefined || driveId === undefined)
    throw usageError(cliTexts.accountSignIn.aProgramSignsInTo, cliTexts.accountSignIn.aProgramSignsInToFix)
  return accounts.addApplication({ name, place, driveId, key, signal: context.interrupts.stop })
}

/** Signs the same person, or the same program with a new key, in again. */
export async function signInAgain(context: Context, input: Input, accounts: Accounts): Promise<AccountState> {
  const record = accounts.find(input.args[0] as string)
  const { name, driveId, userName, access, clientId, authority, graphOrigin, tenant } = record
  const place = { clientId, authority, graphOrigin, tenant }
  if (access === 'person') return signInPerson(context, input, { accounts, place, driveId, name, userName })
  const key = await keyOf(context, input)
  if (key === undefined || driveId === undefined)
    throw usageError(cliTexts.accountSignIn.isTheAccountOfA({ name }), cliTexts.accountSignIn.isTheAccountOfAFix)
  return accounts.addApplication({ name, place, driveId, key, signal: context.interrupts.stop })
}

/** Tells a running service that waiting is over; without one there is nobody to tell. */
export async function goOn({ ports, paths }: Context): Promise<void> {
  const service = await ports.connect(paths)
  if (service === undefined) return
  try {
    await service.call('accounts.goOn', {})
  } finally {
    await service.close()
  }
}

async function signInPerson(
  context: Context,
  { options }: Input,
  account: {
    readonly accounts: Accounts
    readonly place: SignInPlace
    readonly driveId: string | undefined
    readonly name: string | undefined
    readonly userName?: string
  },
): Promise<AccountState> {
  const { accounts, place, driveId, name, userName } = account
  return accounts.addPerson({
    place,
    driveId,
    method: options['deviceCode'] === true ? 'device-code' : 'browser',
    onPrompt: (prompt) => show(context, prompt),
    signal: context.interrupts.stop,
    ...(name === undefined ? {} : { name }),
    ...(userName === undefined ? {} : { userName }),
  })
}

/** The address and the code sign in: they are shown to who asked, and kept nowhere. */
async function show({ output, ports }: Context, prompt: SignInPrompt): Promise<void> {
  output.event({ type: 'sign-in', ...prompt })
  if (prompt.kind === 'device-code')
    return output.prompt(cliTexts.accountSignIn.openOnAnyDeviceAnd({ url: prompt.url, code: prompt.code }))
  const isOpen = await ports.openBrowser(prompt.url)
  output.prompt(
    isOpen
      ? cliTexts.accountSignIn.inBrowser({ url: prompt.url })
      : cliTexts.accountSignIn.inThisBrowser({ url: prompt.url }),
  )
}

/** Throws "not configured" where there is no application to sign in with. */
async function placeOf({ ports, paths, io }: Context, { options }: Input): Promise<SignInPlace> {
  const { microsoftClientId, microsoftAuthority, microsoftGraph } = (await ports.config(paths, io.env)).values
  const clientId = (options['clientId'] as string | undefined) ?? microsoftClientId
  const { message, fix } = noClientId()
  if (clientId === '') throw notConfigured(message, fix)
  const tenant = (options['tenant'] as string | undefined) ?? 'common'
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,127}$/.test(tenant))
    throw usageError(cliTexts.accountSignIn.aTenantIsADomain, cliTexts.accountSignIn.aTenantIsADomainFix)
  return { clientId, authority: microsoftAuthority, graphOrigin: microsoftGraph, tenant }
}

async function keyOf(context: Context, { options }: Input): Promise<ApplicationKey | undefined> {
  const secretFile = options['clientSecretFile'] as string | undefined
  const certificateFile = options['certificateFile'] as string | undefined
  if (secretFile !== undefined && certificateFile !== undefined)
    throw usageError(
      cliTexts.accountSignIn.clientSecretFileAndCertificate,
      cliTexts.accountSignIn.clientSecretFileAndCertificateFix,
    )
  const file = secretFile ?? certificateFile
  if (file === undefined) return undefined
  const { readApplicationKey } = await import('../../accounts/sign-in.ts')
  const kind = secretFile === undefined ? 'certificate' : 'secret'
  return readApplicationKey(readSecretFile(context, file), kind, context.absolute(file))
}

import { TidekeepError } from '../../common/errors.ts'
import { accountFailureTexts } from './account-failure-texts.ts'

/** What an authority refused, in its own words and numbers. Its description is left out: it names people. */
export interface Refusal {
  /** `invalid_grant`, `authorization_declined`, … */
  readonly error: string
  /** The numbers of AADSTS codes. */
  readonly numbers: readonly number[]
}

/** A person has to sign in again. */
export function signInNeeded(name: string): TidekeepError {
  return new TidekeepError({
    code: 'unauthenticated',
    message: accountFailureTexts.failures.theSignInToThe({ name }),
    path: `onedrive://${name}`,
    fix: accountFailureTexts.failures.theSignInToTheFix({ name }),
  })
}

/** Nobody signed in to an account of that name. */
export function unknownAccount(name: string): TidekeepError {
  return new TidekeepError({
    code: 'unauthenticated',
    message: accountFailureTexts.failures.nobodySignedInToThe({ name }),
    path: `onedrive://${name}`,
    fix: accountFailureTexts.failures.nobodySignedInToTheFix({ name }),
  })
}

const TEXT_BY_ERROR: Readonly<Record<string, readonly [message: string, fix: string]>> = {
  authorization_declined: ['The sign-in was declined.', 'Start it again if that was a mistake.'],
  access_denied: ['The sign-in was declined.', 'Start it again if that was a mistake.'],
  expired_token: ['The code was not entered in time.', 'Start the sign-in again.'],
  bad_verification_code: ['Microsoft does not know the code of this sign-in any more.', 'Start the sign-in again.'],
  invalid_client: [
    'Microsoft refused the secret or certificate of the application.',
    'Check that it belongs to this client id and has not expired.',
  ],
  unauthorized_client: [
    'Microsoft does not let this application sign in there.',
    'Check the client id, and that its registration allows public client flows (see docs/operations.md).',
  ],
  loopback_server_query_response_not_supported: [
    'The answer to the sign-in came in an address, where others may read it, and was not taken.',
    'Start the sign-in again; if it happens again, use --device-code.',
  ],
  consent_required: ['Your organisation has not allowed Tidekeep yet.', 'Ask its administrator to allow it.'],
}
const TEXT_BY_NUMBER: Readonly<Record<number, readonly [message: string, fix: string]>> = {
  65001: TEXT_BY_ERROR['consent_required']!,
  700016: [
    'Microsoft does not know an application with this client id there.',
    'Check the setting microsoftClientId, and the tenant.',
  ],
  7000215: TEXT_BY_ERROR['invalid_client']!,
}

/** What a refusal means to whoever signs in now: `unauthenticated`, with what to do. */
export function refusedSignIn({ error, numbers }: Refusal): TidekeepError {
  const number = numbers.find((each) => Object.hasOwn(TEXT_BY_NUMBER, each))
  const known =
    number === undefined
      ? Object.hasOwn(TEXT_BY_ERROR, error)
        ? TEXT_BY_ERROR[error]
        : undefined
      : TEXT_BY_NUMBER[number]
  const code = /^[a-z_]{1,40}$/.test(error) ? error : 'an unknown reason'
  const shown = numbers.length === 0 ? code : `${code}, AADSTS${numbers[0]}`
  const [message, fix] = known ?? [`Microsoft refused the sign-in (${shown}).`, 'Try again, or use another account.']
  return new TidekeepError({ code: 'unauthenticated', message, fix })
}

/** There is no application to sign in with yet. */
export function noClientId(): { readonly message: string; readonly fix: string } {
  const { signingInToMicrosoftNeeds: message, signingInToMicrosoftNeedsFix: fix } = accountFailureTexts.failures
  return { message, fix }
}

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

type Known = keyof typeof accountFailureTexts.refusals.known
const KNOWN_BY_ERROR: Readonly<Record<string, Known>> = {
  authorization_declined: 'declined',
  access_denied: 'declined',
  expired_token: 'expired',
  bad_verification_code: 'unknownCode',
  invalid_client: 'client',
  unauthorized_client: 'notAllowed',
  loopback_server_query_response_not_supported: 'inAddress',
  consent_required: 'consent',
}
const KNOWN_BY_NUMBER: Readonly<Record<number, Known>> = {
  65001: 'consent',
  700016: 'unknownClient',
  7000215: 'client',
}

/** What a refusal means to whoever signs in now: `unauthenticated`, with what to do. */
export function refusedSignIn({ error, numbers }: Refusal): TidekeepError {
  const texts = accountFailureTexts.refusals
  const number = numbers.find((each) => Object.hasOwn(KNOWN_BY_NUMBER, each))
  const known =
    number === undefined
      ? Object.hasOwn(KNOWN_BY_ERROR, error)
        ? KNOWN_BY_ERROR[error]
        : undefined
      : KNOWN_BY_NUMBER[number]
  if (known !== undefined) return new TidekeepError({ code: 'unauthenticated', ...texts.known[known] })
  const code = /^[a-z_]{1,40}$/.test(error) ? error : texts.unknownReason
  const shown = numbers.length === 0 ? code : `${code}, AADSTS${numbers[0]}`
  return new TidekeepError({ code: 'unauthenticated', message: texts.other({ shown }), fix: texts.otherFix })
}

/** There is no application to sign in with yet. */
export function noClientId(): { readonly message: string; readonly fix: string } {
  const { signingInToMicrosoftNeeds: message, signingInToMicrosoftNeedsFix: fix } = accountFailureTexts.failures
  return { message, fix }
}

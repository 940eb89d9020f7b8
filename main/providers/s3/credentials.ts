import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { TidekeepError } from '../../../common/errors.ts'
import type { S3Options } from '../../../common/settings.ts'
import type { Clock, Secrets } from '../../host.ts'
import type { S3Credentials } from './sigv4.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** Gives the keys for one call. */
export interface CredentialSource {
  /** Throws `unauthenticated` when there are none. */
  get(): Promise<S3Credentials>
  /** Forgets these keys, so that expired ones are fetched anew: once, however many requests were refused with them. */
  forget(used: S3Credentials): void
}

interface Expiring extends S3Credentials {
  readonly expiration?: Date
}

/** Keys are fetched anew this long before they expire. */
const REFRESH_BEFORE_MS = 5 * 60_000

type Env = Readonly<Record<string, string | undefined>>

/** Stored keys when an account is named, Amazon's own chain otherwise. Keys are kept as long as they hold. */
export function createCredentialSource(
  options: S3Options,
  { secrets, clock, env }: { readonly secrets: Pick<Secrets, 'get'>; readonly clock: Clock; readonly env: Env },
): CredentialSource {
  const fetchKeys: () => Promise<Expiring> =
    options.accountId === undefined ? () => fromChain(options, env) : () => fromSecrets(options.accountId!, secrets)
  let cached: Promise<Expiring> | undefined
  let known: Expiring | undefined
  let expiresMs = Number.POSITIVE_INFINITY
  return {
    get: () => {
      if (cached !== undefined && clock.now() < expiresMs - REFRESH_BEFORE_MS) return cached
      expiresMs = Number.POSITIVE_INFINITY
      const fetching = fetchKeys()
      cached = fetching
      return fetching.then(
        (keys) => {
          known = keys
          expiresMs = keys.expiration?.getTime() ?? Number.POSITIVE_INFINITY
          return keys
        },
        (error: unknown) => {
          if (cached === fetching) cached = undefined
          throw error
        },
      )
    },
    forget: (used) => {
      if (used === known) cached = undefined
    },
  }
}

async function fromSecrets(accountId: string, secrets: Pick<Secrets, 'get'>): Promise<S3Credentials> {
  const stored = await secrets.get(`s3:${accountId}`)
  if (stored === undefined) throw noCredentials(s3FailureTexts.credentials.gone)
  const keys = parseKeys(stored)
  if (keys === undefined) throw noCredentials(s3FailureTexts.credentials.unreadable)
  return keys
}

function parseKeys(text: string): S3Credentials | undefined {
  let raw: Partial<Record<keyof S3Credentials, unknown>> | null
  try {
    raw = JSON.parse(text) as typeof raw
  } catch {
    return undefined
  }
  if (typeof raw?.accessKeyId !== 'string' || typeof raw.secretAccessKey !== 'string') return undefined
  return {
    accessKeyId: raw.accessKeyId,
    secretAccessKey: raw.secretAccessKey,
    ...(typeof raw.sessionToken === 'string' ? { sessionToken: raw.sessionToken } : {}),
  }
}

/**
 * Environment, then profile (keys, SSO, a process, an assumed role), then a web identity token,
 * then what a container offers. A machine's own role (EC2) is asked for only where
 * `AWS_EC2_METADATA_DISABLED=false` says so: anywhere else asking means waiting for nobody.
 */
async function fromChain(options: S3Options, env: Env): Promise<Expiring> {
  const aws = await import('@aws-sdk/credential-providers')
  const profile = options.profile ?? env['AWS_PROFILE']
  const chain = aws.createCredentialChain(
    ...(profile === undefined ? [aws.fromEnv()] : []),
    aws.fromIni(profile === undefined ? {} : { profile }),
    aws.fromTokenFile(),
    ...(hasContainerRole(env) ? [aws.fromHttp()] : []),
    ...(env['AWS_EC2_METADATA_DISABLED'] === 'false'
      ? [aws.fromInstanceMetadata({ timeout: 1000, maxRetries: 1 })]
      : []),
  )
  try {
    return await chain()
  } catch (error) {
    const where =
      profile === undefined ? s3FailureTexts.credentials.none : s3FailureTexts.credentials.noneOfProfile({ profile })
    throw noCredentials(where, error)
  }
}

function hasContainerRole(env: Env): boolean {
  return (
    env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] !== undefined ||
    env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] !== undefined
  )
}

function noCredentials(message: string, cause?: unknown): TidekeepError {
  return new TidekeepError({
    code: 'unauthenticated',
    message,
    fix: s3FailureTexts.credentials.enterKeysForThisTarget,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Region and endpoint of a profile in the AWS configuration file; empty when there is no such file. */
export async function readProfile(name: string | undefined, env: Env): Promise<{ region?: string; endpoint?: string }> {
  const file = env['AWS_CONFIG_FILE'] ?? join(homedir(), '.aws', 'config')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch {
    return {}
  }
  const wanted = name ?? env['AWS_PROFILE'] ?? 'default'
  const headings = new Set([`profile ${wanted}`, ...(wanted === 'default' ? ['default'] : [])])
  const values = new Map<string, string>()
  let inside = false
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]
    if (heading !== undefined) inside = headings.has(heading.replace(/\s+/g, ' ').replaceAll('"', ''))
    const [, key, value] = /^([a-z_0-9]+)\s*=\s*(\S+)/.exec(line) ?? []
    if (inside && key !== undefined) values.set(key, value!)
  }
  const [region, endpoint] = [values.get('region'), values.get('endpoint_url')]
  return { ...(region === undefined ? {} : { region }), ...(endpoint === undefined ? {} : { endpoint }) }
}

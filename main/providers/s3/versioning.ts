import { isTidekeepError } from '../../../common/errors.ts'
import type { S3Context } from './context.ts'
import { xmlText } from './xml.ts'

/** `enabled`: what is replaced or deleted stays as a version. `suspended`: what stayed before still does. */
export type Versioning = 'enabled' | 'suspended' | 'none'

/** Asked again after so long: it may be switched while the program runs. */
const FRESH_MS = 10 * 60_000

const answers = new WeakMap<S3Context, { readonly answer: Promise<Versioning>; readonly atMs: number }>()

/**
 * Whether the bucket keeps versions
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html). Where asking is not
 * allowed or not known, it does not: what it cannot be relied on for is done without it.
 */
export async function versioningOf(context: S3Context, signal: AbortSignal): Promise<Versioning> {
  const { clock } = context.host
  const known = answers.get(context)
  if (known !== undefined && clock.monotonic() - known.atMs < FRESH_MS) return known.answer
  const answer = ask(context, signal)
  answers.set(context, { answer, atMs: clock.monotonic() })
  try {
    return await answer
  } catch (error) {
    answers.delete(context)
    throw error
  }
}

async function ask(context: S3Context, signal: AbortSignal): Promise<Versioning> {
  try {
    const reply = await context.client.send({ method: 'GET', key: '', query: { versioning: '' }, signal })
    const xml = reply.body.toString()
    // Some stores answer every question about a bucket with its listing.
    if (!xml.includes('<VersioningConfiguration')) return 'none'
    const status = xmlText(xml, 'Status')
    return status === 'Enabled' ? 'enabled' : status === 'Suspended' ? 'suspended' : 'none'
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    if (['forbidden', 'unsupported', 'not-found', 'invalid'].includes(error.code)) return 'none'
    throw error
  }
}

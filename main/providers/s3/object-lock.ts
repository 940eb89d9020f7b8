import { isTidekeepError } from '../../../common/errors.ts'
import type { S3Context } from './context.ts'
import { xmlText } from './xml.ts'

/** Asked again after so long: a rule may be set while the program runs. */
const FRESH_MS = 10 * 60_000

const answers = new WeakMap<S3Context, { readonly answer: boolean; readonly atMs: number }>()

/**
 * Whether a new object can be removed again as soon as it is no longer needed: not in a bucket
 * that locks every new object by default (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html).
 * A store that knows no locks, or has none set, has none; where asking is not allowed or fails,
 * the answer is no.
 */
export async function canRemoveAtOnce(context: S3Context, signal: AbortSignal): Promise<boolean> {
  const { clock } = context.host
  const known = answers.get(context)
  if (known !== undefined && clock.monotonic() - known.atMs < FRESH_MS) return known.answer
  const answer = await ask(context, signal)
  answers.set(context, { answer, atMs: clock.monotonic() })
  return answer
}

/** A removal was refused: from now on, until the program starts again, the answer is no. */
export function rememberRefusal(context: S3Context): void {
  answers.set(context, { answer: false, atMs: Infinity })
}

async function ask(context: S3Context, signal: AbortSignal): Promise<boolean> {
  try {
    const reply = await context.client.send({ method: 'GET', key: '', query: { 'object-lock': '' }, signal })
    const xml = reply.body.toString()
    // Some stores answer every question about a bucket with its listing.
    return (
      xml.includes('<ObjectLockConfiguration') &&
      !/<Rule[\s>]/.test(xml) &&
      xmlText(xml, 'DefaultRetention') === undefined
    )
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    if (error.code === 'cancelled') throw error
    return error.code === 'not-found' || error.code === 'unsupported'
  }
}

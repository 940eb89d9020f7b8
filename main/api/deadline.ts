import { TidekeepError } from '../../common/errors.ts'
import type { Clock } from '../host.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

/**
 * Runs `work` with a signal that is aborted after `limitMs`, and then throws `timeout` with this
 * message, even when `work` does not listen.
 */
export async function withDeadline<T>(
  { clock, limitMs, message }: { readonly clock: Clock; readonly limitMs: number; readonly message: string },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const expired = new TidekeepError({ code: 'timeout', message, fix: apiFailureTexts.deadline.tryAgainLater })
  let cancel = (): void => undefined
  const deadline = new Promise<never>((_, reject) => {
    cancel = clock.after(limitMs, () => {
      reject(expired)
      controller.abort(expired)
    })
  })
  try {
    return await Promise.race([work(controller.signal), deadline])
  } finally {
    cancel()
  }
}

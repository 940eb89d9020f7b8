import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import { isTidekeepError, TidekeepError } from '../../common/errors.ts'
import type { Clock } from '../host.ts'
import { createHttpClient, type HttpReply } from '../providers/http/http-client.ts'
import { HttpFailure } from '../providers/http/http-failure.ts'
import type { Refusal } from './failures.ts'
import { accountFailureTexts } from './account-failure-texts.ts'

const LONGEST_RETRY_AFTER_MS = 3_600_000

/**
 * How the sign-in library reaches its authority: over this program's HTTP client, with its deadlines, and without the
 * library's own retries and pauses. What happened last is kept, since the library wraps it beyond recognition.
 */
export class AuthorityConnection implements INetworkModule {
  readonly #clock: Clock
  readonly #plainHost: string | undefined
  /** Aborted: nothing more goes out. */
  readonly #signal: AbortSignal
  failure: TidekeepError | undefined
  refusal: Refusal | undefined

  /** An `authority` of this computer itself may be spoken to in the clear. */
  constructor({ clock, authority, signal }: { clock: Clock; authority: string; signal: AbortSignal }) {
    const url = new URL(authority)
    this.#clock = clock
    this.#plainHost = url.protocol === 'http:' ? url.host : undefined
    this.#signal = signal
  }

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#exchange('GET', url, options)
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#exchange('POST', url, options)
  }

  async #exchange<T>(
    method: 'GET' | 'POST',
    url: string,
    options?: NetworkRequestOptions,
  ): Promise<NetworkResponse<T>> {
    this.failure = undefined
    this.refusal = undefined
    try {
      const reply = await this.#send(method, new URL(url), options)
      const { status, headers } = reply
      if (status === 429 || status >= 500) throw busy(reply)
      const body = parseBody(reply)
      if (status >= 400) this.refusal = refusalOf(body)
      if (this.refusal?.error === 'temporarily_unavailable') throw busy(reply)
      return { status, headers: { ...headers }, body: body as T }
    } catch (error) {
      this.failure = translate(error)
      throw this.failure
    }
  }

  async #send(method: 'GET' | 'POST', url: URL, options: NetworkRequestOptions = {}): Promise<HttpReply> {
    const origin = url.host === this.#plainHost ? `http://${url.host}` : url.origin
    const bytes = Buffer.from(options.body ?? '')
    const client = createHttpClient({ origin, clock: this.#clock, connections: 1 })
    try {
      return await client.send({
        method,
        path: `${url.pathname}${url.search}`,
        headers: {
          accept: 'application/json',
          ...options.headers,
          ...(method === 'POST' ? { 'content-length': String(bytes.length) } : {}),
        },
        signal: this.#signal,
        ...(method === 'POST' ? { body: { kind: 'bytes', bytes } } : {}),
      })
    } finally {
      await client.close()
    }
  }
}

function parseBody({ body, status }: HttpReply): unknown {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch {
    // Said below.
  }
  throw new TidekeepError({
    code: 'unavailable',
    message: accountFailureTexts.network.whatAnswersAsMicrosoftsSign({ status }),
    fix: accountFailureTexts.network.whatAnswersAsMicrosoftsSignFix,
  })
}

function refusalOf(body: unknown): Refusal {
  const { error, error_codes: numbers } = body as { readonly error?: unknown; readonly error_codes?: unknown }
  return {
    error: typeof error === 'string' ? error : '',
    numbers: Array.isArray(numbers) ? numbers.filter((each) => Number.isSafeInteger(each)) : [],
  }
}

function busy({ status, headers }: HttpReply): TidekeepError {
  const seconds = Number(headers['retry-after'])
  const retry = Number.isFinite(seconds) && seconds > 0
  return new TidekeepError({
    code: status === 429 ? 'throttled' : 'unavailable',
    message: accountFailureTexts.network.notInOrder({ status }),
    ...(retry ? { retry: { kind: 'after', delayMs: Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS) } } : {}),
  })
}

function translate(error: unknown): TidekeepError {
  if (isTidekeepError(error)) return error
  if (!(error instanceof HttpFailure))
    return new TidekeepError({ code: 'unavailable', message: accountFailureTexts.connection.reset })
  const code = error.kind === 'idle' ? 'timeout' : 'unavailable'
  return new TidekeepError({
    code,
    message: accountFailureTexts.connection[error.kind],
    fix: accountFailureTexts.network.checkTheConnectionToThe,
  })
}

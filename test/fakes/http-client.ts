import { createTopicDecoder, unwrapAnswer, type Answer } from '../../common/client.ts'
import type { CallName, Client, Params, Result, TopicName, Topics } from '../../common/protocol.ts'

/** A client of the loopback interface that signs in as a browser does. */
export interface HttpTestClient extends Client {
  readonly raw: (name: unknown, params: unknown) => Promise<Answer>
}

/** Follows a sign-in link and keeps its cookie. */
export async function signInOverHttp(signInUrl: string): Promise<HttpTestClient> {
  const { origin } = new URL(signInUrl)
  const welcome = await fetch(signInUrl, { redirect: 'manual' })
  const cookie = welcome.headers.get('set-cookie')?.split(';')[0]
  if (cookie === undefined) throw new Error(`could not sign in: ${welcome.status}`)
  const raw = async (name: unknown, params: unknown): Promise<Answer> => {
    const response = await fetch(`${origin}/api/call/${encodeURIComponent(String(name))}`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify(params),
    })
    return (await response.json()) as Answer
  }
  return {
    raw,
    call: async <N extends CallName>(name: N, params: Params<N>) => unwrapAnswer(await raw(name, params)) as Result<N>,
    subscribe: <T extends TopicName>(topic: T, listener: (value: Topics[T]) => void) => {
      const controller = new AbortController()
      void read(`${origin}/api/events?topics=${topic}`, cookie, controller.signal, (value) =>
        listener(value as Topics[T]),
      )
      return () => controller.abort()
    },
  }
}

async function read(
  url: string,
  cookie: string,
  signal: AbortSignal,
  deliver: (value: unknown) => void,
): Promise<void> {
  try {
    const response = await fetch(url, { headers: { cookie }, signal })
    const decode = createTopicDecoder()
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      for (const message of decode(text)) if (!signal.aborted) deliver(message.value)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

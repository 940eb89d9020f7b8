import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { createTopicDecoder, unwrapAnswer } from '../../common/client.ts'
import { TidekeepError } from '../../common/errors.ts'
import type { CallName, Client, Params, Result, TopicName, Topics } from '../../common/protocol.ts'
import type { Paths } from '../host.ts'
import { socketPath } from './socket-path.ts'
import { serviceFailureTexts } from './service-failure-texts.ts'

const CONNECT_MS = 2_000
/** Longer than any handler may take. */
const ANSWER_MS = 10 * 60_000
const RECONNECT_MS = 1_000

/** How long to wait for a service that says nothing, milliseconds. */
export interface Patience {
  /** A call that takes longer makes sure, again and again, that the service still answers others. */
  readonly callMs: number
  /** Whatever is asked then is answered at once by a service that is alive, if a busy one. */
  readonly aliveMs: number
}

const PATIENCE: Patience = { callMs: 15_000, aliveMs: 15_000 }

/**
 * Loaded when a service is there, and not by `import`: that reads every member of the module, one of
 * which is all of Node's own undici, 30 ms in each command.
 */
const http = (): typeof import('node:http') => process.getBuiltinModule('node:http')

/** A client of the service that runs on this computer. */
export interface SocketClient extends Client {
  /** A fresh one-use link to the interface, valid for 60 seconds; undefined while the interface is off. */
  signInUrl(): Promise<string | undefined>
  /** Ends every subscription. */
  close(): void
}

/**
 * Connects to the running service; undefined when none runs. Calls throw the handler's error, or
 * `unavailable` when the service ended meanwhile, or is there and does nothing any more (it was
 * stopped or hangs: the system goes on taking connections for it). Subscriptions survive a restart of the service.
 */
export async function connectSocket(paths: Paths, patience = PATIENCE): Promise<SocketClient | undefined> {
  const path = socketPath(paths)
  if (!(await canConnect(path))) return undefined
  const post = (called: string, params: unknown): Promise<unknown> => ask(path, called, { params, patience })
  const endings = new Set<() => void>()
  return {
    call: async <N extends CallName>(name: N, params: Params<N>) =>
      (await post(`/api/call/${name}`, params)) as Result<N>,
    subscribe: <T extends TopicName>(topic: T, listener: (value: Topics[T]) => void) => {
      const end = follow(path, topic, (value) => listener(value as Topics[T]))
      endings.add(end)
      return () => {
        endings.delete(end)
        end()
      }
    },
    signInUrl: async () => ((await post('/api/sign-in-url', {})) as string | null) ?? undefined,
    close: () => {
      for (const end of endings) end()
      endings.clear()
    },
  }
}

function canConnect(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: CONNECT_MS })
    const settle = (isOpen: boolean): void => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })
}

function ask(
  socketPath: string,
  path: string,
  { params, patience: { callMs, aliveMs } }: { readonly params: unknown; readonly patience: Patience },
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(params)
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
    const call = http().request(
      { socketPath, path, method: 'POST', headers, timeout: ANSWER_MS, agent: false },
      (response) => {
        readAnswer(response).then(resolve, reject)
      },
    )
    const doubts = setInterval(() => {
      whenMute(socketPath, aliveMs, () => call.destroy(new Error('does not answer')))
    }, callMs)
    call.once('close', () => clearInterval(doubts))
    call.once('timeout', () => call.destroy(new Error('timed out')))
    call.once('error', (error) => reject(gone(error)))
    call.end(body)
  })
}

/** Says so when nothing at all is answered. What is asked for does not exist, so that nothing has to be done for it. */
function whenMute(socketPath: string, withinMs: number, say: () => void): void {
  const probe = http().request({ socketPath, path: '/alive', timeout: withinMs, agent: false }, (response) => {
    response.resume()
  })
  probe.once('timeout', () => probe.destroy(new Error('timed out')))
  probe.once('error', say)
  probe.end()
}

async function readAnswer(response: IncomingMessage): Promise<unknown> {
  const body = await text(response).catch((error: unknown) => {
    throw gone(error)
  })
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch (error) {
    throw gone(error)
  }
  return unwrapAnswer(answer)
}

/** Reads one topic until ended, connecting again a second after the stream broke. */
function follow(socketPath: string, topic: TopicName, deliver: (value: unknown) => void): () => void {
  let hasEnded = false
  let close = (): void => undefined
  const open = (): void => {
    const decode = createTopicDecoder()
    let retry: NodeJS.Timeout | undefined
    const stream = http().request({ socketPath, path: `/api/events?topics=${topic}`, agent: false }, (response) => {
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        try {
          for (const message of decode(chunk)) if (!hasEnded) deliver(message.value)
        } catch (error) {
          response.destroy(error instanceof Error ? error : undefined)
        }
      })
      response.on('error', () => stream.destroy())
    })
    // 'close' follows and decides; without a listener the error would end the process.
    stream.on('error', () => stream.destroy())
    stream.on('close', () => {
      if (!hasEnded) retry = setTimeout(open, RECONNECT_MS)
    })
    stream.end()
    close = () => {
      clearTimeout(retry)
      stream.destroy()
    }
  }
  open()
  return () => {
    hasEnded = true
    close()
  }
}

function gone(cause: unknown): TidekeepError {
  return new TidekeepError({
    code: 'unavailable',
    message: serviceFailureTexts.socketClient.theTidekeepServiceStoppedAnswering,
    fix: serviceFailureTexts.socketClient.theTidekeepServiceStoppedAnsweringFix,
    ambiguous: true,
    cause,
  })
}

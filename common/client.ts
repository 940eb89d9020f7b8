import { TidekeepError, isTidekeepError, toTidekeepError } from './errors.ts'
import { say } from './messages/wording.ts'
import type { TopicName, WireError } from './protocol.ts'
import { valueWordings } from './value-wordings.ts'

const texts = valueWordings.wire

/** What every transport answers to a call. */
export type Answer = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: WireError }

/**
 * Makes an error fit to leave the program: no stack, no cause, and for anything but a TidekeepError
 * no text either, since nobody vouched for what it holds.
 */
export function toWireError(error: unknown): WireError {
  const known = toTidekeepError(error)
  if (!isTidekeepError(error) && known.code === 'internal') {
    return {
      code: 'internal',
      message: say(texts.fault),
      fix: say(texts.faultFix),
    }
  }
  return {
    code: known.code,
    message: known.message,
    ...(known.path === undefined ? {} : { path: known.path }),
    ...(known.fix === undefined ? {} : { fix: known.fix }),
  }
}

/** The error a caller throws for what came over a transport. */
export function fromWireError(wire: WireError): TidekeepError {
  return new TidekeepError({
    code: wire.code,
    message: wire.message,
    ...(wire.path === undefined ? {} : { path: wire.path }),
    ...(wire.fix === undefined ? {} : { fix: wire.fix }),
  })
}

/** The result of an answer, or its error thrown. Anything that is not an answer throws `corrupt`. */
export function unwrapAnswer(answer: unknown): unknown {
  if (typeof answer === 'object' && answer !== null && 'ok' in answer) {
    const known = answer as Answer
    if (known.ok) return known.result
    throw fromWireError(known.error)
  }
  throw new TidekeepError({ code: 'corrupt', message: texts.noAnswer })
}

/** One message of an event stream. */
export interface TopicMessage {
  readonly topic: TopicName
  readonly value: unknown
}

/** The server-sent form of one message; `JSON.stringify` leaves no line break inside. */
export function encodeTopicMessage(topic: TopicName, value: unknown): string {
  return `event: ${topic}\ndata: ${JSON.stringify(value)}\n\n`
}

/**
 * Turns the text of an event stream, cut anywhere, into messages. Comments (heartbeats) yield
 * nothing. Throws `corrupt` when one message exceeds `maxChars`.
 */
export function createTopicDecoder(maxChars = 8 * 1024 * 1024): (text: string) => readonly TopicMessage[] {
  let rest = ''
  return (text) => {
    rest += text
    const blocks = rest.split('\n\n')
    rest = blocks.pop() ?? ''
    if (rest.length > maxChars) {
      throw new TidekeepError({ code: 'corrupt', message: texts.endless })
    }
    return blocks.flatMap(decodeBlock)
  }
}

function decodeBlock(block: string): readonly TopicMessage[] {
  let topic: string | undefined
  let json = ''
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) topic = line.slice('event: '.length)
    else if (line.startsWith('data: ')) json += line.slice('data: '.length)
  }
  if (topic === undefined || json === '') return []
  return [{ topic: topic as TopicName, value: JSON.parse(json) as unknown }]
}

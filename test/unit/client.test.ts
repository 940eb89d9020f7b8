import { describe, expect, it } from 'vitest'
import {
  createTopicDecoder,
  encodeTopicMessage,
  fromWireError,
  toWireError,
  unwrapAnswer,
} from '../../common/client.ts'
import { TidekeepError } from '../../common/errors.ts'
import { seededRandom } from '../fakes/host.ts'

describe('errors on the wire', () => {
  it('come out as they went in, without stack and cause', () => {
    const error = new TidekeepError({
      code: 'forbidden',
      message: 'No.',
      path: '/a',
      fix: 'Ask.',
      cause: new Error('CANARY'),
    })
    const wire = toWireError(error)
    expect(wire).toEqual({ code: 'forbidden', message: 'No.', path: '/a', fix: 'Ask.' })
    expect(fromWireError(wire)).toMatchObject({ code: 'forbidden', message: 'No.', path: '/a', fix: 'Ask.' })
  })

  it('say nothing about what nobody vouched for', () => {
    for (const thrown of [new Error('CANARY'), 'CANARY', { CANARY: 1 }, null, undefined]) {
      const wire = toWireError(thrown)
      expect(wire.code).toBe('internal')
      expect(JSON.stringify(wire)).not.toContain('CANARY')
    }
  })

  it('keep a cancellation what it is', () => {
    const abort = new Error('CANARY')
    abort.name = 'AbortError'
    expect(toWireError(abort)).toEqual({ code: 'cancelled', message: 'Cancelled.' })
  })
})

describe('answers', () => {
  it('are results or thrown errors', () => {
    expect(unwrapAnswer({ ok: true, result: null })).toBeNull()
    expect(() => unwrapAnswer({ ok: false, error: { code: 'locked', message: 'Taken.' } })).toThrow('Taken.')
  })

  it('that are none throw corrupt', () => {
    for (const odd of [null, 7, 'x', {}, []]) expect(() => unwrapAnswer(odd)).toThrow(/cannot be read/)
  })
})

describe('an event stream', () => {
  const messages = [
    { topic: 'status', value: { sentence: 'a\nb\r\n\n\u2028 ü 👩‍🚀 event: x' } },
    { topic: 'activity', value: [{ id: 1 }, { id: 2 }] },
    { topic: 'status', value: {} },
  ] as const
  const text = `: hello\n\n${messages.map(({ topic, value }) => encodeTopicMessage(topic, value)).join(': \n\n')}`

  it('is read the same however it is cut', () => {
    const random = seededRandom(11)
    for (let round = 0; round < 500; round++) {
      const decode = createTopicDecoder()
      const seen = []
      for (let at = 0; at < text.length;) {
        const end = at + 1 + Math.floor(random.next() * 20)
        seen.push(...decode(text.slice(at, end)))
        at = end
      }
      expect(seen).toEqual(messages)
    }
  })

  it('that never ends a message is given up', () => {
    const decode = createTopicDecoder(100)
    expect(() => decode('x'.repeat(101))).toThrow(/never ends/)
  })
})

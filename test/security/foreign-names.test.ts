import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseCall, parsers } from '../../common/parsers.ts'
import { createSessions } from '../../main/service/sessions.ts'
import { createFakeHost, seededRandom } from '../fakes/host.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const INHERITED = Object.getOwnPropertyNames(Object.prototype)

describe('names that every object has', () => {
  it.each(INHERITED)('%s is no call and no field of one', (name) => {
    expect(() => parseCall(name, {})).toThrow('There is no such call.')
    for (const call of Object.keys(parsers)) {
      const polluted: unknown = JSON.parse(`{"${name}":{"admin":true}}`)
      expect(() => parseCall(call, polluted), call).toThrow(/was refused/)
    }
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  it('are never looked up in a table by a text from outside', () => {
    // Tables by words of other parties; a plain `table[word]` would find "constructor" in each of them.
    const tables = ['MEANING_BY_S3_CODE', 'FACTOR_BY_UNIT', 'MS_BY_UNIT', 'BOOLEAN_BY_WORD']
    const lookups = globSync(['common/**/*.ts', 'main/**/*.ts'], { cwd: ROOT }).flatMap((file) =>
      readFileSync(`${ROOT}/${file}`, 'utf8')
        .split('\n')
        .filter((line) => tables.some((table) => line.includes(`${table}[`)) && !line.includes('Object.hasOwn')),
    )
    expect(lookups).toEqual([])
  })
})

describe('secrets of the service', () => {
  it('are compared in a time that says nothing: by digest, and with the comparison made for it', () => {
    const text = readFileSync(`${ROOT}/main/service/sessions.ts`, 'utf8')
    expect(text).toContain('timingSafeEqual(Buffer.from(a')
    // Nothing in the service compares a token, a code or a cookie with another way.
    const careless = globSync('main/service/*.ts', { cwd: ROOT }).flatMap((file) =>
      readFileSync(`${ROOT}/${file}`, 'utf8')
        .split('\n')
        .filter((line) => /(?:[tT]oken|(?<!error\.)[cC]ode|[sS]ecret|cookie) [!=]==? (?!undefined|'')/.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    )
    expect(careless).toEqual([])
  })

  it('cannot be guessed: 20,000 guesses, going on whenever a lockout is over, open nothing', async () => {
    const host = createFakeHost()
    const token = host.random.hex(24)
    const sessions = createSessions({ clock: host.clock, random: host.random, token })
    const guesses = seededRandom(20_261_209)
    let opened = 0
    let lockouts = 0
    for (let guess = 0; guess < 20_000; guess++) {
      if (sessions.lockedForMs() > 0) {
        lockouts++
        await host.clock.advance(61_000)
      }
      const secret = guesses.hex(guess % 2 === 0 ? 24 : 32)
      if (sessions.checkToken(secret) === 'accepted') opened++
      if (sessions.redeem(secret) !== undefined) opened++
      if (sessions.isLive(secret)) opened++
    }
    expect(opened).toBe(0)
    expect(lockouts).toBeGreaterThan(3_000)
    for (let wrong = 0; wrong < 10; wrong++) sessions.checkToken('wrong')
    expect(sessions.checkToken(token)).toBe('locked-out')
  })

  it('are used once and for a while: a replayed code, an old code and an ended session are nothing', async () => {
    const host = createFakeHost()
    const sessions = createSessions({ clock: host.clock, random: host.random })
    const [first, second, third] = [sessions.issueCode(), sessions.issueCode(), sessions.issueCode()]
    const session = sessions.redeem(first)!
    expect(sessions.redeem(first)).toBeUndefined()
    expect(sessions.isLive(session)).toBe(true)
    await host.clock.advance(61_000)
    expect(sessions.redeem(second)).toBeUndefined()
    sessions.end(session)
    expect(sessions.isLive(session)).toBe(false)
    expect(sessions.redeem(third)).toBeUndefined()
    // The next one is another one.
    const again = sessions.redeem(sessions.issueCode())!
    expect(again).not.toBe(session)
    await host.clock.advance(13 * 3_600_000)
    expect(sessions.isLive(again)).toBe(false)
  })
})

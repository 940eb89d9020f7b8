import { describe, expect, it } from 'vitest'
import { parseSetting } from '../../common/setting-values.ts'
import {
  activeRule,
  formatQuietLine,
  formatTimetableLine,
  parseQuietLine,
  parseTimetableLine,
  rulesEndAt,
} from '../../common/timetable.ts'
import { seededRandom } from '../fakes/host.ts'

/** A moment of the week of Monday, 2 March 2026, by the clock on the wall. */
const at = (day: number, hours: number, minutes = 0): number => new Date(2026, 2, 2 + day, hours, minutes).getTime()
const rules = (...lines: readonly string[]) => lines.map(parseTimetableLine)

describe('a line of the timetable', () => {
  it.each([
    ['Mon-Fri 09:00-18:00 2MiB work hours', 'Mon-Fri 09:00-18:00 2MiB work hours'],
    ['  sat,sun   9:30-24:00   pause ', 'Sat,Sun 09:30-24:00 pause'],
    ['mon-sun 00:00-24:00 unlimited', 'daily 00:00-24:00 unlimited'],
    ['Daily 22:00-06:00 500KiB/s Night', 'daily 22:00-06:00 500KiB Night'],
    ['Fri-Mon,Wed 08:00-09:00 1500', 'Mon,Wed,Fri-Sun 08:00-09:00 1500B'],
  ])('%s is kept as %s', (line, kept) => {
    expect(formatTimetableLine(parseTimetableLine(line))).toBe(kept)
  })

  it.each([
    '',
    'Mon 09:00-18:00',
    'Mon 24:00-25:00 pause',
    'Mon 09:60-10:00 pause',
    'Mon 09:00-00:00 fast',
    'Mo 09:00-18:00 pause',
    'Mon-Tue-Wed 09:00-18:00 pause',
    'Mon 09:00-18:00 0',
    'Mon 09:00-18:00 -5MiB',
    `Mon 09:00-18:00 pause ${'x'.repeat(120)}`,
    'Mon 09:00-18:00 pause a\u0007b',
  ])('is refused with an example: %j', (line) => {
    expect(() => parseTimetableLine(line)).toThrow('Mon-Fri 09:00-18:00 2MiB work hours')
  })

  it('is read back as it was written, whatever it is', () => {
    const seed = 20260302
    const random = seededRandom(seed)
    for (let round = 0; round < 500; round++) {
      const days = [0, 1, 2, 3, 4, 5, 6].filter(() => random.next() < 0.5)
      const rule = {
        days: days.length === 0 ? [0] : days,
        fromMinute: Math.floor(random.next() * 1440),
        toMinute: 1 + Math.floor(random.next() * 1440),
        effect: { kind: 'limit', bytesPerSecond: 1 + Math.floor(random.next() * 2 ** 31) },
        name: random.next() < 0.5 ? '' : 'work hours',
      } as const
      expect(parseTimetableLine(formatTimetableLine(rule)), `seed ${seed}, round ${round}`).toEqual(rule)
    }
  })
})

describe('the rule in force', () => {
  it('begins and ends by the clock on the wall, on its days only', () => {
    const work = rules('Mon-Fri 09:00-18:00 2MiB work hours')
    expect(activeRule(work, at(0, 8, 59))).toBeUndefined()
    expect(activeRule(work, at(0, 9))).toEqual({ rule: work[0], untilMs: at(0, 18) })
    expect(activeRule(work, at(4, 17, 59))?.untilMs).toBe(at(4, 18))
    expect(activeRule(work, at(0, 18))).toBeUndefined()
    expect(activeRule(work, at(5, 12))).toBeUndefined()
  })

  it('goes on over midnight into a day that is not its own', () => {
    const night = rules('Fri 22:00-06:00 unlimited')
    expect(activeRule(night, at(4, 23))?.untilMs).toBe(at(5, 6))
    expect(activeRule(night, at(5, 5, 59))?.untilMs).toBe(at(5, 6))
    expect(activeRule(night, at(5, 6))).toBeUndefined()
    expect(activeRule(night, at(4, 5))).toBeUndefined()
  })

  it('is the first that matches, and lasts until another one does', () => {
    const both = rules('daily 12:00-13:00 pause lunch', 'daily 09:00-18:00 2MiB')
    expect(activeRule(both, at(1, 10))).toEqual({ rule: both[1], untilMs: at(1, 12) })
    expect(activeRule(both, at(1, 12, 30))).toEqual({ rule: both[0], untilMs: at(1, 13) })
    expect(activeRule(both, at(1, 13))?.untilMs).toBe(at(1, 18))
  })

  it('without an end says so instead of naming midnight', () => {
    const always = rules('daily 00:00-24:00 1MiB')
    expect(activeRule(always, at(2, 15))).toEqual({ rule: always[0], untilMs: undefined })
  })
})

describe('quiet hours', () => {
  it('end when none of their lines is in force any more', () => {
    const lines = ['daily 22:00-07:00', 'Sat,Sun 00:00-24:00'].map(parseQuietLine)
    expect(rulesEndAt(lines, at(4, 23))).toBe(at(7, 7))
    expect(rulesEndAt(lines, at(1, 23))).toBe(at(2, 7))
    expect(rulesEndAt(lines, at(1, 12))).toBeUndefined()
    expect(rulesEndAt([parseQuietLine('daily 00:00-24:00')], at(1, 12))).toBeUndefined()
  })
  it('are days and times, and are stored in one way', () => {
    for (const [line, stored] of [
      ['daily 22:00-07:00', 'daily 22:00-07:00'],
      ['sun,sat 0:00-24:00', 'Sat,Sun 00:00-24:00'],
    ] as const)
      expect(formatQuietLine(parseQuietLine(line))).toBe(stored)
    expect(parseSetting('quietHours', 'Mon-Fri 22:00-07:00\n\nSat,Sun 21:00-09:00')).toEqual([
      'Mon-Fri 22:00-07:00',
      'Sat,Sun 21:00-09:00',
    ])
  })
  it.each(['', 'daily', '22:00-07:00', 'daily 22:00-07:00 2MiB', 'daily 22:00-25:00', 'Xyz 22:00-07:00'])(
    'are not %j',
    (line) => {
      expect(() => parseQuietLine(line)).toThrow('quiet hours')
    },
  )
})

import { describe, expect, it } from 'vitest'
import type { LiftableKind, ReasonView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../common/settings.ts'
import type { Situation } from '../../main/host.ts'
import { Speed } from '../../main/speed/speed.ts'
import { judgeSpeed, type SpeedFacts, type Verdict } from '../../main/speed/verdict.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const MIB = 1024 ** 2
/** Monday, 2 March 2026, by the clock on the wall. */
const at = (hours: number, minutes = 0): number => new Date(2026, 2, 2, hours, minutes).getTime()
const UNKNOWN: Situation = { power: 'unknown', network: 'unknown' }

function judge(
  settings: Partial<Settings>,
  facts: Partial<Omit<SpeedFacts, 'settings' | 'lifted'>> & { lifted?: readonly LiftableKind[] } = {},
): Verdict {
  const { lifted = [], ...rest } = facts
  return judgeSpeed({
    settings: { ...DEFAULT_SETTINGS, ...settings },
    situation: UNKNOWN,
    nowMs: at(10),
    lifted: new Set(lifted),
    waits: [],
    ...rest,
  })
}
const texts = ({ reasons }: { readonly reasons: readonly ReasonView[] }): readonly string[] =>
  reasons.map(({ text, lift }) => `${text}${lift === undefined ? '' : ` [${lift}]`}`)

describe('how fast work may go', () => {
  it('is not limited, and says nothing, where nothing is set and nothing is known', () => {
    expect(judge({})).toMatchObject({ uploadLimit: 0, downloadLimit: 0, reasons: [] })
    expect(judge({}).stop).toBeUndefined()
  })

  it('is limited for each direction by itself', () => {
    const verdict = judge({ bandwidthLimit: 2 * MIB, downloadLimit: 8 * MIB })
    expect(verdict).toMatchObject({ uploadLimit: 2 * MIB, downloadLimit: 8 * MIB })
    expect(texts(verdict)).toEqual(['Limited to 2\u00a0MiB/s up, 8\u00a0MiB/s down [possible]'])
  })

  it('follows the timetable instead of the limits of every day, and says until when and why', () => {
    const timetable = ['Mon-Fri 09:00-18:00 2MiB work hours', 'daily 22:00-06:00 unlimited']
    const day = judge({ timetable, bandwidthLimit: 5 * MIB })
    expect(day).toMatchObject({ uploadLimit: 2 * MIB, downloadLimit: 2 * MIB })
    expect(texts(day)).toEqual(['Limited to 2\u00a0MiB/s until 18:00 - work hours [possible]'])
    const night = judge({ timetable, bandwidthLimit: 5 * MIB }, { nowMs: at(23) })
    expect(night).toMatchObject({ uploadLimit: 0, downloadLimit: 0, reasons: [] })
    const evening = judge({ timetable, bandwidthLimit: 5 * MIB }, { nowMs: at(19) })
    expect(texts(evening)).toEqual(['Limited to 5\u00a0MiB/s up [possible]'])
  })

  it('stops where the timetable says so, and names a day that is not today', () => {
    const verdict = judge({ timetable: ['Mon 20:00-08:00 pause quiet'] }, { nowMs: at(21) })
    expect(verdict.stop).toEqual({ scope: 'everything', text: 'Paused until Tue 08:00 - quiet' })
  })

  it.each([
    [20, 12, true],
    [20, 20, false],
    [20, undefined, false],
    [100, undefined, true],
    [100, 100, true],
    [0, 3, false],
  ])('with a limit of %s %% and a battery at %s: stops is %s', (batteryPause, batteryPercent, stops) => {
    const situation: Situation = {
      power: 'battery',
      network: 'unknown',
      ...(batteryPercent === undefined ? {} : { batteryPercent }),
    }
    expect(judge({ batteryPause }, { situation }).stop !== undefined).toBe(stops)
    expect(judge({ batteryPause }, { situation: { ...situation, power: 'mains' } }).stop).toBeUndefined()
    expect(judge({ batteryPause }, { situation: { ...situation, power: 'unknown' } }).stop).toBeUndefined()
  })

  it('stops what goes over a metered network, unless a person set that aside, which is still told', () => {
    const situation: Situation = { power: 'mains', network: 'metered' }
    expect(judge({}, { situation }).stop).toEqual({ scope: 'network', text: 'Paused on a metered network' })
    expect(judge({ meteredPause: false }, { situation }).stop).toBeUndefined()
    const lifted = judge({}, { situation, lifted: ['metered'] })
    expect(lifted.stop).toBeUndefined()
    expect(texts(lifted)).toEqual(['Backing up although the network is metered [lifted]'])
  })

  it('setting one reason aside leaves the others in force', () => {
    const situation: Situation = { power: 'battery', batteryPercent: 5, network: 'metered' }
    const verdict = judge({}, { situation, lifted: ['battery'] })
    expect(verdict.stop).toEqual({ scope: 'network', text: 'Paused on a metered network' })
    expect(verdict.reasons.map(({ kind }) => kind)).toEqual(['battery', 'metered'])
  })

  it('tells until when OneDrive asked to be left in peace, which nobody can set aside', () => {
    const waits = [{ name: 'ada', untilMs: at(14, 3) }]
    expect(texts(judge({}, { waits }))).toEqual(['OneDrive (ada) asked us to wait until 14:03'])
  })
})

describe('the speed as time goes on', () => {
  function open(settings: Partial<Settings>, situation: Situation = UNKNOWN) {
    const clock = new VirtualClock(at(17, 59))
    const told: Verdict[] = []
    const state = { situation, settings }
    const speed = new Speed({
      host: { clock, surroundings: { look: async () => state.situation } },
      settings: () => ({ ...DEFAULT_SETTINGS, ...state.settings }),
      waits: () => [],
      onChange: (verdict) => void told.push(verdict),
    })
    return { clock, told, state, speed }
  }

  it('is told anew when the timetable turns, and only then', async () => {
    const { clock, told, speed } = open({ timetable: ['Mon-Fri 09:00-18:00 2MiB'] })
    await speed.start()
    expect(told.map(({ uploadLimit }) => uploadLimit)).toEqual([2 * MIB])
    await clock.advance(45_000)
    expect(told).toHaveLength(1)
    await clock.advance(30_000)
    expect(told.map(({ uploadLimit }) => uploadLimit)).toEqual([2 * MIB, 0])
    speed.stop()
    expect(clock.pending).toBe(0)
  })

  it('stops on battery, goes on when told to, and stops again on the next time on battery', async () => {
    const onBattery: Situation = { power: 'battery', batteryPercent: 9, network: 'unknown' }
    const { clock, state, speed } = open({}, onBattery)
    await speed.start()
    expect(speed.now().stop?.text).toBe('Paused on battery (9%)')
    speed.lift('battery', true)
    expect(speed.now().stop).toBeUndefined()
    state.situation = { power: 'mains', network: 'unknown' }
    await clock.advance(15_000)
    expect(speed.now().reasons).toEqual([])
    state.situation = onBattery
    await clock.advance(15_000)
    expect(speed.now().stop?.text).toBe('Paused on battery (9%)')
    speed.stop()
  })

  it('takes the limits of every day up again after an hour, or when told to', async () => {
    const { clock, speed } = open({ bandwidthLimit: MIB })
    await speed.start()
    speed.lift('limit', true)
    expect(speed.now().uploadLimit).toBe(0)
    await clock.advance(3_599_000)
    expect(speed.now().uploadLimit).toBe(0)
    await clock.advance(1_000)
    expect(speed.now().uploadLimit).toBe(MIB)
    speed.lift('limit', true)
    speed.lift('limit', false)
    expect(speed.now().uploadLimit).toBe(MIB)
    speed.stop()
  })

  it('takes a machine that does not tell for one that stops nothing', async () => {
    const clock = new VirtualClock(at(12))
    const look = (): Promise<Situation> => Promise.reject(new Error('no such file'))
    const speed = new Speed({
      host: { clock, surroundings: { look } },
      settings: () => ({ ...DEFAULT_SETTINGS, batteryPause: 100 }),
      waits: () => [],
      onChange: () => undefined,
    })
    await speed.start()
    expect(speed.now()).toMatchObject({ uploadLimit: 0, reasons: [] })
    speed.stop()
  })
})

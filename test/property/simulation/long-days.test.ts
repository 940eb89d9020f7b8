import { describe, expect, it } from 'vitest'
import type { FolderId, RelPath } from '../../../common/model.ts'
import { DEFAULT_SETTINGS } from '../../../common/settings.ts'
import { metered, RequestMeter } from '../../../main/providers/decorators/metered.ts'
import { seededRandom } from '../../fakes/host.ts'
import { StateInMemory } from '../../fakes/simulated-state.ts'
import { EngineWorld } from './engine-world.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const DAYS = Number(process.env['TIDEKEEP_DAYS'] ?? 1)
const ID = 'f1' as FolderId
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DOCUMENTS = 120
const DAYTIME_FAULTS = 0.01
const SAVES_A_DAY = 250

/** What one simulated day came to. */
interface Day {
  readonly state: string
  readonly timers: number
  readonly jobs: number
  readonly reconciles: number
  /** Calls between midnight and six, when nobody works. */
  readonly nightCalls: number
  readonly listings: number
}

/** Office life: saves in bursts from eight to eighteen, renames, some deletions, a target that loses one request in a hundred and is away at lunch. */
class Office {
  readonly world: EngineWorld
  readonly meter = new RequestMeter()
  saves = 0
  readonly #random = seededRandom(SEED)

  constructor() {
    this.world = new EngineWorld({
      mode: 'mirror',
      random: this.#random,
      settings: { guardFiles: DEFAULT_SETTINGS.guardFiles, guardPercent: DEFAULT_SETTINGS.guardPercent },
      abilities: { directories: true, metadata: true, batches: true, checksums: true },
      state: new StateInMemory(),
      variant: { provider: (target) => metered(target, this.meter) },
    })
  }

  async open(): Promise<void> {
    await this.world.start()
    for (let document = 0; document < DOCUMENTS; document++) this.#save(document)
    await this.world.pass(HOUR_MS)
  }

  async day(): Promise<Day> {
    const { world } = this
    world.reconciles = 0
    const listings = this.#calls('list')
    world.target.faultRate = 0
    const beforeNight = this.#calls()
    await world.pass(6 * HOUR_MS)
    const nightCalls = this.#calls() - beforeNight
    world.target.faultRate = DAYTIME_FAULTS
    await world.pass(2 * HOUR_MS)
    for (let hour = 8; hour < 18; hour++) await this.#hour(hour === 12)
    await world.pass(6 * HOUR_MS)
    const counts = world.process.store.queue.counts(ID)
    return {
      state: world.folder().state,
      timers: world.time.pending,
      jobs: counts.queued + counts.running + counts.waiting + counts.held + counts.dead,
      reconciles: world.reconciles,
      nightCalls,
      listings: this.#calls('list') - listings,
    }
  }

  async #hour(isLunch: boolean): Promise<void> {
    this.world.target.isOut = isLunch
    for (let minute = 0; minute < 60; minute += 4) {
      for (let saves = this.world.draw(4); saves > 0; saves--) this.#work()
      await this.world.pass(4 * MINUTE_MS)
    }
    this.world.target.isOut = false
  }

  #work(): void {
    const kind = this.world.draw(20)
    const document = this.world.draw(DOCUMENTS)
    if (kind === 0) this.world.edit({ kind: 'rename', path: pathOf(document), to: `shared/${this.saves++}` as RelPath })
    else if (kind === 1) this.world.edit({ kind: 'remove', path: pathOf(document) })
    else this.#save(document)
  }

  #save(document: number): void {
    this.world.edit({ kind: 'write', path: pathOf(document), content: `save ${this.saves++}` })
  }

  #calls(name?: string): number {
    const { requests } = this.meter.snapshot()
    return name === undefined ? Object.values(requests).reduce((sum, count) => sum + count, 0) : (requests[name] ?? 0)
  }
}

function pathOf(document: number): RelPath {
  return `team-${document % 6}/document-${document}` as RelPath
}

describe(`the service over ${DAYS * 24} simulated hours (seed ${SEED})`, () => {
  it('ends every day protected, looks once an hour, compares once a day, and holds on to nothing', async () => {
    const office = new Office()
    await office.open()
    const days: Day[] = []
    for (let day = 0; day < DAYS; day++) {
      days.push(await office.day())
      office.world.check()
      office.world.checkStatus()
    }
    const { steps } = office.world.time
    office.world.close()
    console.log(`${DAYS} days, ${office.saves} saves, ${steps} events; the last: ${JSON.stringify(days.at(-1))}`)
    for (const [day, { state, jobs, timers, reconciles, nightCalls, listings }] of days.entries()) {
      expect({ day, state, jobs }).toEqual({ day, state: 'protected', jobs: 0 })
      expect(reconciles).toBeGreaterThanOrEqual(24)
      // The simulated watcher forgets one save in ten, and of another knows only that it forgot.
      expect(reconciles).toBeLessThanOrEqual(24 + SAVES_A_DAY / 5)
      expect(listings).toBeLessThanOrEqual(3)
      expect(nightCalls).toBeLessThanOrEqual(1)
      expect(timers).toBeLessThanOrEqual(10)
    }
    // Each comparison is due a day after the last one ended, with the next hourly look.
    const listings = days.reduce((sum, day) => sum + day.listings, 0)
    expect(listings).toBeGreaterThanOrEqual(Math.ceil(DAYS * 0.9))
  })
})

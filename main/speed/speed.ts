import type { LiftableKind } from '../../common/protocol.ts'
import type { Host, Situation } from '../host.ts'
import { judgeSpeed, type SpeedFacts, type Verdict } from './verdict.ts'

/** How often the machine is looked at, and with it the timetable. */
const LOOK_EVERY_MS = 15_000
/** How long the limits of every day stay lifted: whoever forgets must not find the line taken the next day. */
const LIMIT_LIFT_MS = 3_600_000
const UNKNOWN: Situation = { power: 'unknown', network: 'unknown' }

/** Options of {@link Speed}. */
export interface SpeedOptions {
  readonly host: Pick<Host, 'clock' | 'surroundings'>
  readonly settings: () => SpeedFacts['settings']
  readonly waits: () => SpeedFacts['waits']
  /** The verdict may be another one now. */
  readonly onChange: (verdict: Verdict) => void
}

/**
 * How fast work may go at present: by the settings, the timetable, what the machine runs on and how it
 * is connected. What a person lifts stays lifted as long as it applies, the limits of every day for an hour.
 */
export class Speed {
  readonly #options: SpeedOptions
  readonly #lifted = new Map<LiftableKind, { readonly untilMs: number }>()
  #situation = UNKNOWN
  #told = ''
  #cancelLook: () => void = () => undefined
  #isStopped = false

  constructor(options: SpeedOptions) {
    this.#options = options
  }

  /** Begins to look; resolves after the first look. */
  async start(): Promise<void> {
    await this.#look()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelLook()
  }

  /** What applies now. Cheap: nothing is asked. */
  now(): Verdict {
    const verdict = this.#judge()
    const { clock } = this.#options.host
    const ended = [...this.#lifted].filter(
      ([kind, { untilMs }]) => !verdict.applying.has(kind) || untilMs <= clock.monotonic(),
    )
    if (ended.length === 0) return verdict
    for (const [kind] of ended) this.#lifted.delete(kind)
    return this.#judge()
  }

  /** A person does not want this to count for now; `isLifted` false: it counts again. */
  lift(kind: LiftableKind, isLifted: boolean): void {
    const { clock } = this.#options.host
    const untilMs = kind === 'limit' ? clock.monotonic() + LIMIT_LIFT_MS : Number.POSITIVE_INFINITY
    if (isLifted) this.#lifted.set(kind, { untilMs })
    else this.#lifted.delete(kind)
    this.refresh()
  }

  /** The settings changed, or time went on. */
  refresh(): void {
    const verdict = this.now()
    const told = JSON.stringify([verdict.uploadLimit, verdict.downloadLimit, verdict.stop, verdict.reasons])
    if (told === this.#told) return
    this.#told = told
    this.#options.onChange(verdict)
  }

  #judge(): Verdict {
    const { host, settings, waits } = this.#options
    return judgeSpeed({
      settings: settings(),
      situation: this.#situation,
      nowMs: host.clock.now(),
      lifted: new Set(this.#lifted.keys()),
      waits: waits(),
    })
  }

  async #look(): Promise<void> {
    const { clock, surroundings } = this.#options.host
    // What cannot be told stops nothing.
    this.#situation = (await surroundings?.look().catch(() => UNKNOWN)) ?? UNKNOWN
    if (this.#isStopped) return
    this.refresh()
    this.#cancelLook = clock.after(LOOK_EVERY_MS, () => void this.#look())
  }
}

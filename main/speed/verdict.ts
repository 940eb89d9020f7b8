import { formatClock } from '../../common/format.ts'
import { reasonMessages } from '../../common/messages/en/reasons.ts'
import { textsOf } from '../../common/messages/texts.ts'
import type { LiftableKind, ReasonView } from '../../common/protocol.ts'
import type { Settings } from '../../common/settings.ts'
import { activeRule, parseTimetableLine, type ActiveRule } from '../../common/timetable.ts'
import type { Situation } from '../host.ts'

const texts = textsOf('reasons', reasonMessages)

/** What the verdict goes by. */
export interface SpeedFacts {
  readonly settings: Pick<Settings, 'bandwidthLimit' | 'downloadLimit' | 'timetable' | 'batteryPause' | 'meteredPause'>
  readonly situation: Situation
  readonly nowMs: number
  /** What a person said does not count for now. */
  readonly lifted: ReadonlySet<LiftableKind>
  /** Accounts whose service asked to be left in peace. */
  readonly waits: readonly { readonly name: string; readonly untilMs: number }[]
}

/** How fast work may go, whether it may go at all, and the reasons in words. */
export interface Verdict {
  /** Bytes a second; 0: no limit. */
  readonly uploadLimit: number
  readonly downloadLimit: number
  /** Nothing is done by itself, for this reason. `network`: where the target is reached over the network. */
  readonly stop?: { readonly scope: 'everything' | 'network'; readonly text: string }
  /** The one that stops first. */
  readonly reasons: readonly ReasonView[]
  /** What applies now, lifted or not: a lift counts only as long as what it lifts. */
  readonly applying: ReadonlySet<LiftableKind>
}

/** On battery below this percentage, whatever the state of charge is: always. */
const ALWAYS_PERCENT = 100

/** Pure. What a person lifted is still told, with the way back. */
export function judgeSpeed(facts: SpeedFacts): Verdict {
  const { settings, lifted, nowMs, waits } = facts
  const active = activeRule(settings.timetable.map(parseTimetableLine), nowMs)
  const stops = [batteryStop(facts), meteredStop(facts), timetableStop(active, facts)].filter(
    (stop) => stop !== undefined,
  )
  const limit = limitOf(active, facts)
  const stop = stops.find(({ kind }) => !lifted.has(kind))
  const reasons = [
    ...stops.map(({ kind, text, liftedText }) => ({
      ...reasonOf(kind, lifted.has(kind) ? liftedText : text, lifted),
      stops: true as const,
    })),
    ...(limit.reason === undefined ? [] : [limit.reason]),
    ...waits.map(({ name, untilMs }): ReasonView => ({
      kind: 'throttled',
      text: texts.throttled({ name, moment: formatClock(untilMs, nowMs) }),
    })),
  ]
  return {
    uploadLimit: limit.uploadLimit,
    downloadLimit: limit.downloadLimit,
    reasons,
    applying: new Set(reasons.flatMap(({ kind, lift }) => (lift === undefined ? [] : [kind as LiftableKind]))),
    ...(stop === undefined ? {} : { stop: { scope: stop.scope, text: stop.text } }),
  }
}

interface Stop {
  readonly kind: LiftableKind
  readonly scope: 'everything' | 'network'
  readonly text: string
  readonly liftedText: string
}

function batteryStop({ settings, situation }: SpeedFacts): Stop | undefined {
  const { power, batteryPercent } = situation
  if (settings.batteryPause === 0 || power !== 'battery') return undefined
  const isLow = batteryPercent !== undefined && batteryPercent < settings.batteryPause
  if (!isLow && settings.batteryPause < ALWAYS_PERCENT) return undefined
  const at = { percent: batteryPercent ?? 0 }
  return {
    kind: 'battery',
    scope: 'everything',
    text: batteryPercent === undefined ? texts.battery : texts.batteryAt(at),
    liftedText: batteryPercent === undefined ? texts.batteryLifted : texts.batteryLiftedAt(at),
  }
}

function meteredStop({ settings, situation }: SpeedFacts): Stop | undefined {
  if (!settings.meteredPause || situation.network !== 'metered') return undefined
  return {
    kind: 'metered',
    scope: 'network',
    text: texts.metered,
    liftedText: texts.meteredLifted,
  }
}

function timetableStop(active: ActiveRule | undefined, { nowMs }: SpeedFacts): Stop | undefined {
  if (active?.rule.effect.kind !== 'pause') return undefined
  return {
    kind: 'timetable',
    scope: 'everything',
    text: withWhen(texts.timetable, active, nowMs),
    liftedText: withWhen(texts.timetableLifted, active, nowMs),
  }
}

interface LimitOf extends Pick<Verdict, 'uploadLimit' | 'downloadLimit'> {
  readonly reason?: ReasonView
}

/** A rule of the timetable stands in for the limits of every day. */
function limitOf(active: ActiveRule | undefined, { settings, lifted, nowMs }: SpeedFacts): LimitOf {
  if (active?.rule.effect.kind === 'unlimited') return { uploadLimit: 0, downloadLimit: 0 }
  if (active?.rule.effect.kind === 'limit') {
    const { bytesPerSecond } = active.rule.effect
    const isLifted = lifted.has('timetable')
    const text = isLifted ? texts.limitedLifted : texts.limited({ rate: bytesPerSecond })
    const limit = isLifted ? 0 : bytesPerSecond
    const reason = reasonOf('timetable', withWhen(text, active, nowMs), lifted)
    return { uploadLimit: limit, downloadLimit: limit, reason }
  }
  const { bandwidthLimit, downloadLimit } = settings
  if (bandwidthLimit === 0 && downloadLimit === 0) return { uploadLimit: 0, downloadLimit: 0 }
  if (lifted.has('limit'))
    return { uploadLimit: 0, downloadLimit: 0, reason: reasonOf('limit', texts.limitsLifted, lifted) }
  const parts = [
    bandwidthLimit === 0 ? '' : texts.up({ rate: bandwidthLimit }),
    downloadLimit === 0 ? '' : texts.down({ rate: downloadLimit }),
  ].filter((part) => part !== '')
  const reason = reasonOf('limit', texts.limits({ limits: parts.join(', ') }), lifted)
  return { uploadLimit: bandwidthLimit, downloadLimit, reason }
}

function reasonOf(kind: LiftableKind, text: string, lifted: ReadonlySet<LiftableKind>): ReasonView {
  return { kind, text, lift: lifted.has(kind) ? 'lifted' : 'possible' }
}

/** `Paused until 18:00 - work hours`. */
function withWhen(text: string, { rule, untilMs }: ActiveRule, nowMs: number): string {
  const timed = untilMs === undefined ? text : texts.until({ what: text, moment: formatClock(untilMs, nowMs) })
  return rule.name === '' ? timed : texts.named({ what: timed, name: rule.name })
}

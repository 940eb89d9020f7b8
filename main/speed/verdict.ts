import { formatRate } from '../../common/format.ts'
import type { LiftableKind, ReasonView } from '../../common/protocol.ts'
import type { Settings } from '../../common/settings.ts'
import { activeRule, parseTimetableLine, type ActiveRule } from '../../common/timetable.ts'
import type { Situation } from '../host.ts'

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
      text: `OneDrive (${name}) asked us to wait until ${clockTime(untilMs, nowMs)}`,
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
  const charge = batteryPercent === undefined ? '' : ` (${batteryPercent}%)`
  return {
    kind: 'battery',
    scope: 'everything',
    text: `Paused on battery${charge}`,
    liftedText: `Backing up although on battery${charge}`,
  }
}

function meteredStop({ settings, situation }: SpeedFacts): Stop | undefined {
  if (!settings.meteredPause || situation.network !== 'metered') return undefined
  return {
    kind: 'metered',
    scope: 'network',
    text: 'Paused on a metered network',
    liftedText: 'Backing up although the network is metered',
  }
}

function timetableStop(active: ActiveRule | undefined, { nowMs }: SpeedFacts): Stop | undefined {
  if (active?.rule.effect.kind !== 'pause') return undefined
  const when = whenText(active, nowMs)
  return {
    kind: 'timetable',
    scope: 'everything',
    text: `Paused${when}`,
    liftedText: `Backing up although it is to pause${when}`,
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
    const text = isLifted ? 'Full speed although limited' : `Limited to ${formatRate(bytesPerSecond)}`
    const limit = isLifted ? 0 : bytesPerSecond
    const reason = reasonOf('timetable', `${text}${whenText(active, nowMs)}`, lifted)
    return { uploadLimit: limit, downloadLimit: limit, reason }
  }
  const { bandwidthLimit, downloadLimit } = settings
  if (bandwidthLimit === 0 && downloadLimit === 0) return { uploadLimit: 0, downloadLimit: 0 }
  if (lifted.has('limit'))
    return { uploadLimit: 0, downloadLimit: 0, reason: reasonOf('limit', 'Full speed for now', lifted) }
  const parts = [
    bandwidthLimit === 0 ? '' : `${formatRate(bandwidthLimit)} up`,
    downloadLimit === 0 ? '' : `${formatRate(downloadLimit)} down`,
  ].filter((part) => part !== '')
  const reason = reasonOf('limit', `Limited to ${parts.join(', ')}`, lifted)
  return { uploadLimit: bandwidthLimit, downloadLimit, reason }
}

function reasonOf(kind: LiftableKind, text: string, lifted: ReadonlySet<LiftableKind>): ReasonView {
  return { kind, text, lift: lifted.has(kind) ? 'lifted' : 'possible' }
}

/** ` until 18:00 - work hours`. */
function whenText({ rule, untilMs }: ActiveRule, nowMs: number): string {
  const until = untilMs === undefined ? '' : ` until ${clockTime(untilMs, nowMs)}`
  return `${until}${rule.name === '' ? '' : ` - ${rule.name}`}`
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

/** `18:00` of today, else `Mon 08:00`; by the clock on the wall. */
function clockTime(atMs: number, nowMs: number): string {
  const at = new Date(atMs)
  const time = `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`
  return at.toDateString() === new Date(nowMs).toDateString() ? time : `${DAYS[at.getDay()]} ${time}`
}

import type { MomentView } from '../../../common/protocol.ts'
import { formatExact, formatMoment } from '../../format.ts'
import { changesText, restoreStrings } from '../../restore-strings.ts'

/** The moment shown; undefined is now. */
export type ShownMoment = number | undefined

/** What is said of a moment: when it is, and how it lies between the changes. */
export interface MomentWords {
  readonly when: string
  readonly between: string
}

/** In words, by the changes around it, which come newest first. */
export function momentWords(atMs: ShownMoment, moments: readonly MomentView[], nowMs: number): MomentWords {
  const { time } = restoreStrings
  if (atMs === undefined) return { when: time.now, between: '' }
  const when = time.at({ moment: formatExact(atMs) })
  const next = moments.findLast(({ toMs }) => toMs > atMs)
  if (next === undefined) {
    const last = moments[0]
    return { when, between: last === undefined ? '' : time.after({ time: formatMoment(last.fromMs, nowMs) }) }
  }
  const at = formatMoment(next.fromMs, nowMs)
  return {
    when,
    between: next.fromMs <= atMs ? time.amid({ time: at }) : time.before({ time: at, changes: changesText(next) }),
  }
}

/** Just before a change. */
export function beforeChange({ fromMs }: MomentView): number {
  return fromMs - 1
}

/** The moment before the change that came before this one; undefined where none is known. */
export function earlierMoment(atMs: ShownMoment, moments: readonly MomentView[]): number | undefined {
  // Before the very first change there is nothing to see.
  const found = moments.slice(0, -1).find((moment) => beforeChange(moment) < (atMs ?? Infinity))
  return found === undefined ? undefined : beforeChange(found)
}

/** The moment before the next change, or now; undefined where it is now already. */
export function laterMoment(atMs: ShownMoment, moments: readonly MomentView[]): number | 'now' | undefined {
  if (atMs === undefined) return undefined
  const found = moments.findLast((moment) => beforeChange(moment) > atMs)
  return found === undefined ? 'now' : beforeChange(found)
}

/** The value of a date-time input, in this computer's zone, to the second. */
export function inputValue(atMs: number): string {
  const date = new Date(atMs)
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** What was put into a date-time input: the whole second; undefined while it is not a moment. */
export function momentOfInput(value: string): number | undefined {
  const atMs = new Date(value).getTime()
  return Number.isNaN(atMs) || value === '' ? undefined : atMs + 999
}

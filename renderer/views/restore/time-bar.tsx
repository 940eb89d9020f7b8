import { ChevronLeft, ChevronRight } from 'lucide-react'
import { type KeyboardEvent, useId, useState } from 'react'
import type { MomentView, TimelineView } from '../../../common/protocol.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { formatExact } from '../../format.ts'
import { restoreStrings } from '../../restore-strings.ts'
import { earlierMoment, inputValue, laterMoment, momentOfInput, momentWords, type ShownMoment } from './moment-text.ts'
import { useMoments } from './use-timeline.ts'

const DAY_MS = 86_400_000
const STEPS = 1000
const RANGES = { all: Infinity, days30: 30 * DAY_MS, days7: 7 * DAY_MS, day: DAY_MS } as const
type Range = keyof typeof RANGES

interface TimeBarProps {
  readonly timeline: TimelineView
  readonly atMs: ShownMoment
  readonly onChange: (atMs: ShownMoment) => void
  /** Changes with what was opened: more changes may be known then. */
  readonly turn: string
}

/** Which moment is shown: a slider over the changes, steps from change to change, a date and a time. */
export function TimeBar({ timeline, atMs, onChange, turn }: TimeBarProps) {
  const text = restoreStrings.time
  const [range, setRange] = useState<Range>('all')
  const { id, readAtMs: toMs } = timeline
  const all = useMoments({ id, fromMs: 0, toMs, turn })
  const firstMs = Math.min(all.firstMs ?? timeline.firstMs ?? toMs - DAY_MS, toMs - 1000)
  const fromMs = Math.max(firstMs, toMs - RANGES[range])
  const shown = useMoments({ id, fromMs, toMs, turn })
  const words = momentWords(atMs, all.moments, toMs)
  const earlier = earlierMoment(atMs, all.moments)
  const later = laterMoment(atMs, all.moments)
  const goTo = (next: number | 'now' | undefined): void => {
    if (next !== undefined) onChange(next === 'now' || next >= toMs ? undefined : next)
  }
  return (
    <section className="card time-bar" aria-label={text.label}>
      <div className="time-words">
        <p aria-live="polite">
          <strong>{words.when}</strong> <span className="muted">{words.between}</span>
        </p>
        <div className="time-steps">
          <IconButton
            icon={ChevronLeft}
            label={text.earlier}
            disabled={earlier === undefined}
            onClick={() => goTo(earlier)}
          />
          <IconButton
            icon={ChevronRight}
            label={text.later}
            disabled={later === undefined}
            onClick={() => goTo(later)}
          />
          <Button look="quiet" disabled={atMs === undefined} onClick={() => onChange(undefined)}>
            {text.toNow}
          </Button>
        </div>
      </div>
      <Slider
        {...{ fromMs, toMs, atMs, bars: shown.bars, moments: all.moments }}
        valueText={`${words.when} ${words.between}`}
        onGo={goTo}
      />
      <div className="time-exact">
        <MomentInput atMs={atMs} toMs={toMs} onChange={onChange} />
        <label className="time-range">
          <span className="visually-hidden">{text.range}</span>
          <select className="input" value={range} onChange={(event) => setRange(event.target.value as Range)}>
            {(Object.keys(RANGES) as Range[]).map((name) => (
              <option key={name} value={name}>
                {text.ranges[name]}
              </option>
            ))}
          </select>
        </label>
      </div>
      {timeline.versionsByFile === true ? <p className="time-known muted">{text.known}</p> : null}
    </section>
  )
}

interface SliderProps {
  readonly fromMs: number
  readonly toMs: number
  readonly atMs: ShownMoment
  readonly bars: readonly number[]
  readonly moments: readonly MomentView[]
  readonly valueText: string
  readonly onGo: (next: number | 'now' | undefined) => void
}

/** Arrow keys go from change to change, Home and End to the ends; the pointer anywhere. */
function Slider({ fromMs, toMs, atMs, bars, moments, valueText, onGo }: SliderProps) {
  const widthMs = Math.max(1, toMs - fromMs)
  const value = atMs === undefined ? STEPS : Math.min(STEPS, Math.max(0, ((atMs - fromMs) / widthMs) * STEPS))
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = ((): number | 'now' | undefined | null => {
      if (event.key === 'ArrowLeft' || event.key === 'ArrowDown') return earlierMoment(atMs, moments)
      if (event.key === 'ArrowRight' || event.key === 'ArrowUp') return laterMoment(atMs, moments)
      if (event.key === 'Home') return fromMs
      return event.key === 'End' ? 'now' : null
    })()
    if (target === null) return
    event.preventDefault()
    onGo(target)
  }
  return (
    <div className="time-slider">
      <Bars bars={bars} />
      <input
        type="range"
        min={0}
        max={STEPS}
        step="any"
        value={value}
        aria-label={restoreStrings.time.label}
        aria-valuetext={valueText}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          const share = Number(event.target.value) / STEPS
          onGo(share >= 1 ? 'now' : Math.round(fromMs + share * widthMs))
        }}
      />
      <div className="time-ends muted numbers" aria-hidden="true">
        <span>{formatExact(fromMs)}</span>
        <span>{restoreStrings.time.toNow}</span>
      </div>
    </div>
  )
}

/** How much changed when. Decoration: the words say the same. */
function Bars({ bars }: { readonly bars: readonly number[] }) {
  const highest = Math.log1p(Math.max(1, ...bars))
  return (
    <svg
      className="time-bars"
      viewBox={`0 0 ${Math.max(1, bars.length)} 10`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {bars.map((count, index) => {
        if (count === 0) return null
        const height = 2 + (8 * Math.log1p(count)) / highest
        // A bar is its place.
        // oxlint-disable-next-line react/no-array-index-key
        return <rect key={index} x={index + 0.1} y={10 - height} width={0.8} height={height} />
      })}
    </svg>
  )
}

interface MomentInputProps {
  readonly atMs: ShownMoment
  readonly toMs: number
  readonly onChange: (atMs: ShownMoment) => void
}

function MomentInput({ atMs, toMs, onChange }: MomentInputProps) {
  const id = useId()
  return (
    <div className="time-input">
      <label htmlFor={id}>{restoreStrings.time.exactly}</label>
      <input
        id={id}
        className="input numbers"
        type="datetime-local"
        step={1}
        max={inputValue(toMs)}
        value={inputValue(atMs ?? toMs)}
        onChange={(event) => {
          const typed = momentOfInput(event.target.value)
          if (typed !== undefined) onChange(typed >= toMs ? undefined : typed)
        }}
      />
    </div>
  )
}

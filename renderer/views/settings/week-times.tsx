import { speedStrings } from '../../speed-strings.ts'

interface DaysProps {
  readonly days: readonly number[]
  readonly onChange: (days: readonly number[]) => void
}

/** The days of a week, each on or off. 0: Monday. */
export function Days({ days, onChange }: DaysProps) {
  const text = speedStrings
  return (
    <fieldset className="days" aria-label={text.days}>
      {text.dayNames.map((name, day) => (
        <label key={name} className="day" data-on={days.includes(day) || undefined} title={name}>
          <input
            type="checkbox"
            className="visually-hidden"
            aria-label={name}
            checked={days.includes(day)}
            onChange={(event) => onChange(event.target.checked ? [...days, day] : days.filter((each) => each !== day))}
          />
          <span aria-hidden="true">{text.dayLetters[day]}</span>
        </label>
      ))}
    </fieldset>
  )
}

interface TimesProps {
  /** `HH:MM`. */
  readonly from: string
  readonly to: string
  readonly onChange: (change: { readonly from?: string; readonly to?: string }) => void
}

/** From when to when. */
export function Times({ from, to, onChange }: TimesProps) {
  const time = (name: 'from' | 'to', value: string) => (
    <input
      type="time"
      className="input numbers"
      aria-label={speedStrings[name]}
      value={value}
      required
      onChange={(event) => (event.target.value === '' ? undefined : onChange({ [name]: event.target.value }))}
    />
  )
  return (
    <span className="timetable-times">
      {time('from', from)}
      <span aria-hidden="true">–</span>
      {time('to', to)}
    </span>
  )
}

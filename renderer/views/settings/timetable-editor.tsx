import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '../../components/button.tsx'
import { useAction } from '../../state/services.ts'
import { speedStrings } from '../../speed-strings.ts'
import type { SaveSetting } from './settings-form.ts'
import { lineOf, missingIn, newRow, rowOf, type TimetableRow } from './timetable-rows.ts'
import { Days, Times } from './week-times.tsx'

const EFFECTS = ['limit', 'pause', 'unlimited'] as const

interface TimetableEditorProps {
  readonly lines: readonly string[]
  readonly save: SaveSetting
}

/** The week's limits, line by line. Saved when a line is whole and something of it is left or chosen. */
export function TimetableEditor({ lines, save }: TimetableEditorProps) {
  const text = speedStrings
  const [rows, setRows] = useState<readonly TimetableRow[]>(() => lines.map(rowOf))
  const action = useAction((next: readonly TimetableRow[]) => save('timetable', next.map(lineOf)))
  const missing = rows.map(missingIn).find((each) => each !== undefined)
  const store = (next: readonly TimetableRow[]): void => {
    if (next.every((row) => missingIn(row) === undefined)) void action.run(next)
  }
  const take = (next: readonly TimetableRow[]): void => {
    setRows(next)
    store(next)
  }
  const nextId = Math.max(-1, ...rows.map(({ id }) => id)) + 1
  const problem = missing === undefined ? action.error?.message : missing === 'day' ? text.needsDay : text.needsLimit
  return (
    <fieldset className="timetable">
      <legend>{text.timetable}</legend>
      <p className="timetable-hint">{rows.length === 0 ? text.noLines : text.timetableHint}</p>
      <ol className="timetable-lines">
        {rows.map((row, index) => (
          <Line
            key={row.id}
            row={row}
            number={index + 1}
            onChange={(change, isWhole) => {
              const next = rows.map((each) => (each.id === row.id ? { ...each, ...change } : each))
              if (isWhole) take(next)
              else setRows(next)
            }}
            onLeave={() => store(rows)}
            onRemove={() => take(rows.filter(({ id }) => id !== row.id))}
          />
        ))}
      </ol>
      <p className="timetable-problem" role="alert">
        {problem}
      </p>
      <div>
        <Button icon={Plus} className="button-small" onClick={() => take([...rows, newRow(nextId)])}>
          {text.add}
        </Button>
      </div>
    </fieldset>
  )
}

interface LineProps {
  readonly row: TimetableRow
  readonly number: number
  /** `isWhole`: was chosen, not typed. */
  readonly onChange: (change: Partial<TimetableRow>, isWhole: boolean) => void
  readonly onLeave: () => void
  readonly onRemove: () => void
}

function Line({ row, number, onChange, onLeave, onRemove }: LineProps) {
  const text = speedStrings
  return (
    <li>
      <fieldset className="timetable-line">
        <legend className="visually-hidden">{text.line({ number })}</legend>
        <Days days={row.days} onChange={(days) => onChange({ days }, true)} />
        <Times from={row.from} to={row.to} onChange={(change) => onChange(change, true)} />
        <span className="timetable-effect">
          <select
            className="input"
            aria-label={text.effect}
            value={row.effect}
            onChange={(event) => onChange({ effect: event.target.value as TimetableRow['effect'] }, true)}
          >
            {EFFECTS.map((effect) => (
              <option key={effect} value={effect}>
                {text.effects[effect]}
              </option>
            ))}
          </select>
          {row.effect === 'limit' ? (
            <input
              className="input numbers timetable-limit"
              aria-label={text.limit}
              value={row.limit}
              spellCheck={false}
              onChange={(event) => onChange({ limit: event.target.value }, false)}
              onBlur={onLeave}
              onKeyDown={(event) => (event.key === 'Enter' ? onLeave() : undefined)}
            />
          ) : null}
        </span>
        <input
          className="input timetable-name"
          aria-label={text.name}
          placeholder={text.namePlaceholder}
          value={row.name}
          maxLength={60}
          onChange={(event) => onChange({ name: event.target.value }, false)}
          onBlur={onLeave}
          onKeyDown={(event) => (event.key === 'Enter' ? onLeave() : undefined)}
        />
        <IconButton icon={Trash2} label={text.remove({ number })} onClick={onRemove} />
      </fieldset>
    </li>
  )
}

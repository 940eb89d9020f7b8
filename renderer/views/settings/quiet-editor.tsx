import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '../../components/button.tsx'
import { noticeStrings } from '../../notice-strings.ts'
import { useAction } from '../../state/services.ts'
import type { SaveSetting } from './settings-form.ts'
import { newQuietRow, quietLineOf, quietRowOf, type QuietRow } from './timetable-rows.ts'
import { Days, Times } from './week-times.tsx'

interface QuietEditorProps {
  readonly lines: readonly string[]
  readonly save: SaveSetting
}

/** The week's quiet hours. Saved when every line has a day. */
export function QuietEditor({ lines, save }: QuietEditorProps) {
  const text = noticeStrings
  const [rows, setRows] = useState<readonly QuietRow[]>(() => lines.map(quietRowOf))
  const action = useAction((next: readonly QuietRow[]) => save('quietHours', next.map(quietLineOf)))
  const isWhole = (all: readonly QuietRow[]): boolean => all.every(({ days }) => days.length > 0)
  const take = (next: readonly QuietRow[]): void => {
    setRows(next)
    if (isWhole(next)) void action.run(next)
  }
  const nextId = Math.max(-1, ...rows.map(({ id }) => id)) + 1
  return (
    <fieldset className="timetable">
      <legend>{text.quiet}</legend>
      <p className="timetable-hint">{rows.length === 0 ? text.noQuiet : text.quietHint}</p>
      <ol className="timetable-lines">
        {rows.map((row, index) => {
          const change = (part: Partial<QuietRow>): void =>
            take(rows.map((each) => (each.id === row.id ? { ...each, ...part } : each)))
          return (
            <li key={row.id}>
              <fieldset className="timetable-line quiet-line">
                <legend className="visually-hidden">{text.line({ number: index + 1 })}</legend>
                <Days days={row.days} onChange={(days) => change({ days })} />
                <Times from={row.from} to={row.to} onChange={change} />
                <IconButton
                  icon={Trash2}
                  label={text.remove({ number: index + 1 })}
                  onClick={() => take(rows.filter(({ id }) => id !== row.id))}
                />
              </fieldset>
            </li>
          )
        })}
      </ol>
      <p className="timetable-problem" role="alert">
        {isWhole(rows) ? action.error?.message : text.needsDay}
      </p>
      <div>
        <Button icon={Plus} className="button-small" onClick={() => take([...rows, newQuietRow(nextId)])}>
          {text.add}
        </Button>
      </div>
    </fieldset>
  )
}

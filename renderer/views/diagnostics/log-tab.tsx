import { Check, Copy, Pause, Play, ScrollText } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { LogRow } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Empty } from '../../components/notes.tsx'
import { useCopy, useRowMenu } from '../../components/row-menu.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { diagnosticStrings } from '../../diagnostic-strings.ts'
import { formatExact, formatTime } from '../../format.ts'
import { displayName } from '../../names.ts'
import { useAction } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { chosenRows, useLog } from './use-log.ts'

const text = diagnosticStrings.log
const LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** The log as it is written, newest line first. */
export function LogTab() {
  const [isFollowed, setFollowed] = useState(true)
  const [level, setLevel] = useState<LogRow['level']>('info')
  const [words, setWords] = useState('')
  const [isCopied, setCopied] = useState(false)
  const rows = useLog(isFollowed)
  const shown = useMemo(() => chosenRows(rows, { level, words }), [rows, level, words])
  const copy = useAction(async () => {
    await navigator.clipboard.writeText(shown.map(lineOf).join('\n'))
    setCopied(true)
  })
  const copyOne = useCopy()
  const rowMenu = useRowMenu<LogRow>({
    label: ({ event }) => displayName(event),
    entries: (row) => [
      { label: strings.rows.copyLine, icon: Copy, onSelect: () => copyOne(lineOf(row), strings.rows.lineCopied) },
    ],
  })
  return (
    <div className="log">
      <div className="log-head">
        <label>
          <span className="visually-hidden">{text.level}</span>
          <select
            className="input"
            value={level}
            onChange={(event) => setLevel(LEVELS.find((each) => each === event.target.value) ?? 'info')}
          >
            {LEVELS.map((each) => (
              <option key={each} value={each}>
                {text.levels[each]}
              </option>
            ))}
          </select>
        </label>
        <input
          className="input log-filter"
          type="search"
          aria-label={text.filter}
          placeholder={text.filter}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <Button icon={isFollowed ? Pause : Play} aria-pressed={!isFollowed} onClick={() => setFollowed(!isFollowed)}>
          {isFollowed ? text.pause : text.resume}
        </Button>
        <Button icon={isCopied ? Check : Copy} onClick={() => void copy.run()}>
          {isCopied ? text.copied : text.copy}
        </Button>
        <p className="muted numbers push">
          {isFollowed ? text.shown({ shown: shown.length, all: rows.length }) : text.paused}
        </p>
      </div>
      {shown.length === 0 ? (
        <Empty icon={ScrollText} title={text.empty} text={text.emptyText} />
      ) : (
        <div className="table-frame">
          <VirtualRows
            label={text.list}
            rows={shown}
            keyOf={(row) => row.id}
            rowHeight={30}
            className="table log-rows"
            onMenu={rowMenu.open}
            renderRow={(row) => <Row row={row} />}
          />
          {rowMenu.menu}
        </div>
      )}
    </div>
  )
}

function Row({ row }: { readonly row: LogRow }) {
  return (
    <>
      <Cell className="log-time numbers muted" tip={() => (row.atMs === 0 ? '' : formatExact(row.atMs))}>
        {row.atMs === 0 ? '' : formatTime(row.atMs)}
      </Cell>
      <Cell className="log-level" data-level={row.level}>
        {row.level}
      </Cell>
      <Cell className="log-words" tip={() => displayName(`${row.event} ${row.details}`)}>
        <bdi>{displayName(row.event)}</bdi> <bdi className="muted">{displayName(row.details)}</bdi>
      </Cell>
    </>
  )
}

function lineOf(row: LogRow): string {
  return `${row.atMs === 0 ? '-' : new Date(row.atMs).toISOString()} ${row.level} ${row.event} ${row.details}`.trimEnd()
}

import { Note, ErrorNote } from '../../../components/notes.tsx'
import { folderStrings, placeOfLine } from '../../../folder-strings.ts'
import { formatBytes, formatNumber } from '../../../format.ts'
import { displayName } from '../../../names.ts'
import { strings } from '../../../strings.ts'
import { type SurveyState, unusedLines } from './use-survey.ts'

const text = folderStrings.files

/** How much is kept and left out, and lines that do nothing. */
export function SurveyFigures({ state }: { readonly state: SurveyState }) {
  const { survey, of, isCounting, error } = state
  const unused = survey === null || !survey.complete ? [] : unusedLines(of, survey)
  return (
    <section className="survey" aria-busy={isCounting}>
      <ErrorNote error={error} />
      <dl className="stats" aria-live="polite" data-counting={isCounting || undefined}>
        {(['kept', 'left'] as const).map((side) => (
          <div className="stat" key={side}>
            <dt>{text[side]}</dt>
            <dd className="numbers">
              {survey === null ? (
                <span className="muted">{text.counting}</span>
              ) : (
                <>
                  {strings.files({ n: survey[side].files })} <small>{formatBytes(survey[side].bytes)}</small>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {survey === null || survey.complete ? null : <p className="muted">{text.incomplete}</p>}
      {unused.length === 0 ? null : (
        <Note tone="info">
          <p>{text.unused({ n: unused.length, lines: unused.map(formatNumber).join(', ') })}</p>
        </Note>
      )}
    </section>
  )
}

interface SurveyLinesProps {
  readonly state: SurveyState
  /** The line of the field that is being typed, counted from 1; its matches stand out. 0: none. */
  readonly caretLine: number
}

/** The lines that leave something out, most bytes first. */
export function SurveyLines({ state: { survey }, caretLine }: SurveyLinesProps) {
  if (survey === null) return null
  return (
    <section className="survey">
      <h3 id="survey-lines">{text.byLine}</h3>
      {survey.rules.length === 0 ? (
        <p className="muted">{text.nothing}</p>
      ) : (
        <ul className="survey-rows" aria-labelledby="survey-lines">
          {survey.rules.map((rule) => (
            <li
              key={`${rule.source} ${rule.line}`}
              data-current={(rule.source === 'folder' && rule.line === caretLine) || undefined}
            >
              <span className="survey-words">
                <bdi className="command" title={displayName(rule.pattern)}>
                  {displayName(rule.pattern)}
                </bdi>
                <small className="muted">
                  {placeOfLine(rule)}, {text.example({ path: displayName(rule.example) })}
                </small>
              </span>
              <span className="numbers">{text.amount({ n: rule.files, bytes: rule.bytes })}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

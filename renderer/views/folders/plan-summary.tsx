import type { PlanView } from '../../../common/protocol.ts'
import { Note } from '../../components/notes.tsx'
import { folderStrings } from '../../folder-strings.ts'
import { formatBytes } from '../../format.ts'
import { strings } from '../../strings.ts'

const text = folderStrings.planned

/** True where a pass would change nothing on either side and ask nobody. */
export function isIdle({ counts }: PlanView): boolean {
  return (
    counts.uploaded +
      counts.downloaded +
      counts.moved +
      counts.deleted +
      counts.metadata +
      counts.held +
      counts.conflicts ===
    0
  )
}

/** The figures of a plan, and why something of it would wait. */
export function PlanSummary({ plan }: { readonly plan: PlanView }) {
  const { counts, bytesToSend, problems } = plan
  const figures: readonly (readonly [name: string, count: number, more?: string])[] = [
    [text.send, counts.uploaded, formatBytes(bytesToSend)],
    [text.fetch, counts.downloaded],
    [text.move, counts.moved],
    [text.remove, counts.deleted],
    [text.details, counts.metadata],
    [text.held, counts.held],
    [text.conflicts, counts.conflicts],
    [text.problems, problems],
  ]
  const shown = figures.filter(([, count]) => count > 0)
  return (
    <>
      {isIdle(plan) ? <p>{text.nothing}</p> : null}
      {shown.length === 0 ? null : (
        <dl className="stats plan-stats">
          {shown.map(([name, count, more]) => (
            <div className="stat" key={name}>
              <dt>{name}</dt>
              <dd className="numbers">
                {strings.files({ n: count })}
                {more === undefined ? null : <small> {more}</small>}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <Estimate plan={plan} />
      {plan.holds.map((hold) => (
        <Note key={hold} tone="warn">
          <p>{hold}</p>
        </Note>
      ))}
    </>
  )
}

function Estimate({ plan: { estimate } }: { readonly plan: PlanView }) {
  if (estimate === undefined) return null
  const { bytesReused, bytesPerSecond, seconds, dollars } = estimate
  const requests = Object.values(estimate.requests).reduce((sum, count) => sum + count, 0)
  const costs = [
    requests > 0 ? text.requests({ n: requests }) : '',
    dollars === undefined || requests === 0 ? '' : moneyText(dollars),
  ].filter((part) => part !== '')
  const sentences = [
    seconds === undefined || bytesPerSecond === undefined || seconds < 1
      ? ''
      : text.time({ durationMs: seconds * 1_000, rate: bytesPerSecond }),
    bytesReused > 0 ? text.reused({ bytes: bytesReused }) : '',
    costs.length > 0 ? `${costs.join(', ')}.` : '',
  ].filter((sentence) => sentence !== '')
  if (sentences.length === 0) return null
  return <p className="muted numbers">{sentences.join(' ')}</p>
}

/** Under a cent is not worth a figure. */
function moneyText(dollars: number): string {
  return dollars < 0.01 ? text.dollarsLess({ amount: 0.01 }) : text.dollars({ amount: dollars })
}

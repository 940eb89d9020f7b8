import { Snowflake } from 'lucide-react'
import type { ThawPlanView, ThawSpeedName } from '../../../common/protocol.ts'
import { ErrorNote, Note } from '../../components/notes.tsx'
import { keepingText, priceText, THAW_SPEEDS, thawStrings } from '../../thaw-strings.ts'
import type { ThawPlanState } from './use-thaw.ts'

/** How the copies are asked for. */
export interface ThawOrder {
  readonly speed: ThawSpeedName
  readonly days: number
}

/** What is offered first: enough hours for the price, and a week. */
export const FIRST_ORDER: ThawOrder = { speed: 'standard', days: 7 }
const DAYS = [1, 3, 7, 14, 30] as const

/** True where something must be waited for before it can be restored. */
export function mustThaw(plan: ThawPlanView | null): boolean {
  return plan?.state === 'ready' && plan.frozen.files + plan.underWay.files > 0
}

interface ThawChoiceProps extends ThawPlanState {
  readonly order: ThawOrder
  readonly onOrder: (order: ThawOrder) => void
}

/** What of a restore lies in an archive class, and how soon and for how much it can be had. */
export function ThawChoice({ plan, error, order, onOrder }: ThawChoiceProps) {
  const text = thawStrings
  if (error !== null) return <ErrorNote error={error} />
  if (plan === null || plan.state === 'looking')
    return (
      <p className="muted numbers">
        {text.looking({ n: plan === null ? 0 : plan.frozen.files + plan.underWay.files + plan.ready.files })}
      </p>
    )
  if (plan.state === 'failed')
    return (
      <Note tone="bad">
        <p>{plan.error?.message}</p>
        {plan.error?.fix === undefined ? null : <p className="muted">{plan.error.fix}</p>}
      </Note>
    )
  if (!mustThaw(plan)) return plan.ready.files === 0 ? null : <p className="muted numbers">{text.ready(plan.ready)}</p>
  return (
    <section className="thaw-choice" aria-label={text.title}>
      <p className="run-main thaw-main">
        <Snowflake size={16} aria-hidden="true" />
        {text.title}
      </p>
      {plan.frozen.files === 0 ? null : <p className="numbers">{text.frozen(plan.frozen)}</p>}
      {plan.underWay.files === 0 ? null : <p className="muted numbers">{text.underWay(plan.underWay)}</p>}
      {plan.ready.files === 0 ? null : <p className="muted numbers">{text.ready(plan.ready)}</p>}
      {plan.frozen.files === 0 ? null : <Tiers {...{ plan, order, onOrder }} />}
    </section>
  )
}

interface TiersProps {
  readonly plan: ThawPlanView
  readonly order: ThawOrder
  readonly onOrder: (order: ThawOrder) => void
}

function Tiers({ plan: { tiers }, order, onOrder }: TiersProps) {
  const text = thawStrings
  if (tiers.length === 0) return <Note tone="warn">{text.noTier}</Note>
  const perDay = tiers.find(({ speed }) => speed === order.speed)?.dollarsPerDay
  return (
    <>
      <fieldset className="thaw-tiers">
        <legend>{text.speed}</legend>
        {tiers.map(({ speed, longestMs, dollars }) => (
          <label key={speed} className="choice thaw-tier">
            <input
              type="radio"
              name="thaw-speed"
              value={speed}
              checked={order.speed === speed}
              onChange={() => onOrder({ ...order, speed })}
            />
            <span>{THAW_SPEEDS[speed]}</span>
            <span className="numbers">{text.within({ longestMs })}</span>
            <span className="numbers thaw-price">{priceText(dollars)}</span>
          </label>
        ))}
      </fieldset>
      <label className="thaw-days">
        <span>{text.days}</span>
        <select
          className="input"
          value={order.days}
          onChange={(event) => onOrder({ ...order, days: Number(event.target.value) })}
        >
          {DAYS.map((days) => (
            <option key={days} value={days}>
              {text.dayCount({ n: days })}
            </option>
          ))}
        </select>
      </label>
      <p className="muted numbers">{keepingText(perDay, order.days)}</p>
    </>
  )
}

import { retentionMessages } from './messages/en/retention.ts'
import { textsOf } from './messages/texts.ts'
import type { RetentionRules } from './retention.ts'

/** The texts of how long earlier versions stay. */
export const retentionStrings = textsOf('retention', retentionMessages)

/** "All versions for 30 days, then one a day for 30 days, one a week for 12 weeks; the last one of what is gone always." */
export function retentionSentence({ allDays, dailyDays, weeklyWeeks, monthlyMonths }: RetentionRules): string {
  const text = retentionStrings
  const all = text.all({ n: allDays })
  const monthly = monthlyMonths === 'forever' ? text.forever : text.monthly({ n: monthlyMonths })
  const thinned = [
    ...(dailyDays === 0 ? [] : [text.daily({ n: dailyDays })]),
    ...(weeklyWeeks === 0 ? [] : [text.weekly({ n: weeklyWeeks })]),
    ...(monthlyMonths === 0 ? [] : [monthly]),
  ]
  return thinned.length === 0 ? text.sentence({ all }) : text.thinned({ all, stretches: thinned.join(', ') })
}

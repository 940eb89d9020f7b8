import { count } from './format.ts'
import type { GoReason, RetentionRules, StayReason } from './retention.ts'

/** "All versions for 30 days, then one a day for 30 days, one a week for 12 weeks; the last one always." */
export function retentionSentence({ allDays, dailyDays, weeklyWeeks, monthlyMonths }: RetentionRules): string {
  const then = [
    ...(dailyDays === 0 ? [] : [`one a day for ${count(dailyDays, 'day')}`]),
    ...(weeklyWeeks === 0 ? [] : [`one a week for ${count(weeklyWeeks, 'week')}`]),
    ...(monthlyMonths === 0 ? [] : [`one a month ${forMonths(monthlyMonths)}`]),
  ]
  const thinned = then.length === 0 ? '' : `, then ${then.join(', ')}`
  return `All versions for ${count(allDays, 'day')}${thinned}; the last one of what is gone always.`
}

function forMonths(months: number | 'forever'): string {
  return months === 'forever' ? 'for ever' : `for ${count(months, 'month')}`
}

/** Why a version stays or goes, as one of a list. */
export const RETENTION_REASONS: Readonly<Record<StayReason | GoReason, string>> = {
  young: 'young',
  day: 'last of its day',
  week: 'last of its week',
  month: 'last of its month',
  last: 'the only copy',
  needed: 'needed: a conflict, or work that is not finished',
  between: 'without it, the next one would seem to have been there earlier',
  thinned: 'a later one of its time stays',
  expired: 'old enough',
}

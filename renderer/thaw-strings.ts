import type { FileSum, RestoreRequest, ThawSpeedName, ThawView } from '../common/protocol.ts'
import { formatBytes, formatDuration, formatNumber } from './format.ts'
import { strings } from './strings.ts'

const files = (n: number): string => strings.files({ n })
const dollars = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD' })
const sum = ({ files: count, bytes }: FileSum): string => `${files(count)} (${formatBytes(bytes)})`
const are = (n: number): string => (n === 1 ? 'is' : 'are')

/** `$0.12`; what is less than a cent is said so. */
export function formatDollars(amount: number): string {
  return amount > 0 && amount < 0.01 ? `less than ${dollars.format(0.01)}` : dollars.format(amount)
}

const about = (amount: number): string =>
  amount > 0 && amount < 0.01 ? formatDollars(amount) : `about ${formatDollars(amount)}`

/** How soon, in a word. */
export const THAW_SPEEDS: Readonly<Record<ThawSpeedName, string>> = {
  expedited: 'Soonest',
  standard: 'Usual',
  bulk: 'Cheapest',
}

/** Where it goes, after "then restored". */
const PLACES: Readonly<Record<RestoreRequest['to']['kind'], string>> = {
  'in-place': 'where it was',
  beside: 'beside what is there, under a new name',
  directory: 'into the folder you chose',
}

/** What is said while an archived file is on its way. */
export function thawTitle(thaw: ThawView): string {
  const what = sum({ files: thaw.files, bytes: thaw.bytes })
  const restored = thaw.restoredFiles ?? 0
  switch (thaw.state) {
    case 'asking':
      return `Asking the store for ${what}`
    case 'waiting':
      return `Thawing ${what}`
    case 'restoring':
      return `Thawed; restoring ${what}`
    case 'done':
      return `${files(restored)} ${are(restored)} back from the archive`
    case 'failed':
      return `Not restored: ${what} from the archive`
    case 'cancelled':
      return `No longer followed: ${what} from the archive`
  }
}

/** Every other text of thawing. */
export const thawStrings = {
  archived: 'Archived',
  archivedIn: (n: number) => `${formatNumber(n)} archived`,
  archivedHint:
    'In an archive class of the store: it must be thawed before it can be read, which takes hours and costs money.',

  title: 'These must be thawed first',
  looking: (n: number) => `Looking at ${files(n)} in the archive…`,
  frozen: (of: FileSum) =>
    `${sum(of)} ${of.files === 1 ? 'lies' : 'lie'} in an archive class of the store. It makes readable copies when asked, which takes hours and costs money.`,
  underWay: (of: FileSum) => `${sum(of)} ${are(of.files)} being thawed already, at no further price.`,
  ready: (of: FileSum) => `${sum(of)} can be read already.`,
  speed: 'How soon',
  within: (longestMs: number) => `within ${formatDuration(longestMs)}`,
  price: (amount: number | undefined) => (amount === undefined ? 'price not known for this store' : about(amount)),
  noTier: 'The store offers no speed that all of these can be had at. Choose fewer files.',
  days: 'Keep the copies for',
  dayCount: (n: number) => (n === 1 ? '1 day' : `${formatNumber(n)} days`),
  keeping: (amount: number | undefined, days: number) =>
    amount === undefined
      ? 'The copies are billed as ordinary storage meanwhile. What leaves the store costs extra.'
      : `The copies are billed as ordinary storage meanwhile, ${about(amount * days)} in all. What leaves the store costs extra.`,
  follow: 'Restore when they are there',
  ask: (amount: number | undefined) =>
    amount === undefined ? 'Ask for them, then restore' : `Ask for them for ${formatDollars(amount)}, then restore`,
  asked:
    'Asked for. You can close this: it goes on by itself, also after a restart, and you are told when the files are back.',

  list: 'From the archive',
  readyBy: (moment: string, to: RestoreRequest['to']['kind']) =>
    `Ready at about ${moment}, at the latest; then restored ${PLACES[to]}.`,
  late: (moment: string) => `Was promised for ${moment}; still looked at once an hour.`,
  soFar: (ready: number, of: number) => `${formatNumber(ready)} of ${files(of)} can be read so far.`,
  until: (moment: string) => `The copies stay until ${moment}.`,
  failed: (n: number) => `${files(n)} could not be had:`,
  cancelled: 'What the store was asked for it goes on with, and charges.',
  trouble: (message: string) => `Tried again soon: ${message}`,
  stop: 'Stop following',
  dismiss: 'Dismiss',
} as const

import { formatPrice } from '../common/format.ts'
import { thawMessages } from '../common/messages/en/thaw.ts'
import { textsOf } from '../common/messages/texts.ts'
import type { ThawSpeedName, ThawView } from '../common/protocol.ts'

/** The texts of thawing. */
export const thawStrings = textsOf('thaw', thawMessages)

/** How soon, in a word. */
export const THAW_SPEEDS: Readonly<Record<ThawSpeedName, string>> = thawStrings.speeds

/** What is said while an archived file is on its way. */
export function thawTitle({ state, files, bytes, restoredFiles }: ThawView): string {
  const values = { files, bytes, restored: restoredFiles ?? 0 }
  return thawStrings.titles[state](values)
}

/** What asking costs; undefined where that is not known. */
export function askText(dollars: number | undefined): string {
  return dollars === undefined ? thawStrings.askUnknown : thawStrings.ask({ price: priceOf(dollars) })
}

/** What one speed costs; undefined where that is not known. */
export function priceText(dollars: number | undefined): string {
  return dollars === undefined ? thawStrings.priceUnknown : aboutText(dollars)
}

/** What the copies cost while they stay. `dollarsADay` is undefined where that is not known. */
export function keepingText(dollarsADay: number | undefined, days: number): string {
  if (dollarsADay === undefined) return thawStrings.keepingUnknown
  return thawStrings.keeping({ price: aboutText(dollarsADay * days) })
}

function aboutText(dollars: number): string {
  return isLess(dollars) ? priceOf(dollars) : thawStrings.about({ price: priceOf(dollars) })
}

/** `$0.12`; what is less than a cent is said so. */
function priceOf(dollars: number): string {
  return isLess(dollars) ? thawStrings.less({ price: formatPrice(0.01) }) : formatPrice(dollars)
}

function isLess(dollars: number): boolean {
  return dollars > 0 && dollars < 0.01
}

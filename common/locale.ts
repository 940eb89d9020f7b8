/**
 * Whose habits numbers, sizes, dates and money follow. Apart from the texts, so that what only
 * formats (worker threads, parsers) does not load a single one.
 */
let tag = 'en'
const formatters = new Map<string, unknown>()

/** The BCP 47 tag in force; `en` until {@link setFormatLocale}. */
export function formatLocale(): string {
  return tag
}

/** From now on. A tag that Intl does not know falls back to what Intl does for it; one that is no tag throws RangeError. */
export function setFormatLocale(locale: string): void {
  tag = Intl.getCanonicalLocales(locale)[0] ?? 'en'
  formatters.clear()
}

/** One formatter for each purpose and locale: making one takes longer than a thousand uses. */
export function cachedFormat<T>(purpose: string, make: (locale: string) => T): T {
  const known = formatters.get(purpose)
  if (known !== undefined) return known as T
  const made = make(tag)
  formatters.set(purpose, made)
  return made
}

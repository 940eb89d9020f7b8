import { type Formats, IntlMessageFormat } from 'intl-messageformat'
import { formatBytes, formatDollars, formatDuration, formatPercent, formatRate } from '../format.ts'
import { cachedFormat } from '../locale.ts'
import type { Texts } from './arguments.ts'
import { activeLanguage, ENGLISH, languageGeneration } from './language.ts'
import { setSpeaker } from './wording.ts'

type Values = Readonly<Record<string, string | number | boolean>>

/** Styles of arguments that Intl does not have: `{size, number, bytes}`. */
const OWN_STYLES: Readonly<Record<string, { readonly format: (value: number) => string }>> = {
  bytes: { format: (value) => formatBytes(value) },
  rate: { format: (value) => formatRate(value) },
  duration: { format: formatDuration },
  dollars: { format: formatDollars },
  percentage: { format: formatPercent },
}
// The library passes a style on to `getNumberFormat` below, and looks at nothing in it but `scale`.
const FORMATS = { number: OWN_STYLES } as unknown as Partial<Formats>

/** Numbers and dates by the reader's habits, also inside a text that had to stay English; plurals by the text's own rules. */
const FORMATTERS = {
  getNumberFormat: (_tag: unknown, style?: object) =>
    style !== undefined && 'format' in style
      ? (style as Intl.NumberFormat)
      : cachedFormat(`number ${JSON.stringify(style)}`, (locale) => new Intl.NumberFormat(locale, style)),
  getDateTimeFormat: (_tag?: unknown, style?: Intl.DateTimeFormatOptions) =>
    cachedFormat(`date ${JSON.stringify(style)}`, (locale) => new Intl.DateTimeFormat(locale, style)),
  getPluralRules: (tag?: string | readonly string[], style?: Intl.PluralRulesOptions) =>
    cachedFormat(`plural ${String(tag)} ${style?.type}`, () => new Intl.PluralRules(tag as string, style)),
}

// By itself the library asks Intl which locales it has, 13 ms when that was never asked before. What is told
// here it needs only to parse the hours of a time by a skeleton, which no message has.
IntlMessageFormat.resolveLocale = (tags) => new Intl.Locale([tags].flat()[0] ?? ENGLISH.tag)

/** A message in a way that formats it; undefined values make an error of the library, which the types prevent. */
export function compile(message: string | ReturnType<IntlMessageFormat['getAst']>, tag: string): IntlMessageFormat {
  return new IntlMessageFormat(message, tag, FORMATS, { ignoreTag: true, formatters: FORMATTERS })
}

/**
 * The texts of a catalogue, in the language that is active whenever one is read: members without
 * arguments are properties, the others functions of what their messages name. `area` begins their ids.
 */
export function textsOf<const Catalogue>(area: string, catalogue: Catalogue): Texts<Catalogue> {
  return branch(area, catalogue as object) as Texts<Catalogue>
}

function branch(id: string, catalogue: object): object {
  const texts: object = Array.isArray(catalogue) ? [] : {}
  for (const [key, member] of Object.entries(catalogue) as [string, string | object][]) {
    const name = `${id}.${key}`
    Object.defineProperty(
      texts,
      key,
      typeof member === 'string' ? leaf(name, member) : { value: branch(name, member), enumerable: true },
    )
  }
  return texts
}

function leaf(id: string, english: string): PropertyDescriptor {
  const format = compiledOnce(id, english)
  if (english.includes('{')) return { value: format, enumerable: true }
  return { get: () => (activeLanguage() === ENGLISH ? english : format()), enumerable: true }
}

/** Compiled at its first use in each language. What is asked for again and again, as a status is, is written once. */
function compiledOnce(id: string, english: string): (values?: Values) => string {
  let compiled: IntlMessageFormat | undefined
  let compiledAt = -1
  let last: { readonly values: Values; readonly text: string } | undefined
  const isKept = !HAS_MOMENT.test(english)
  return (values) => {
    if (compiled === undefined || compiledAt !== languageGeneration()) {
      compiled = inActiveLanguage(id, english)
      compiledAt = languageGeneration()
      last = undefined
    }
    if (last !== undefined && values !== undefined && isSame(last.values, values)) return last.text
    const text = String(compiled.format(values))
    if (isKept && values !== undefined) last = { values: { ...values }, text }
    return text
  }
}

/** How these are written depends on the time zone, too. */
const HAS_MOMENT = /,\s*(date|time)\b/

function isSame(a: Values, b: Values): boolean {
  const names = Object.keys(b)
  return names.length === Object.keys(a).length && names.every((name) => Object.is(a[name], b[name]))
}

/** Wordings are made at many places, and each of their messages is compiled once for a language. */
const spoken = new Map<string, ReturnType<typeof compiledOnce>>()

// Whoever can read a text can say a wording, so that none is said in plain English by mistake.
setSpeaker(({ id, english }, values) => {
  let format = spoken.get(id)
  if (format === undefined) spoken.set(id, (format = compiledOnce(id, english)))
  return activeLanguage() === ENGLISH && !english.includes('{') ? english : format(values)
})

function inActiveLanguage(id: string, english: string): IntlMessageFormat {
  const { tag, translate, distort } = activeLanguage()
  const translated = translate?.(id)
  if (translated !== undefined) return compile(translated, tag)
  const fallback = compile(english, ENGLISH.tag)
  return distort === undefined ? fallback : compile(distort(fallback.getAst()), ENGLISH.tag)
}

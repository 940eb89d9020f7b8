import type { IntlMessageFormat } from 'intl-messageformat'
import { setFormatLocale } from '../locale.ts'

/** A parsed ICU message. */
export type MessageElements = ReturnType<IntlMessageFormat['getAst']>

/** One language that texts can be shown in. */
export interface Language {
  /** Its name in itself, for those who look for theirs. */
  readonly name: string
  /** Made from English to find mistakes; nobody's language. */
  readonly isPseudo?: boolean
  /** BCP 47, as `<html lang>` wants it, and whose rules of number and plural its own messages follow. */
  readonly tag: string
  readonly direction: 'ltr' | 'rtl'
  /** The message in this language, by its id (`window.pause.left`); undefined where it has none: English stands in. */
  readonly translate?: (id: string) => string | undefined
  /** What becomes of every English message: the pseudo-locales. */
  readonly distort?: (english: MessageElements) => MessageElements
}

/** The language of the source, and of whatever another one lacks. */
export const ENGLISH: Language = { name: 'English', tag: 'en', direction: 'ltr' }

let active = ENGLISH
let generation = 0

/** The language in force. English until {@link activate}. */
export function activeLanguage(): Language {
  return active
}

/** Counts the changes of language: what was compiled for an earlier one is of no use. */
export function languageGeneration(): number {
  return generation
}

/** Texts are in `language` from now on, numbers, sizes and dates by the habits of `formats` (BCP 47; by default the language's own). */
export function activate(language: Language, formats: string = language.tag): void {
  active = language
  generation++
  setFormatLocale(formats)
}

/** The BCP 47 tag that was meant, also by a POSIX name (`de_DE.UTF-8`, `C`); undefined for none, `system`, and what is no tag. */
export function toLanguageTag(wish: string | undefined): string | undefined {
  const name = wish?.replace(/[.@].*$/, '').replaceAll('_', '-') ?? ''
  if (name === '' || name === 'system') return undefined
  if (/^(c|posix)$/i.test(name)) return ENGLISH.tag
  try {
    return Intl.getCanonicalLocales(name)[0]
  } catch {
    return undefined
  }
}

import { activate, ENGLISH, type Language, toLanguageTag } from './language.ts'
import { ACCENTS, MIRRORED } from './pseudo.ts'

/** Every language there is; the pseudo-locales show what a translation would break. */
export const LANGUAGES: readonly Language[] = [ENGLISH, ACCENTS, MIRRORED]

/** What this program is asked by for a language, before its setting. */
export const LANGUAGE_VARIABLE = 'TIDEKEEP_LANG'
/** What POSIX asks about messages. */
const SYSTEM_VARIABLES = ['LC_ALL', 'LC_MESSAGES', 'LANG'] as const

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Activates the first of the wishes that is a language tag. Undefined, empty, `system`, and what is no tag are passed over. A tag whose texts
 * are not there gives English ones, with that tag's numbers and dates. POSIX names (`de_DE.UTF-8`) are understood.
 */
export function activateFirst(wishes: readonly (string | undefined)[]): void {
  const tag = wishes.map(toLanguageTag).find((each) => each !== undefined) ?? ENGLISH.tag
  activate(languageFor(tag), tag)
}

/** The one rule of whose wish counts, everywhere: the program's own variable, the setting, what the system says. */
export function languageWishes(environment: Environment, setting?: string): readonly (string | undefined)[] {
  return [environment[LANGUAGE_VARIABLE], setting, ...SYSTEM_VARIABLES.map((name) => environment[name])]
}

/** The first part of the same rule, for a page, which has a system of its own: what is asked for here, or `system`. */
export function chosenLanguage(
  environment: Environment,
  setting: string,
): { readonly tag: string; readonly by: 'environment' | 'setting' } {
  const asked = toLanguageTag(environment[LANGUAGE_VARIABLE])
  return asked === undefined ? { tag: setting, by: 'setting' } : { tag: asked, by: 'environment' }
}

function languageFor(tag: string): Language {
  return withTexts(tag) ?? ENGLISH
}

/** The language whose texts a tag gives; undefined where English ones stand in for them. */
export function withTexts(tag: string): Language | undefined {
  return (
    LANGUAGES.find((language) => language.tag === tag) ??
    LANGUAGES.find((language) => language.tag === new Intl.Locale(tag).language)
  )
}

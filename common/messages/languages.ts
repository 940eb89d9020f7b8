import { activate, ENGLISH, type Language } from './language.ts'
import { ACCENTS, MIRRORED } from './pseudo.ts'

/** Every language there is; the pseudo-locales show what a translation would break. */
export const LANGUAGES: readonly Language[] = [ENGLISH, ACCENTS, MIRRORED]

/**
 * Activates the first of the wishes that is a language tag: the setting, the environment, what the
 * system says. Undefined, empty, `system`, and what is no tag are passed over. A tag whose texts
 * are not there gives English ones, with that tag's numbers and dates. POSIX names (`de_DE.UTF-8`) are understood.
 */
export function activateFirst(wishes: readonly (string | undefined)[]): void {
  const tag = wishes.map(asTag).find((each) => each !== undefined) ?? ENGLISH.tag
  activate(languageFor(tag), tag)
}

/** What a process was asked for by its environment: `TIDEKEEP_LANG`, else what POSIX says about messages. */
export function languageWishes(
  environment: Readonly<Record<string, string | undefined>>,
): readonly (string | undefined)[] {
  return ['TIDEKEEP_LANG', 'LC_ALL', 'LC_MESSAGES', 'LANG'].map((name) => environment[name])
}

function languageFor(tag: string): Language {
  return (
    LANGUAGES.find((language) => language.tag === tag) ??
    LANGUAGES.find((language) => language.tag === new Intl.Locale(tag).language) ??
    ENGLISH
  )
}

function asTag(wish: string | undefined): string | undefined {
  const name = wish?.replace(/[.@].*$/, '').replaceAll('_', '-') ?? ''
  if (name === '' || name === 'system') return undefined
  if (name === 'C' || name === 'POSIX') return ENGLISH.tag
  try {
    return Intl.getCanonicalLocales(name)[0]
  } catch {
    return undefined
  }
}

import type { Area } from './area.ts'
import type { Needs } from './deps.ts'

/** What the texts of a page are to be in. */
export function createLanguageHandlers({ language }: Needs<'language', never>): Area<'language'> {
  return { 'language.get': async () => language() }
}

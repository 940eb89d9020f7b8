import { activeLanguage } from '../../common/messages/language.ts'
import { activateFirst } from '../../common/messages/languages.ts'
import type { Client } from '../../common/protocol.ts'

const KEY = 'tidekeep.language'

/**
 * Before anything is drawn: the language that was asked for the last time, else the browser's, which is the system of a
 * page.
 */
export function activateLanguage(): void {
  activateFirst([rememberedLanguage(), navigator.language])
  const { tag, direction } = activeLanguage()
  document.documentElement.lang = tag
  document.documentElement.dir = direction
}

/** The language that is asked for now. Where it is another than the page was drawn in, the page is loaded again; so are the others of this browser. */
export async function followLanguage(client: Client): Promise<void> {
  const { tag: language } = await client.call('language.get', {})
  if (language === rememberedLanguage()) return
  try {
    localStorage.setItem(KEY, language)
  } catch {
    return
  }
  // Where nothing can be remembered, loading again would not change anything.
  if (rememberedLanguage() === language) location.reload()
}

/** Another window of the application changed the language. */
export function followOtherWindows(): void {
  window.addEventListener('storage', ({ key }) => {
    if (key === KEY) location.reload()
  })
}

function rememberedLanguage(): string {
  try {
    return localStorage.getItem(KEY) ?? 'system'
  } catch {
    return 'system'
  }
}

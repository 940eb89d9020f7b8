import { activeLanguage } from '../../common/messages/language.ts'
import { activateFirst } from '../../common/messages/languages.ts'
import type { Settings } from '../../common/settings.ts'

const KEY = 'tidekeep.language'

/** Before anything is drawn: the language of the last time, else the browser's. */
export function activateLanguage(): void {
  activateFirst([rememberedLanguage(), navigator.language])
  const { tag, direction } = activeLanguage()
  document.documentElement.lang = tag
  document.documentElement.dir = direction
}

/** The setting as it is now. Where it is another than the page was drawn in, the page is loaded again; so are the others of this browser. */
export function applyLanguage(language: Settings['language']): void {
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

import type { Settings } from '../../common/settings.ts'

const KEY = 'tidekeep.theme'

/** Puts the chosen theme on the page; `system` follows the computer. Remembered, so that the next window opens in it. */
export function applyTheme(theme: Settings['theme']): void {
  document.documentElement.dataset['theme'] = theme
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // Storage can be switched off; then the theme arrives with the settings, a moment later.
  }
}

/** As the last time, until the settings are there. */
export function applyRememberedTheme(): void {
  applyTheme(rememberedTheme())
}

function rememberedTheme(): Settings['theme'] {
  try {
    const theme = localStorage.getItem(KEY)
    return theme === 'light' || theme === 'dark' ? theme : 'system'
  } catch {
    return 'system'
  }
}

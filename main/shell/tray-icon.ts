import { join } from 'node:path'
import type { Headline } from '../../common/protocol.ts'
import type { Platform } from './electron-api.ts'

/** The shapes of the tray icon. States differ by shape, never by colour alone. */
export const TRAY_STATES = ['protected', 'syncing', 'waiting', 'paused', 'attention', 'offline'] as const
/** One icon each. */
export type TrayState = (typeof TRAY_STATES)[number]

/**
 * Before anything is set up, nothing is protected and a person is needed: that is what "attention" says. While it looks
 * for what changed it works, as far as so small a picture tells.
 */
export function trayStateOf(headline: Headline): TrayState {
  if (headline === 'checking') return 'syncing'
  return headline === 'unconfigured' ? 'attention' : headline
}

/**
 * The image file for a state; `scripts/icons.ts` draws them. macOS takes a black template it tints
 * itself, Windows a multi-size icon for a dark or a light task bar, Linux one that reads on both,
 * since no desktop says which its panel is.
 */
export function trayIconPath(
  state: TrayState,
  look: { readonly platform: Platform; readonly darkBar: boolean; readonly icons: string },
): string {
  const directory = join(look.icons, 'tray')
  switch (look.platform) {
    case 'darwin':
      return join(directory, `${state}Template.png`)
    case 'win32':
      return join(directory, `${state}-${look.darkBar ? 'dark' : 'light'}.ico`)
    case 'linux':
      return join(directory, `${state}.png`)
  }
}

import type { ElectronApi, Platform } from './electron-api.ts'

/** Given at start by the login item: no window is opened. */
export const HIDDEN_FLAG = '--hidden'

/**
 * False when another instance is running, which then shows its window: end at once. `onSecond` is
 * called in the running one, unless the second was started by the login item.
 */
export function isFirstInstance(electron: Pick<ElectronApi, 'app'>, onSecond: () => void): boolean {
  if (!electron.app.requestSingleInstanceLock()) return false
  electron.app.on('second-instance', (_event, argv) => {
    if (!argv.includes(HIDDEN_FLAG)) onSecond()
  })
  return true
}

/** True when the login item started this process. macOS passes no arguments, but remembers. */
export function isHiddenStart(
  electron: Pick<ElectronApi, 'app'>,
  platform: Platform,
  argv: readonly string[],
): boolean {
  if (argv.includes(HIDDEN_FLAG)) return true
  return platform === 'darwin' && electron.app.getLoginItemSettings().wasOpenedAtLogin
}

import type { Clock, Log } from '../host.ts'
import type { ElectronApi } from './electron-api.ts'

/** How long a graceful stop may take before running transfers are cut; they resume at the next start. */
const PATIENCE_MS = 10_000

/** What quitting has to see to. */
export interface QuitParts {
  readonly electron: Pick<ElectronApi, 'app' | 'powerMonitor'>
  readonly clock: Clock
  readonly log: Log
  /** Stops the application; with `now`, without finishing parts under way. */
  readonly stop: (now: boolean) => Promise<void>
  /** Takes windows, tray and transport down. Called once, before stopping. */
  readonly release: () => void
}

/**
 * Makes every way of quitting graceful: parts under way are finished and saved. Quitting again, a
 * shutdown of the computer, or ten seconds gone by mean "now".
 */
export function quitGracefully(parts: QuitParts): { readonly begun: () => boolean } {
  const { electron, log } = parts
  let state: 'running' | 'stopping' | 'stopped' = 'running'
  const stopNow = (): void => {
    parts.stop(true).catch(() => log.error('stop failed'))
  }
  const begin = (now: boolean): void => {
    state = 'stopping'
    parts.release()
    const cancel = parts.clock.after(PATIENCE_MS, stopNow)
    parts
      .stop(now)
      .catch(() => log.error('stop failed'))
      .finally(() => {
        cancel()
        state = 'stopped'
        electron.app.quit()
      })
  }
  const quit = (event: { preventDefault(): void }, now: boolean): void => {
    if (state === 'stopped') return
    event.preventDefault()
    if (state === 'running') begin(now)
    else stopNow()
  }
  electron.app.on('before-quit', (event) => quit(event, false))
  electron.powerMonitor.on('shutdown', (event?: { preventDefault(): void }) =>
    quit(event ?? { preventDefault: () => undefined }, true),
  )
  return { begun: () => state !== 'running' }
}

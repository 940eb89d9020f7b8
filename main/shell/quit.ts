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

/** The end of the program, as far as it has come. */
export interface Quitting {
  readonly begun: () => boolean
  /** Quits; once everything is stopped, `last` is run in place of ending, and has to end the program. */
  into(last: () => void): void
}

/**
 * Makes every way of quitting graceful: parts under way are finished and saved. Quitting again, a
 * shutdown of the computer, or ten seconds gone by mean "now".
 */
export function quitGracefully(parts: QuitParts): Quitting {
  const { electron, log } = parts
  let state: 'running' | 'stopping' | 'stopped' = 'running'
  const stopNow = (): void => {
    parts.stop(true).catch(() => log.error('stop failed'))
  }
  const begin = (now: boolean, last: () => void = () => electron.app.quit()): void => {
    state = 'stopping'
    parts.release()
    const cancel = parts.clock.after(PATIENCE_MS, stopNow)
    parts
      .stop(now)
      .catch(() => log.error('stop failed'))
      .finally(() => {
        cancel()
        state = 'stopped'
        last()
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
  return {
    begun: () => state !== 'running',
    into: (last) => {
      if (state === 'running') begin(false, last)
    },
  }
}

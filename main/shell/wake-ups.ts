import type { Clock } from '../host.ts'
import type { ElectronApi } from './electron-api.ts'

/** How often reachability is looked at; Electron has no event for it in the main process. */
const NETWORK_POLL_MS = 15_000

/**
 * Calls `wake` after sleep, after unlocking and when the network comes back. "Online" can be wrong
 * on some systems, so it only ever wakes and never stops anything. The returned function ends it.
 */
export function watchWakeUps(
  electron: Pick<ElectronApi, 'powerMonitor' | 'net'>,
  clock: Clock,
  wake: () => void,
): () => void {
  let online = electron.net.isOnline()
  let cancel = clock.after(NETWORK_POLL_MS, poll)
  electron.powerMonitor.on('resume', wake)
  electron.powerMonitor.on('unlock-screen', wake)
  return () => {
    cancel()
    electron.powerMonitor.off('resume', wake)
    electron.powerMonitor.off('unlock-screen', wake)
  }

  function poll(): void {
    const isOnline = electron.net.isOnline()
    if (isOnline && !online) wake()
    online = isOnline
    cancel = clock.after(NETWORK_POLL_MS, poll)
  }
}

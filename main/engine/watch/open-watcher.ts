import type { Clock, Log } from '../../host.ts'
import { ChokidarWatcher } from './chokidar-watcher.ts'
import { DirectoryWatcher } from './directory-watcher.ts'
import { FolderWatcher } from './folder-watcher.ts'
import { networkFolderKind } from './network-folder.ts'
import type { OpenRawWatcher } from './raw-watcher.ts'
import type { OpenWatcher } from './watcher.ts'

/** How a folder is watched: one watch a directory, or chokidar. */
export type WatchBackend = 'directories' | 'chokidar'

const OPEN_BY_BACKEND: Readonly<Record<WatchBackend, OpenRawWatcher>> = {
  directories: (options, listener) => new DirectoryWatcher(options, listener),
  chokidar: (options, listener) => new ChokidarWatcher(options, listener),
}

/** Options of {@link createOpenWatcher}; all but the first two are for tests. */
export interface OpenWatcherOptions {
  readonly clock: Clock
  readonly log: Log
  /** Defaults to `directories` on Linux, where it is leaner, and `chokidar` elsewhere. */
  readonly backend?: WatchBackend | OpenRawWatcher
  readonly networkKind?: (root: string) => Promise<string | undefined>
}

/** Watchers of local folders. Nothing is opened before `batches` is called. */
export function createOpenWatcher(options: OpenWatcherOptions): OpenWatcher {
  const backend = options.backend ?? (process.platform === 'linux' ? 'directories' : 'chokidar')
  const openRaw = typeof backend === 'string' ? OPEN_BY_BACKEND[backend] : backend
  const networkKind = options.networkKind ?? networkFolderKind
  return (watchOptions) =>
    new FolderWatcher({ clock: options.clock, log: options.log, openRaw, networkKind }, watchOptions)
}

import { relative, sep } from 'node:path'
import { watch, type FSWatcher } from 'chokidar'
import { IGNORE_FILE } from '../../../workers/ignore/ignore-level.ts'
import { BurstMeter } from './burst-meter.ts'
import {
  failureOf,
  type RawEventKind,
  type RawListener,
  type RawWatcher,
  type RawWatchOptions,
  type WatchFailure,
} from './raw-watcher.ts'

const KIND_BY_EVENT: Readonly<Record<string, RawEventKind>> = {
  add: 'appeared',
  change: 'changed',
  unlink: 'removed',
  addDir: 'directory-appeared',
  unlinkDir: 'directory-removed',
}

/** Watches through chokidar, which watches recursively on macOS and Windows. It knows the tree, so its events are exact. */
export class ChokidarWatcher implements RawWatcher {
  readonly ready: Promise<void>
  readonly #options: RawWatchOptions
  readonly #listener: RawListener
  readonly #watcher: FSWatcher
  #isBroken = false

  constructor(options: RawWatchOptions, listener: RawListener) {
    this.#options = options
    this.#listener = listener
    const burst = new BurstMeter(() => listener.onOverflow())
    this.#watcher = watch(options.root, {
      ignored: (path, stats) => this.#isIgnored(this.#relative(path), stats?.isDirectory()),
      ignoreInitial: true,
      followSymlinks: false,
      atomic: false,
      ignorePermissionErrors: true,
    })
    this.#watcher.on('raw', () => burst.note())
    this.#watcher.on('error', (error) => this.#break(failureOf(error)))
    this.#watcher.on('all', (event, path) => this.#take(event, this.#relative(path)))
    this.ready = new Promise((resolve) => {
      this.#watcher.on('ready', resolve)
      this.#watcher.on('error', () => resolve())
    })
  }

  resync(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#isBroken = true
    return this.#watcher.close()
  }

  #take(event: string, path: string): void {
    const kind = KIND_BY_EVENT[event]
    if (kind === undefined || this.#isBroken) return
    if (path === '') {
      if (event === 'unlinkDir') this.#break({ kind: 'root-gone' })
      return
    }
    // What chokidar was told to ignore stays so: only a new watch follows new rules.
    if (path === IGNORE_FILE || path.endsWith(`/${IGNORE_FILE}`)) {
      this.#options.isIgnored(path, false)
      return this.#break({ kind: 'rules-changed' })
    }
    if (kind === 'directory-appeared' || kind === 'directory-removed' || !this.#options.isIgnored(path, false)) {
      this.#listener.onEvent({ path, kind })
    }
  }

  #break(failure: WatchFailure): void {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#listener.onBroken(failure)
  }

  /** Asked without a type first: then only what is ignored either way is. Rule files are always of interest. */
  #isIgnored(path: string, isDirectory: boolean | undefined): boolean {
    const { isIgnored } = this.#options
    if (path === '' || path === IGNORE_FILE || path.endsWith(`/${IGNORE_FILE}`)) return false
    return isDirectory === undefined ? isIgnored(path, true) && isIgnored(path, false) : isIgnored(path, isDirectory)
  }

  #relative(path: string): string {
    const below = relative(this.#options.root, path)
    return sep === '/' ? below : below.replaceAll(sep, '/')
  }
}

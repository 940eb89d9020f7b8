/** What a backend saw. Paths are relative to the root and '/'-separated. */
export interface RawEvent {
  readonly path: string
  readonly kind: RawEventKind
}

/**
 * `appeared` may also be a file that was renamed over an existing one. `directory-appeared` and
 * `directory-removed` stand for everything below, too, and so does `directory-changed`: of a directory
 * that was there before or may have been told of already, so that its removal must be told as well.
 */
export type RawEventKind =
  | 'changed'
  | 'appeared'
  | 'removed'
  | 'directory-appeared'
  | 'directory-changed'
  | 'directory-removed'

/** Where a backend puts what it sees. */
export interface RawListener {
  onEvent(event: RawEvent): void
  /** Events were lost, or may have been. */
  onOverflow(): void
  /** The backend cannot go on; whoever opened it closes it. Called at most once. */
  onBroken(failure: WatchFailure): void
}

/** Why a backend gave up. `limit`: the system allows no more watches (ENOSPC) or watchers (EMFILE). */
export type WatchFailure =
  | { readonly kind: 'limit'; readonly code: 'ENOSPC' | 'EMFILE' }
  | { readonly kind: 'root-gone' }
  | { readonly kind: 'rules-changed' }
  | { readonly kind: 'error'; readonly code: string }

/** What a backend is told. */
export interface RawWatchOptions {
  /** Absolute path of a directory. */
  readonly root: string
  readonly isIgnored: (path: string, isDirectory: boolean) => boolean
}

/** One open backend. */
export interface RawWatcher {
  /** Resolves when everything is watched or the backend broke; never rejects. */
  readonly ready: Promise<void>
  /** Looks again for directories that are not watched yet. Resolves when done; never rejects. */
  resync(): Promise<void>
  close(): Promise<void>
}

/** One backend: events as the system gives them, unsettled. */
export type OpenRawWatcher = (options: RawWatchOptions, listener: RawListener) => RawWatcher

/** What a thrown error means for the whole backend. */
export function failureOf(error: unknown): WatchFailure {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ''
  if (code === 'ENOSPC' || code === 'EMFILE') return { kind: 'limit', code }
  return { kind: 'error', code }
}

import type { RelPath } from '../../common/model.ts'
import type { Client } from '../../common/protocol.ts'
import type { FolderSettings, S3Options } from '../../common/settings.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Application } from '../application.ts'
import type { Host, Paths } from '../host.ts'
import type { DeltaDownloads } from '../delta/delta-download.ts'
import type { KeptVersion, TargetProvider } from '../providers/provider.ts'
import type { ChangesSince } from '../restore/rounds.ts'
import type { Records } from '../restore/records.ts'
import type { SourceTree } from '../restore/verify-source.ts'
import type { RunOnce } from '../run-once.ts'
import type { ResolvedConfig } from '../state/config-resolution.ts'
import type { PairConflicts, PairConflictsQuery } from './pair-conflicts.ts'

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * What the commands need of the rest of the program. Loaded when used, so that `--help` stays fast;
 * replaced in tests.
 */
export interface Ports {
  /** `home` is undefined for the platform's own places. */
  paths(home: string | undefined, env: Environment): Paths
  host(paths: Paths, env: Environment, options: HostOptions): Promise<Host>
  runOnce: RunOnce
  /** What is in force: environment over file over defaults. */
  config(paths: Paths, env: Environment): Promise<ResolvedConfig>
  /** The running service, or undefined when none runs. */
  connect(paths: Paths): Promise<Connection | undefined>
  /**
   * The same calls answered from the files of the installation. For a change it holds the
   * instance lock: throws `locked` while the application runs.
   */
  offline(host: Host, purpose: OfflinePurpose): Promise<Connection>
  /**
   * Opens a target without the rest of the application. `close` it. With `used`, a local target
   * without the mark of earlier use counts as a disk that is not there (`unavailable`).
   */
  openTarget(
    host: Host,
    location: string,
    options: { readonly s3: S3Options; readonly used: boolean },
  ): Promise<OpenTarget>
  /** The same, knowing which unfinished transfers this computer goes on with; `close` it. */
  openRememberingTarget(host: Host, location: string, s3: S3Options): Promise<OpenTarget>
  /** What this computer remembers of a target; `close` it. */
  openRecords(host: Host, target: string): Promise<OpenRecords>
  pairConflicts(host: Host, query: PairConflictsQuery): Promise<readonly PairConflicts[]>
  openSource(host: Host, directory: string): Promise<OpenSource>
  /** Composes the application without any way in, for a drill. Throws `locked` when another one uses the same state. */
  compose(host: Host, env: Environment): Promise<Application>
  /** Composes the application and serves it. Throws `locked` when another one runs. */
  startService(host: Host, env: Environment, options: ServeOptions): Promise<ServedApplication>
  checkIgnore(folder: IgnoreFolder, path: string): Promise<IgnoreAnswer>
  /** Runs every conformance check; answers where something could not be removed again. */
  checkProvider(target: TargetProvider, check: ProviderCheck): Promise<{ readonly leftBehind: string | undefined }>
  describeSecrets(host: Host, env: Environment): Promise<string>
  accounts(host: Host, env: Environment): Promise<Accounts>
  /** Asks the system to show an address; false when it cannot. */
  openBrowser(url: string): Promise<boolean>
}

/** How a command wants its host. */
export interface HostOptions {
  /** Everything that is logged, on standard error as well. */
  readonly debug: boolean
}

/** What the files are opened for: to read them, to change settings, or to change the queue as well. */
export type OfflinePurpose = 'look' | 'settings' | 'queue'

/** Answers calls until closed. */
export interface Connection extends Client {
  close(): Promise<void> | void
}

/** A target with its decorators; `close` it. */
export interface OpenTarget {
  readonly target: TargetProvider
  /** Requests sent so far, by operation. */
  requests(): Readonly<Record<string, number>>
  /** Finds what of its files is here already. */
  readonly delta?: DeltaDownloads
  close(): Promise<void>
}

/** What is remembered of one target. */
export interface OpenRecords {
  readonly records: Records
  /** How many trees are remembered; 0 where nothing is. */
  readonly trees: number
  /** How the store of this target was reached, where a folder or pair says so. */
  readonly s3: S3Options
  /** A conflict, or a job that is not finished, may go by what is kept of the path. */
  isNeeded(this: void, path: RelPath): boolean
  /** This computer takes the version for the present one: another computer wrote what followed it. */
  isKnownAsPresent?(this: void, version: KeptVersion): boolean
  /** Remembers how far the passes to it are that run on this computer. */
  markChanges(this: void): ChangesSince
  close(): void
}

/** A source as a pass sees it; `close` it. */
export interface OpenSource {
  readonly tree: SourceTree
  close(): Promise<void>
}

/** As the flags of `tidekeep serve`. */
export interface ServeOptions {
  readonly ui: boolean
  readonly open: boolean
  readonly port?: number
}

/** A service under way. */
export interface ServedApplication {
  readonly address: string | undefined
  signInUrl(): string | undefined
  close(options?: { readonly now?: boolean }): Promise<void>
}

/** The folder that ignore rules are looked up for. */
export type IgnoreFolder = Pick<FolderSettings, 'path' | 'ignore'> & { readonly globalIgnore: readonly string[] }

/** Whether a path is left out, and by which line. */
export interface IgnoreAnswer {
  readonly ignored: boolean
  /** The file or setting the deciding line is in. */
  readonly file?: string
  /** From 1. */
  readonly line?: number
  readonly pattern?: string
  /** The parent that is left out, where it is not the path itself. */
  readonly through?: string
}

/** How a conformance run is followed and stopped. */
export interface ProviderCheck {
  /** Aborted: the check under way is the last. */
  readonly signal: AbortSignal
  /** Hears of each check as it ends. */
  readonly onCheck: (check: CheckOutcome) => void
}

/** How one check ended. `skipped`: the target does not claim the ability. */
export interface CheckOutcome {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly message?: string
}

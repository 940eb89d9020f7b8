import type { Action, RestoreProof } from '../../common/model.ts'
import type { StatusView } from '../../common/protocol.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import type { Pool } from '../../workers/tasks.ts'
import type { DeltaUploads } from '../delta/delta-upload.ts'
import type { Host } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { PastUse } from '../restore/past-use.ts'
import type { PastLock } from '../state/past-lock.ts'
import type { Verdict } from '../speed/verdict.ts'
import type { Store } from '../state/store.ts'
import type { BringBack } from './decisions.ts'
import type { ExecuteContext } from './execute/run.ts'
import type { Scanner } from './scan/scanner.ts'
import type { Watcher } from './watch/watcher.ts'

/** What the engine is made of. */
export interface EngineDeps {
  readonly host: Host
  readonly store: Store
  readonly pool: Pool
  readonly version: string
  readonly settings: () => Settings
  /** How fast work may go at present, and whether it may; left out: as the settings say. */
  readonly speed?: () => Verdict
  /** For a preview, a target that refuses every change. */
  readonly openTarget: (folder: FolderSettings, use?: 'preview') => Promise<TargetProvider>
  /** The folder itself as somewhere to write, for two-way mode; left out: there is none. */
  readonly openSource?: (folder: FolderSettings) => Promise<TargetProvider>
  /** What the rules of a folder say about a conflict. */
  readonly conflictRules?: (
    folder: FolderSettings,
    sides: { readonly source: TargetProvider; readonly target: TargetProvider },
  ) => ExecuteContext['conflictRule']
  /** How large changed files of a folder are sent; left out: whole. */
  readonly openDelta?: (folder: FolderSettings, target: TargetProvider, use?: 'preview') => Promise<DeltaUploads>
  readonly openScanner: (folder: FolderSettings) => Scanner
  readonly openWatcher: (folder: FolderSettings) => Watcher
  /** Without it, no proofs of restore are made. */
  readonly prove?: Prove
  /** Whose earlier versions are read at present; left out: nobody's. */
  readonly pastUse?: Pick<PastUse, 'isHeld'>
  /** Keeps what is let go of apart from restores of other processes; left out: there are none. */
  readonly pastLock?: Pick<PastLock, 'unlessHeld'>
  /** Without it, nothing can be brought back. */
  readonly bringBack?: BringBack
  /** What the status tells of other parts of the program. */
  readonly alongside?: () => Pick<StatusView, 'updateReady' | 'notices' | 'canReveal'>
  /** A job of any folder failed for good. */
  readonly onDead?: (action: Action) => void
  /** A pass of any folder ended normally. */
  readonly onScanned?: (durationMs: number) => void
  /** There was work, and for some seconds now there has been none. */
  readonly onQuiet?: () => void
}

/** Brings a sample of a folder back and compares it; undefined where nothing could be judged. See `proveRestore`. */
export type Prove = (
  work: {
    readonly folder: FolderSettings
    readonly target: TargetProvider
    readonly store: Store
    readonly maxBytes: number
  },
  signal: AbortSignal,
) => Promise<RestoreProof | undefined>

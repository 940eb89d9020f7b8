import type { Done } from './live-transfers.ts'
import type { TidekeepError } from '../../common/errors.ts'
import type { Action, Coverage } from '../../common/model.ts'
import type { ActivityView, TransferView } from '../../common/protocol.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import type { Pool } from '../../workers/tasks.ts'
import type { DeltaUploads } from '../delta/delta-upload.ts'
import type { Host } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { Store } from '../state/store.ts'
import type { Burst } from './burst.ts'
import type { ExecuteContext } from './execute/run.ts'
import type { Scanner } from './scan/scanner.ts'
import type { Watcher } from './watch/watcher.ts'

/** What one folder's pipeline is made of: one implementation of each stage's port. */
export interface PipelineDeps {
  readonly host: Host
  readonly store: Store
  readonly pool: Pool
  readonly folder: FolderSettings
  readonly settings: () => Settings
  readonly scanner: Scanner
  readonly watcher: Watcher
  readonly target: TargetProvider
  /** The folder as somewhere to write; two-way mode only. */
  readonly source?: TargetProvider
  readonly conflictRule?: ExecuteContext['conflictRule']
  readonly delta?: DeltaUploads
  /** Of all folders whose work is shown together. */
  readonly burst?: Burst
  readonly onRecorded: (rows: readonly ActivityView[]) => void
  /** A job failed for good. */
  readonly onDead: (action: Action) => void
  /** A pass over everything or some paths ended normally. */
  readonly onScanned: (durationMs: number) => void
  readonly onChange: () => void
}

/** What a pipeline knows of itself, for the status. */
export interface PipelineState {
  readonly phase: 'idle' | 'scanning' | 'transferring'
  /** Files looked at by the pass under way. */
  readonly scanned: number
  readonly paused: boolean
  readonly coverage: Coverage
  /** Why the last pass did not end, and which side was in the way. */
  readonly passError: TidekeepError | undefined
  readonly passErrorAt: 'source' | 'target'
  readonly targetError: TidekeepError | undefined
  /** What is under way, which may be thousands. Asked for anew, it begins anew. */
  readonly live: Iterable<TransferView>
  readonly done: Done
  /** False until the first full pass of this process ended. */
  readonly reconciled: boolean
  /** When the last full pass began that ended normally, host-clock milliseconds. */
  readonly lookedAtMs?: number
}

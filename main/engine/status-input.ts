import type { FolderId } from '../../common/model.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import type { Clock } from '../host.ts'
import type { Verdict } from '../speed/verdict.ts'
import type { Store } from '../state/store.ts'
import type { PipelineState } from './pipeline-ports.ts'
import type { Protection } from './protection-clock.ts'

/** A folder with what its pipeline says; undefined state: it could not be opened, for that reason. */
export interface FolderStatusInput {
  readonly settings: FolderSettings
  readonly state: PipelineState | undefined
  readonly openError?: { readonly message: string; readonly fix?: string }
  /** It is about to be opened: nothing is known of it yet. */
  readonly isOpening?: true
}

/** What a status is computed from. */
export interface StatusInput {
  readonly folders: readonly FolderStatusInput[]
  readonly settings: Settings
  readonly store: Store
  readonly clock: Clock
  readonly version: string
  readonly bytesPerSecond: number
  /** How long that has been measured without a standstill; left out: long enough. */
  readonly rateAgeMs?: number
  /** It is less than half of what it was a moment ago; left out: it is not. */
  readonly hasSlowed?: boolean
  /** Of the folder with that id; without it, what was last written down. */
  readonly protectionOf?: (id: FolderId) => Protection
  /** How fast work may go at present; left out: as the settings say. */
  readonly speed?: Verdict
}

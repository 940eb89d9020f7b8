import type { RelPath } from '../../common/model.ts'
import type { ListRequest, ListView, MomentsView, SearchView, VersionsView } from '../../common/protocol.ts'
import type { KeptVersion } from '../providers/provider.ts'

/** Which part of the time, in how many bars; at most `limit` moments. */
export interface PartOfTime {
  readonly fromMs: number
  readonly toMs: number
  readonly bars: number
  readonly limit: number
}

/** What is looked for; `after` is where the last page ended. */
export interface WantedNames {
  readonly text: string
  readonly after: number
  readonly limit: number
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>
}

/** What people look at of one folder's past: read as a whole, or asked for file by file as they open it. */
export interface FolderPast {
  readonly keepsVersions: boolean
  /** True: what is opened is asked of the target; see `TimelineView.versionsByFile`. */
  readonly isByFile: boolean
  /** The first moment anything is known of. */
  firstMs(): number | undefined
  /** Files there now, and earlier versions, as far as they are counted. */
  counts(): { readonly files: number; readonly earlierVersions: number }
  /** The signal ends the waiting; what was begun for it may go on for who asks next. */
  list(request: Omit<ListRequest, 'id'>, signal: AbortSignal): Promise<ListView>
  moments(part: PartOfTime): MomentsView
  /** Never asks the target. */
  search(wanted: WantedNames): Promise<SearchView>
  /** Every version of one file, newest first. */
  versions(path: RelPath, signal: AbortSignal): Promise<VersionsView>
  /** One of those that were shown, so that it need not be asked for again; undefined where it has to be. */
  shown(path: RelPath, token: string): KeptVersion | undefined
  /**
   * The present version of a file is still the one that was read: people must not be shown, or given, other content under its
   * time and size. Throws `precondition-failed`.
   */
  checkStillCurrent(path: RelPath, signal: AbortSignal): Promise<void>
}

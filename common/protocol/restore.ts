import type { Author, KeptWhy } from '../model.ts'
import type { Call, Nothing, WireError } from './call.ts'

/** Looking at what a folder was, and bringing it back. Everything after `open` names the timeline that it began. */
export interface RestoreCalls {
  /** Begins to read what the folder's target holds and keeps, or answers what was read already; `again` reads anew. Nothing is written. */
  'restore.open': Call<{ readonly folderId: string; readonly again?: boolean }, TimelineView>
  /** How far the reading is. Throws `not-found` for a timeline that was let go of: open it again. */
  'restore.timeline': Call<{ readonly id: string }, TimelineView>
  /** Lets go of what was read. Idempotent; restores that run go on. */
  'restore.close': Call<{ readonly id: string }, Nothing>
  /** When things changed between two moments: for drawing, and to go to. */
  'restore.moments': Call<MomentsRequest, MomentsView>
  /** What one folder held at a moment, a page at a time. */
  'restore.list': Call<ListRequest, ListView>
  /** Files whose name has this text in it, of any time, a page at a time. */
  'restore.search': Call<SearchRequest, SearchView>
  /** What a restore would do. Nothing is written. Answers at once; `restore.run` tells how it goes. */
  'restore.plan': Call<RestoreRequest, RestoreRunView>
  /** Does it. One at a time: throws `locked` while another restore writes. */
  'restore.start': Call<RestoreRequest, RestoreRunView>
  /** How a plan or a restore stands; for an hour after its end. */
  'restore.run': Call<{ readonly id: string }, RestoreRunView>
  /** No further file is begun, those under way end now, and leave nothing behind. Idempotent. */
  'restore.cancel': Call<{ readonly id: string }, RestoreRunView>
  /** Every version of one file, newest first. */
  'versions.list': Call<{ readonly id: string; readonly path: string }, VersionsView>
  /** The beginning of one version, for looking at. Throws `precondition-failed` where the present one is no longer the one that was read. */
  'versions.preview': Call<{ readonly id: string; readonly path: string; readonly token: string }, PreviewView>
  /** What would go of a folder's earlier versions by the rules in force. Nothing is removed. Throws `timeout` for a target that does not list them within a minute. */
  'versions.due': Call<{ readonly folderId: string }, DueVersionsView>
}

/** What the rules for earlier versions let go at one target. */
export interface DueVersionsView {
  /** False: the target keeps none of ours; the rest is absent. */
  readonly keepsVersions: boolean
  readonly due?: VersionAmount
  readonly staying?: VersionAmount
  /** Kept by a versioned bucket, and not to be let go of by us. */
  readonly ofStore?: VersionAmount
  /** What keeping the due ones costs, where the prices are known. */
  readonly dollarsPerMonth?: number
}

/** A number of versions. */
export interface VersionAmount {
  readonly count: number
  readonly bytes: number
}

/** What is known of one folder's past. Times are the target's, milliseconds since the epoch. */
export interface TimelineView {
  readonly id: string
  readonly folderId: string
  readonly state: 'reading' | 'ready' | 'failed'
  /** While reading: found so far. */
  readonly files: number
  /** Earlier ones, beside what is there now. */
  readonly earlierVersions: number
  /** While reading: the target has asked to wait so long from now on. */
  readonly waitMs?: number
  /** When the reading began, by this computer's clock. */
  readonly readAtMs: number
  /** The first moment anything is known of; absent while reading, and where nothing is. */
  readonly firstMs?: number
  /** False: the target keeps no earlier versions; so there is only what it holds now. */
  readonly keepsVersions: boolean
  /**
   * The target tells versions one file at a time. Folders are listed as they are opened, and `versions.list` asks the target each
   * time; counts are of what is directly in a folder, and moments those that this computer knows of.
   */
  readonly versionsByFile?: true
  /** Of `failed`. */
  readonly error?: WireError
}

/** Which part of the time, in how many bars; at most `limit` moments. */
export interface MomentsRequest {
  readonly id: string
  readonly fromMs: number
  readonly toMs: number
  readonly bars: number
  readonly limit: number
}

/** Changes over time. */
export interface MomentsView {
  /** Files that changed, for each of as many equal stretches of time as were asked for. */
  readonly bars: readonly number[]
  /** Newest first. */
  readonly moments: readonly MomentView[]
  /** There are older ones in this part of the time. */
  readonly more: boolean
  /** The first of all that is known by now, whatever part was asked for. */
  readonly firstMs?: number
}

/** Changes that came together. */
export interface MomentView {
  readonly fromMs: number
  readonly toMs: number
  /** Files that came to be, or came back. */
  readonly added: number
  readonly replaced: number
  readonly deleted: number
  /** Files that got content, where it is not known whether they were there before. */
  readonly changed?: number
}

/** `atMs` left out: as it is now. */
export interface ListRequest {
  readonly id: string
  readonly path: string
  readonly atMs?: number
  /** Also what was there at any other time; not together with `atMs`. */
  readonly gone?: boolean
  /** Asks once more of what could not be asked; see `ListView.byFile`. */
  readonly again?: boolean
  readonly offset: number
  readonly limit: number
}

/** One page of a folder. */
export interface ListView {
  readonly rows: readonly ListRow[]
  /** Rows of all pages. */
  readonly total: number
  /** Of everything below the folder at that moment: files, their bytes, files nobody can tell whether they were there, and files that were there and are not kept. */
  readonly files: number
  readonly bytes: number
  readonly unsure: number
  readonly lost: number
  /** Of a target that tells versions file by file; everything above is then of the files directly in the folder. */
  readonly byFile?: AskedFiles
}

/** How far the files of the pages that were asked for are known. Those under way are asked for by whoever asks for their page; asking again costs nothing. */
export interface AskedFiles {
  readonly asking: number
  /** The target did not tell, because of `error`; they are not asked for again before `again`. */
  readonly untold: number
  readonly error?: WireError
  /** The target has asked to wait so long from now on; those that are asked for wait. */
  readonly waitMs?: number
}

/**
 * How a file stands at a moment. `there`: it can be had as it was. `unsure`: the target does not tell
 * whether it was there already. `lost`: it was there, and that version is not kept. `gone`: it was
 * there at other times. Where versions are told file by file also `asking`: it changed since, and the target has not
 * told yet what it was; `untold`: it could not be asked; `younger`: it was not there yet; `deleted`: this computer's history knows
 * that it was there, and it is not under this name any more.
 */
export type Standing = 'there' | 'unsure' | 'lost' | 'gone' | 'asking' | 'untold' | 'younger' | 'deleted'

/** A file, or a folder with what is in it, at a moment. */
export interface ListRow {
  readonly kind: 'file' | 'directory'
  readonly name: string
  readonly path: string
  readonly standing: Standing
  readonly sizeBytes: number
  /** Of a folder: files in it that are `there` or `unsure`; of a file: versions there are. Absent where that is not known. */
  readonly count?: number
  /** When this version began; absent where the target does not tell, and for folders. */
  readonly sinceMs?: number
  /** Nothing of it is there now. */
  readonly isGoneNow: boolean
  /** Of these files, in an archive class: they must be thawed before they can be read. */
  readonly archived: number
}

/** `text` is looked for in names, upper and lower case alike. `after`: where the last page ended. */
export interface SearchRequest {
  readonly id: string
  readonly text: string
  readonly after?: number
  readonly limit: number
}

/** One page of what was found. */
export interface SearchView {
  readonly rows: readonly SearchRow[]
  /** Where to go on; absent at the end. */
  readonly next?: number
}

/** A file that was found, of any time. */
export interface SearchRow {
  readonly path: string
  /** Absent where that is not known. */
  readonly versions?: number
  /** Of its last version. */
  readonly sizeBytes: number
  /** When its last version began; absent where the target does not tell. */
  readonly sinceMs?: number
  /** When it was deleted, replaced for good or moved away; absent for what is there now. */
  readonly goneMs?: number
}

/** Everything that can be had of one file. */
export interface VersionsView {
  readonly path: string
  /** Newest first. */
  readonly versions: readonly VersionView[]
  /** True where the first one begins at a moment that the target does not tell. */
  readonly isBeginningUnknown: boolean
}

/** One version. `current` is what the target holds now; the others are kept. */
export interface VersionView {
  readonly token: string
  readonly sizeBytes: number
  readonly sinceMs?: number
  /** Absent for what is there now. */
  readonly untilMs?: number
  readonly why: KeptWhy | 'current'
  /** In an archive class: it must be thawed before it can be read. */
  readonly isArchived: boolean
  /** Who keeps it: the target as a file of its own, Tidekeep beside it, or the store itself: a bucket with versioning, a OneDrive. */
  readonly keptBy: 'target' | 'tidekeep' | 'store'
  /** After it there was nothing for a while: the file was deleted. */
  readonly isLastBeforeGap: boolean
  /** Who made it, where the target tells that. Names are as it tells them: show them as untrusted text. */
  readonly changedBy?: Author
}

/** What can be shown of a version. `why` none: too large an image, not text, archived, or empty. */
export type PreviewView =
  | { readonly kind: 'text'; readonly text: string; readonly isCut: boolean; readonly sizeBytes: number }
  | { readonly kind: 'image'; readonly type: ImageType; readonly base64: string; readonly sizeBytes: number }
  | { readonly kind: 'none'; readonly why: 'empty' | 'too-large' | 'binary' | 'archived'; readonly sizeBytes: number }

/** Images that are shown; by their first bytes, whatever their name says. */
export type ImageType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp' | 'image/bmp'

/** What to bring back, as of when, and where to. */
export interface RestoreRequest {
  readonly id: string
  /** Files and folders with everything below them; '' is everything. */
  readonly paths: readonly string[]
  /** Of one file: exactly this version. Not together with `atMs`. */
  readonly token?: string
  /** Left out: what the target holds now. */
  readonly atMs?: number
  /** What is there now, and of what is gone its last version. Not together with `atMs` or `token`. */
  readonly last?: boolean
  /**
   * `in-place`: into the folder it came from; what is replaced is kept beside it under a name that says
   * so. `beside`: next to it there, under a new name. `directory`: below another folder of this computer.
   */
  readonly to:
    | { readonly kind: 'in-place' }
    | { readonly kind: 'beside' }
    | { readonly kind: 'directory'; readonly path: string }
}

/** A plan or a restore, under way or over. Lists are cut at 200; the counts are whole. */
export interface RestoreRunView {
  readonly id: string
  readonly isPlan: boolean
  readonly state: 'counting' | 'running' | 'done' | 'cancelled' | 'failed'
  /** Absolute: where things go. */
  readonly directory: string
  readonly filesDone: number
  readonly filesTotal: number
  readonly bytesDone: number
  readonly bytesTotal: number
  /** Files that were brought back; in a plan: would be. */
  readonly restored: number
  readonly restoredBytes: number
  /** Of the restored files, in an archive class of the store: a plan does not know whether they were thawed. */
  readonly archived: number
  /** Of these, fetched from the target; what was here already was used again. */
  readonly receivedBytes: number
  /** Files that are already there just like that. */
  readonly equal: number
  /** Files that others made room for, and the names these have now. */
  readonly replaced: number
  readonly replacements: readonly { readonly path: string; readonly keptAs: string }[]
  /** Brought back, but the target does not tell whether they were there at that moment. */
  readonly unsure: number
  /** Left out: not there yet at that moment, or what was there is not kept. */
  readonly younger: number
  readonly leftOut: readonly string[]
  /** True where the target went on changing until the end: what was left out may have been there after all. */
  readonly isUnsettled: boolean
  /** Brought back, but the target has no checksum, so only the size was compared. */
  readonly unverified: number
  readonly failed: number
  readonly failures: readonly { readonly path: string; readonly message: string }[]
  /** The new names of what is brought back beside what is there. */
  readonly renamed: readonly { readonly path: string; readonly to: string }[]
  /** Of `failed`. */
  readonly error?: WireError
}

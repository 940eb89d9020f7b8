import type { Conflict, ConflictKind, ConflictRule, Resolution, ResolutionKind } from '../conflict.ts'
import type { Author, EntryKind, Failure } from '../model.ts'
import type { Call, Nothing } from './call.ts'

/** What both sides changed, and deciding it. */
export interface ConflictCalls {
  /** Oldest first; resolved ones newest first. Page on with the last id. */
  'conflicts.list': Call<
    ConflictQuery & { readonly state: 'unresolved' | 'resolved'; readonly after?: number; readonly limit: number },
    readonly ConflictView[]
  >
  /** What the unresolved ones of a query are, as counts; with `pattern` (gitignore syntax) only those it takes. */
  'conflicts.count': Call<ConflictQuery & { readonly pattern?: string }, ConflictCounts>
  /**
   * One conflict with what helps to decide it. Reads both versions, within bounds; with `fetch`, as much as comparing them takes.
   * `look` names this look, so that it can be ended. Throws `not-found`, and `cancelled` where it was ended.
   */
  'conflicts.show': Call<{ readonly id: number; readonly fetch?: boolean; readonly look?: string }, ConflictDetail>
  /** Nobody waits for that look any more: what it still reads ends. Idempotent. */
  'conflicts.leave': Call<{ readonly look: string }, Nothing>
  /** Decides. Nothing is decided about what is no longer as it was shown; see {@link DecidedItem}. */
  'conflicts.resolve': Call<ResolveRequest, ResolvedView>
  /** Makes resolved conflicts open again, with what was displaced put back on its side, while that is kept. */
  'conflicts.undo': Call<{ readonly ids: readonly number[] }, { readonly items: readonly DecidedItem[] }>
  'conflicts.rules': Call<Nothing, readonly FolderRulesView[]>
  /** Puts a rule before the others of its folder; one with the same pattern is replaced. Open conflicts stay open. */
  'conflicts.addRule': Call<{ readonly folderId: string; readonly rule: ConflictRule }, readonly FolderRulesView[]>
  'conflicts.removeRule': Call<{ readonly folderId: string; readonly pattern: string }, readonly FolderRulesView[]>
}

/** Which conflicts. `scope`: a path of the folder, and all below it. */
export interface ConflictQuery {
  readonly folderId?: string
  readonly kind?: ConflictKind
  readonly scope?: string
}

/** One of the two versions. */
export interface ConflictSideView {
  readonly kind: EntryKind
  readonly size: number
  /** Milliseconds since the epoch. */
  /** Absent for a folder at a target that has none: it stands for what lies below a name. */
  readonly mtimeMs?: number
  /** Stands for exactly this version; a decision names it. */
  readonly version: string
  /** BLAKE3 of its content, lower-case hex, where it was read. */
  readonly contentHash?: string
  /** Who gave it this content, as far as its side tells. */
  readonly changedBy?: Author
}

/** One conflict as it is listed. */
export interface ConflictView {
  readonly id: number
  readonly folderId: string
  readonly path: string
  readonly kind: ConflictKind
  readonly state: Conflict['state']
  readonly detectedAtMs: number
  readonly local: ConflictSideView
  readonly remote: ConflictSideView
  /** What both came from, if they ever agreed. */
  readonly base?: { readonly size: number; readonly mtimeMs: number }
  /** By their times of change. */
  readonly newer: 'local' | 'remote' | 'neither'
  readonly resolution?: {
    readonly kind: Resolution['kind']
    readonly rule?: string
    readonly atMs: number
    readonly renamedTo?: string
  }
  /** It can be undone, as far as is known here. */
  readonly undoable?: true
}

/** A line of a comparison. `local` and `remote`: only that side has it. */
export interface DiffLine {
  readonly at: 'both' | 'local' | 'remote'
  readonly text: string
}

/** A stretch of lines that differ, and some before and after. Lines are counted from 1. */
export interface DiffHunk {
  readonly localLine: number
  readonly remoteLine: number
  readonly lines: readonly DiffLine[]
}

/** How a text is written down. */
export type TextEncoding = 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'utf-16be'
/** How its lines end; `none`: it has but one. */
export type LineEnds = 'lf' | 'crlf' | 'mixed' | 'none'

/** In what two texts are written down differently; what is alike is absent. */
export interface TextForms {
  readonly lineEnds?: { readonly local: LineEnds; readonly remote: LineEnds }
  readonly encodings?: { readonly local: TextEncoding; readonly remote: TextEncoding }
}

/** How two texts differ, besides how they are written down. */
export interface TextEvidence extends TextForms {
  readonly kind: 'text'
  readonly hunks: readonly DiffHunk[]
  /** Lines that only one side has. */
  readonly onlyLocal: number
  readonly onlyRemote: number
  /** There is more than is shown. */
  readonly isCut: boolean
}

/** What the content of both versions says. */
export type Evidence =
  | TextEvidence
  /** `data:` addresses. */
  | { readonly kind: 'image'; readonly local: string; readonly remote: string }
  /** Cut by content and compared, wherever it lies. */
  | {
      readonly kind: 'binary'
      /** 0 to 100: what is in one of them only. */
      readonly differingPercent: number
      /** Where they begin to differ, in the local version; absent where what was compared is equal. */
      readonly firstDifferenceAt?: number
    }
  /** Not compared before somebody asks for it: so much is read of files of this computer, and so much fetched. */
  | { readonly kind: 'unread'; readonly readBytes: number; readonly fetchBytes: number }
  /** The same text, written down in other ways. */
  | ({ readonly kind: 'same-text' } & TextForms)
  /** Packages of parts, such as documents of office programs; told by the lengths and checksums they give of their parts. At most a few names of each. */
  | {
      readonly kind: 'parts'
      readonly same: number
      readonly differing: readonly string[]
      readonly onlyLocal: readonly string[]
      readonly onlyRemote: readonly string[]
      readonly isCut: boolean
    }
  /** A folder on that side; how much is in it, as far as that could be told soon. */
  | {
      readonly kind: 'folder'
      readonly at: 'local' | 'remote'
      readonly files?: number
      readonly bytes?: number
      readonly isCut?: true
    }
  | { readonly kind: 'none'; readonly why: string }

/** Whether the changes of both can be had in one text. */
export type MergeView =
  | {
      readonly isPossible: true
      /** Of the merged text; accepting it names this. */
      readonly digest: string
      readonly size: number
      /** What it changes in the local version; `remote` stands for the merged text. */
      readonly changes: TextEvidence
    }
  | { readonly isPossible: false; readonly why: string }

/** A conflict with what helps to decide it. */
export interface ConflictDetail {
  readonly conflict: ConflictView
  /** What each side is called. */
  readonly names: { readonly local: string; readonly remote: string }
  readonly evidence: Evidence
  readonly merge: MergeView
  /** The name that the local version would get if both are kept. */
  readonly copyName: string
  /** Which resolutions there are for it. */
  readonly choices: readonly ResolutionKind[]
  /** What speaks for one of them. Never carried out by itself. */
  readonly advice?: { readonly resolution: ResolutionKind; readonly reason: string }
}

/** What is decided. `as`: the name of the local version, without its folder. `digest`: of the merged text that was shown. */
export type Decision =
  | { readonly kind: 'keep-local' | 'keep-remote' }
  | { readonly kind: 'keep-both'; readonly as?: string }
  | { readonly kind: 'merge'; readonly digest?: string }

/** A conflict as it was shown: both versions are named. */
export interface ShownConflict {
  readonly id: number
  readonly local: string
  readonly remote: string
}

/**
 * Decides the conflicts that are named, or all that a query finds. For a query, `seen` is what a dry run of it answered:
 * where the conflicts are others by now, nothing is decided (`precondition-failed`).
 */
export interface ResolveRequest {
  readonly decision: Decision
  readonly conflicts?: readonly ShownConflict[]
  readonly query?: ConflictQuery & { readonly pattern?: string }
  readonly seen?: string
  /** Counts only. */
  readonly dryRun: boolean
}

/** What a decision would do, or did. */
export interface ConflictCounts {
  readonly conflicts: number
  /** Of these, without files against folders, where each side is the newer one. */
  readonly localNewer: number
  readonly remoteNewer: number
  /** Of these, a file against a folder: each is decided by itself, but for keeping both. */
  readonly againstFolder: number
  /** Stands for these conflicts with these versions. */
  readonly seen: string
}

/**
 * What became of one conflict. `decided`: it is on its way. `moved`: a side changed since, nothing was done; the conflict is
 * as it is now, if there is still one. `reopened`: undone.
 */
export interface DecidedItem {
  readonly id: number
  readonly folderId: string
  readonly path: string
  readonly outcome: 'decided' | 'reopened' | 'moved' | 'refused' | 'failed'
  readonly renamedTo?: string
  readonly conflict?: ConflictView
  readonly failure?: Failure
}

/** What a decision did. */
export interface ResolvedView {
  readonly dryRun: boolean
  readonly counts: ConflictCounts
  readonly decided: number
  /** Those that were decided and those that were not: at most 200, the latter first. */
  readonly items: readonly DecidedItem[]
}

/** The rules of one folder, in the order they are asked. */
export interface FolderRulesView {
  readonly folderId: string
  readonly name: string
  readonly rules: readonly ConflictRule[]
}

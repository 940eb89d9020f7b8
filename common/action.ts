import type { Resolves } from './conflict.ts'
import type { BaselineEntry, Entry, Precondition, RelPath } from './model.ts'

interface ActionBase {
  readonly path: RelPath
  /** What must still hold at the target when the action mutates it (I3). */
  readonly expect: Precondition
}
/** Send content. `base` is what the target is believed to hold (an equal hash turns the upload into a metadata update). */
export interface UploadAction extends ActionBase {
  readonly kind: 'upload'
  readonly local: Entry
  readonly base?: BaselineEntry
  readonly resolves?: Resolves
}
/** Compare with what is already there; equal content is recorded without sending, other content is kept aside first. */
export interface AdoptAction extends ActionBase {
  readonly kind: 'adopt'
  readonly local: Entry
  readonly remote: Entry
  /** What both sides agreed on before, if ever: what is that still is ours, whatever its etag says. */
  readonly base?: BaselineEntry
  /** Where size, time and mode agree with what the target records, the content is taken for the same. */
  readonly trust?: 'recorded'
}
/** Same content under another path. Where it turns out not to be the same, or the target cannot move, it is sent. */
export interface MoveAction extends ActionBase {
  readonly kind: 'move'
  readonly from: RelPath
  readonly local: Entry
  readonly base: BaselineEntry
}
/** Only what is gone at the source and unchanged at the target. */
export interface DeleteAction extends ActionBase {
  readonly kind: 'delete'
  readonly base: BaselineEntry
}
/** Times and mode; content is known to be the same. */
export interface MetadataAction extends ActionBase {
  readonly kind: 'metadata'
  readonly local: Entry
  readonly base: BaselineEntry
}
/** Only for targets that have directories. */
export interface MakeDirectoryAction extends ActionBase {
  readonly kind: 'make-directory'
  readonly local: Entry
  /** The file that was agreed on in its place; two-way only. */
  readonly base?: BaselineEntry
}
/** The baseline forgets a path; nothing happens at the target. */
export interface ForgetAction extends ActionBase {
  readonly kind: 'forget'
  readonly base: BaselineEntry
}

/** Fetch content into the source. What it replaces there must still be `local`, or absent without it, and is kept (I5, I14). `expect` pins what is read. */
export interface DownloadAction extends ActionBase {
  readonly kind: 'download'
  readonly remote: Entry
  readonly local?: Entry
  readonly base?: BaselineEntry
  readonly resolves?: Resolves
}
/** Remove from the source what is gone at the target and unchanged here; it is kept. */
export interface RemoveLocalAction extends ActionBase {
  readonly kind: 'remove-local'
  readonly local: Entry
  readonly base: BaselineEntry
}
/** The target gave it another name: the source follows, without fetching. Where that cannot be, it is fetched. */
export interface MoveLocalAction extends ActionBase {
  readonly kind: 'move-local'
  readonly from: RelPath
  readonly local: Entry
  readonly remote: Entry
  readonly base: BaselineEntry
}
export interface MakeLocalDirectoryAction extends ActionBase {
  readonly kind: 'make-local-directory'
  readonly remote: Entry
  /** The file in its place, which is kept: as it must still be. */
  readonly local?: Entry
}
/** Both sides have it and may differ: equal content is agreed on, metadata follows the newer, all else is a conflict. */
export interface SettleAction extends ActionBase {
  readonly kind: 'settle'
  readonly local: Entry
  readonly remote: Entry
  readonly base?: BaselineEntry
}
/** The local version gets the name `as`, where nothing may be; then the target's is fetched into its place. */
export interface KeepBothAction extends ActionBase {
  readonly kind: 'keep-both'
  readonly as: RelPath
  readonly local: Entry
  readonly remote: Entry
  readonly base?: BaselineEntry
  readonly resolves: Resolves
}

/**
 * A file against a folder: what `side` has gets the name `as` there, where nothing may be, and what the other side has takes its place.
 * `as` is a free name beside it where both stay, a place in the kept area where one gives way.
 */
export interface MakeWayAction extends ActionBase {
  readonly kind: 'make-way'
  readonly side: 'local' | 'remote'
  readonly as: RelPath
  readonly local: Entry
  readonly remote: Entry
  readonly base?: BaselineEntry
  readonly resolves: Resolves
}

/** Everything *execute* can do. */
export type Action =
  | UploadAction
  | AdoptAction
  | MoveAction
  | DeleteAction
  | MetadataAction
  | MakeDirectoryAction
  | ForgetAction
  | DownloadAction
  | RemoveLocalAction
  | MoveLocalAction
  | MakeLocalDirectoryAction
  | SettleAction
  | KeepBothAction
  | MakeWayAction
/** Closed: used as a label of figures. */
export type ActionKind = Action['kind']

import type { Call } from './call.ts'

/** What ignore lines decide, for trying them before they are saved. */
export interface RuleCalls {
  /** What `ignore` lines in place of the folder's own would leave out; counts for a few seconds, `complete` says whether that was enough. Nothing is saved. */
  'rules.survey': Call<{ readonly id: string; readonly ignore: readonly string[] }, IgnoreSurveyView>
  /** Which line, of these and of all others in force, leaves out a path of the folder (relative, or absolute inside it). Throws `invalid` for one that is elsewhere. */
  'rules.explain': Call<
    { readonly id: string; readonly ignore: readonly string[]; readonly path: string },
    IgnoreAnswer
  >
}

/** Where an ignore line stands: in the lines for every folder, in the folder's own, or in a `.tidekeepignore` file (its path below the folder). */
export interface IgnoreLineView {
  readonly source: 'global' | 'folder' | (string & {})
  /** Counted from 1. */
  readonly line: number
  readonly pattern: string
}

/** Files that are kept and left out. */
export interface IgnoreSurveyView {
  readonly kept: { readonly files: number; readonly bytes: number }
  readonly left: { readonly files: number; readonly bytes: number }
  /** Lines that leave something out, most bytes first, at most 500. */
  readonly rules: readonly (IgnoreLineView & {
    readonly files: number
    readonly bytes: number
    /** A path it leaves out. */
    readonly example: string
  })[]
  readonly complete: boolean
}

/** Why a path is left out; `through`: the folder above it that the line names. */
export type IgnoreAnswer =
  | { readonly ignored: false }
  | ({ readonly ignored: true; readonly through?: string } & IgnoreLineView)

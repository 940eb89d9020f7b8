import type { NameFolding } from '../../common/name-folding.ts'
import type { NameRules } from '../../common/name-rules.ts'

/** What the store can hold and bear. */
export interface Limits {
  /** Largest content one put may carry, bytes. */
  readonly maxObjectBytes: number
  /** Longest path in UTF-8 bytes, prefix included; and longest segment. */
  readonly maxPathBytes: number
  readonly maxSegmentBytes: number
  /** Which names are one to this target: it never holds two of them, and keeps the spelling of what came first. It may find it under any. */
  readonly nameFolding: NameFolding
  /** Looks find an entry only under the very name that listings tell, though no other of those that are one to it can be put beside it. */
  readonly findsExactNames?: true
  /** Which names it refuses, or would change. */
  readonly nameRules: NameRules
  /** Finest mtime step the target keeps, nanoseconds. */
  readonly mtimeStepNs: bigint
  /** Directories that are asked for at once are made in one step: one level after the other takes longer. */
  readonly makesDirectoriesTogether?: true
  /** Jobs worth having under way at once: small ones and large ones. */
  readonly smallConcurrency: number
  readonly largeConcurrency: number
  /** Groups that small ones are handed over in, where `putBatch` is there; three unless told. */
  readonly smallGroups?: number
}

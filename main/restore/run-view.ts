import type { RestoreRunView } from '../../common/protocol.ts'
import type { RunEvent } from '../run-once.ts'
import type { RestoreResult } from './restore.ts'

/** Rows of each list that are shown. */
const LISTED = 200
/** Paths that are remembered as done; more are looked at again where the target changed meanwhile. */
const REMEMBERED = 100_000

/** What a run tells while it goes on; lists are shown cut. */
export type Progress = Pick<
  RestoreRunView,
  | 'filesDone'
  | 'filesTotal'
  | 'bytesDone'
  | 'bytesTotal'
  | 'restored'
  | 'restoredBytes'
  | 'replaced'
  | 'replacements'
  | 'failed'
  | 'failures'
  | 'younger'
  | 'leftOut'
> & { readonly isCounted: boolean }

/** Follows one run; what it shows grows while the run goes on. */
export class RunProgress {
  readonly #replacements: { path: string; keptAs: string }[] = []
  readonly #failures = new Map<string, string>()
  readonly #leftOut = new Set<string>()
  readonly #made = new Set<string>()
  #counted = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 }
  #sums = { restored: 0, restoredBytes: 0, replaced: 0 }
  #isCounted = false

  readonly onEvent = (event: RunEvent): void => {
    switch (event.type) {
      case 'progress':
        return this.#count(event)
      case 'action':
        return this.#act(event)
      case 'failure':
        return void this.#failures.set(event.path, [event.message, event.fix].filter(Boolean).join(' '))
      case 'problem':
        return void this.#failures.set(event.path, event.message)
      case 'left-out':
        this.#leftOut.add(event.path)
    }
  }

  /** True for a file that this run brought back, or put aside for one. */
  hasMade(path: string): boolean {
    return this.#made.has(path)
  }

  /** They are looked at again. */
  forget(paths: readonly string[]): void {
    for (const path of paths) {
      this.#failures.delete(path)
      this.#leftOut.delete(path)
    }
  }

  view(): Progress {
    const failures = [...this.#failures].slice(0, LISTED).map(([path, message]) => ({ path, message }))
    return {
      ...this.#counted,
      ...this.#sums,
      replacements: this.#replacements,
      failed: this.#failures.size,
      failures,
      younger: this.#leftOut.size,
      leftOut: [...this.#leftOut].slice(0, LISTED),
      isCounted: this.#isCounted,
    }
  }

  #count({ filesDone, filesTotal, bytesDone, bytesTotal }: Extract<RunEvent, { readonly type: 'progress' }>): void {
    this.#counted = { filesDone, filesTotal, bytesDone, bytesTotal }
    this.#isCounted ||= filesDone > 0
  }

  #act({ path, sizeBytes = 0, keptAs }: Extract<RunEvent, { readonly type: 'action' }>): void {
    this.#sums.restored++
    this.#sums.restoredBytes += sizeBytes
    if (this.#made.size < REMEMBERED) this.#made.add(path)
    if (keptAs === undefined) return
    this.#sums.replaced++
    if (this.#made.size < REMEMBERED) this.#made.add(keptAs)
    if (this.#replacements.length < LISTED) this.#replacements.push({ path, keptAs })
  }
}

/** What is known only when a restore has ended, of all its rounds. */
export function outcomeOf(
  rounds: readonly RestoreResult[],
): Pick<RestoreRunView, 'receivedBytes' | 'equal' | 'unsure' | 'unverified' | 'archived'> {
  const sum = (of: (round: RestoreResult) => number): number => rounds.reduce((total, round) => total + of(round), 0)
  return {
    receivedBytes: sum(({ bytes }) => bytes.received),
    equal: sum(({ counts }) => counts.skipped),
    unsure: sum(({ uncertain }) => uncertain),
    unverified: sum(({ unverified }) => unverified),
    archived: sum(({ archived }) => archived),
  }
}

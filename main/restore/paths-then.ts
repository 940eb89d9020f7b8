import type { RelPath } from '../../common/model.ts'
import type { ActivityView } from '../../common/protocol.ts'

/** What these leave at the target: the file, or nothing. What is not here says nothing of it. */
const LEAVES: Readonly<Partial<Record<ActivityView['kind'], boolean>>> = {
  upload: true,
  adopt: true,
  move: true,
  metadata: true,
  download: true,
  settle: true,
  delete: false,
  'remove-local': false,
}

/** Whether an action leaves a file at the target; undefined for what says nothing of it. */
export function leavesFile(kind: ActivityView['kind']): boolean | undefined {
  return LEAVES[kind]
}

/**
 * Which paths the target held at a moment, by a history that is read newest first. A path is known by the last thing that
 * happened to it by then; where nothing did, by a deletion that came first after it.
 */
export class PathsThen {
  readonly #atMs: number
  readonly #wasThere = new Map<RelPath, boolean>()
  readonly #isSettled = new Set<RelPath>()

  constructor(atMs: number) {
    this.#atMs = atMs
  }

  /** The next older row. */
  add({ path, kind, atMs }: Pick<ActivityView, 'path' | 'kind' | 'atMs'>): void {
    const leaves = LEAVES[kind]
    const at = path as RelPath
    if (leaves === undefined || this.#isSettled.has(at)) return
    if (atMs <= this.#atMs) {
      this.#isSettled.add(at)
      this.#wasThere.set(at, leaves)
      // Something was deleted that was there before; what was sent may have been new.
    } else this.#wasThere.set(at, !leaves)
  }

  paths(): ReadonlySet<RelPath> {
    return new Set([...this.#wasThere].flatMap(([path, wasThere]) => (wasThere ? [path] : [])))
  }
}

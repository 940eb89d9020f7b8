import type { Action, Job, JobId } from '../../common/model.ts'

/** Smaller contents are through before anybody could stop them: a signal of their own would be made for nothing. */
const STOPPABLE_BYTES = 256 * 1024

/** What a person may leave out: content on its way. Whatever else would follow from it (a folder, a deletion, a decision) is not a transfer. */
export function isSkippable(action: Action): boolean {
  return contentBytes(action) !== undefined
}

function contentBytes(action: Action): number | undefined {
  switch (action.kind) {
    case 'upload':
      return action.resolves === undefined ? action.local.size : undefined
    case 'adopt':
      return action.local.size
    case 'download':
      return action.resolves === undefined ? action.remote.size : undefined
    default:
      return undefined
  }
}

/** Running jobs that a person wants to be left out: each is stopped as by a shutdown, which keeps what it can go on from. */
export class Skips {
  readonly #stopById = new Map<JobId, AbortController>()
  readonly #askedById = new Map<JobId, (isSkipped: boolean) => void>()

  /** Ends with `kill`, and when its job is to be left out. */
  signalFor({ id, action }: Job, kill: AbortSignal): AbortSignal {
    if ((contentBytes(action) ?? 0) < STOPPABLE_BYTES) return kill
    const stop = new AbortController()
    this.#stopById.set(id, stop)
    if (this.#askedById.has(id)) stop.abort()
    return AbortSignal.any([kill, stop.signal])
  }

  /** Stops a running job. Resolves when it has ended: true where it is left out, false where it got through before. */
  ask(id: JobId): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const before = this.#askedById.get(id)
    this.#askedById.set(id, (isSkipped) => {
      before?.(isSkipped)
      resolve(isSkipped)
    })
    this.#stopById.get(id)?.abort()
    return promise
  }

  isAsked({ id }: Job): boolean {
    return this.#askedById.has(id)
  }

  /** Its run is over, and written down. */
  ended({ id }: Job, isSkipped: boolean): void {
    this.#stopById.delete(id)
    this.#askedById.get(id)?.(isSkipped)
    this.#askedById.delete(id)
  }
}

import { useCallback, useEffect, useRef, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { Client, RestoreRequest, RestoreRunView } from '../../../common/protocol.ts'
import { useClient } from '../../state/services.ts'

const POLL_MS = 250

/** A plan or a restore that was begun here. */
export interface RunState {
  readonly run: RestoreRunView | null
  readonly error: TidekeepError | null
  /** Begins one; a plan that is under way is ended. */
  readonly begin: (name: 'plan' | 'start', request: RestoreRequest) => void
  readonly cancel: () => void
  /** Forgets what was planned. */
  readonly clear: () => void
}

/** True once a run will not change any more. */
export function isOver({ state }: RestoreRunView): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled'
}

/** Begins runs and follows the last one. A plan ends with the screen; a restore goes on. */
export function useRun(): RunState {
  const client = useClient()
  const [run, setRun] = useState<RestoreRunView | null>(null)
  const [error, setError] = useState<TidekeepError | null>(null)
  const follower = useRef<Follower | null>(null)
  const clear = useCallback(() => {
    follower.current?.leave()
    follower.current = null
    setRun(null)
    setError(null)
  }, [])
  const begin = useCallback(
    (name: 'plan' | 'start', request: RestoreRequest) => {
      clear()
      const mine = new Follower(client, setRun, (thrown) => setError(toTidekeepError(thrown)))
      follower.current = mine
      void mine.begin(name, request)
    },
    [client, clear],
  )
  const cancel = useCallback(() => void follower.current?.cancel(), [])
  useEffect(() => () => follower.current?.leave(), [])
  return { run, error, begin, cancel, clear }
}

class Follower {
  readonly #client: Client
  readonly #take: (run: RestoreRunView) => void
  readonly #fail: (thrown: unknown) => void
  #run: RestoreRunView | undefined
  #isLeft = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(client: Client, take: (run: RestoreRunView) => void, fail: (thrown: unknown) => void) {
    this.#client = client
    this.#take = take
    this.#fail = fail
  }

  async begin(name: 'plan' | 'start', request: RestoreRequest): Promise<void> {
    await this.#ask(() => this.#client.call(`restore.${name}`, request))
  }

  async cancel(): Promise<void> {
    const id = this.#run?.id
    if (id !== undefined) await this.#ask(() => this.#client.call('restore.cancel', { id }))
  }

  leave(): void {
    this.#isLeft = true
    clearTimeout(this.#timer)
    // Nobody looks at a plan any more; a restore goes on.
    if (this.#run?.isPlan === true && !isOver(this.#run))
      this.#client.call('restore.cancel', { id: this.#run.id }).catch(() => undefined)
  }

  async #ask(question: () => Promise<RestoreRunView>): Promise<void> {
    clearTimeout(this.#timer)
    try {
      const run = await question()
      this.#run = run
      if (this.#isLeft) return this.leave()
      this.#take(run)
      if (!isOver(run))
        this.#timer = setTimeout(() => void this.#ask(() => this.#client.call('restore.run', { id: run.id })), POLL_MS)
    } catch (thrown) {
      if (!this.#isLeft) this.#fail(thrown)
    }
  }
}

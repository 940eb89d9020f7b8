import type { TidekeepError } from '../../../common/errors.ts'

/** Calls a fault can be aimed at. */
export type MemoryCall =
  | 'list'
  | 'changes'
  | 'stat'
  | 'read'
  | 'put'
  | 'putBatch'
  | 'remove'
  | 'move'
  | 'setMetadata'
  | 'makeDirectory'
  | 'checksum'
  | 'removeKept'
  | 'putBackKept'

/**
 * One step of a fault script: the `nth` call of a name (counted from 1) fails with `error`. With
 * `after: true` the work is done first, as when an answer is lost on its way.
 */
export interface MemoryFault {
  readonly call: MemoryCall
  readonly nth: number
  readonly error: TidekeepError
  readonly after?: boolean
}

/** Counts calls and throws what the script says. */
export class FaultScript {
  readonly #faults: readonly MemoryFault[]
  readonly #counts = new Map<MemoryCall, number>()

  constructor(faults: readonly MemoryFault[]) {
    this.#faults = faults
  }

  async around<T>(call: MemoryCall, run: () => T | Promise<T>): Promise<T> {
    const fault = this.enter(call)
    if (fault !== undefined && fault.after !== true) throw fault.error
    const result = await run()
    if (fault !== undefined) throw fault.error
    return result
  }

  /** Counts a call; gives the fault that is due. */
  enter(call: MemoryCall): MemoryFault | undefined {
    const nth = (this.#counts.get(call) ?? 0) + 1
    this.#counts.set(call, nth)
    return this.#faults.find((fault) => fault.call === call && fault.nth === nth)
  }
}

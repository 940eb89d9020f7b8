/** Runs work with a bound on how much of it runs at once. */
export interface Limiter {
  /** Waits for a free place, then starts `work` without waiting for its end. */
  start(work: () => Promise<void>): Promise<void>
  /** Resolves when everything started has ended; throws the first error. */
  finish(): Promise<void>
}

/** `atOnce` pieces of work at most; an error of one is thrown by the next `start` or by `finish`. */
export function createLimiter(atOnce: number): Limiter {
  const running = new Set<Promise<void>>()
  const errors: unknown[] = []
  const throwFirst = (): void => {
    if (errors.length > 0) throw errors[0]
  }
  return {
    start: async (work) => {
      while (running.size >= atOnce) await Promise.race(running)
      throwFirst()
      const task: Promise<void> = work()
        .catch((error: unknown) => void errors.push(error))
        .finally(() => void running.delete(task))
      running.add(task)
    },
    finish: async () => {
      await Promise.all(running)
      throwFirst()
    },
  }
}

/** What is known of a task that is to be handed out. */
export interface TaskState {
  /** Interrupting it ends its thread. */
  readonly isAbortable: boolean
}

/** What is known of a thread. */
export interface ThreadState {
  /** Tasks it was given and has not ended. */
  readonly currentUsage: number
  readonly isRunningAbortableTask: boolean
}

/** Chooses a thread; null leaves the task waiting. */
export type Balancer = <T extends ThreadState>(task: TaskState, threads: T[]) => T | null

/**
 * Hands a task to an idle thread; where all are busy, one that nobody interrupts may already wait in
 * a thread for the one before it. So threads go on while the control thread is busy with records.
 * A task that can be interrupted has a thread of its own, as interrupting it ends the thread, and
 * nothing is handed out ahead of one that waits for that.
 */
export function handOutAhead(maxThreads: number): Balancer {
  let isOneWaiting = false
  return (task, threads) => {
    const idle = threads.find((thread) => thread.currentUsage === 0)
    if (task.isAbortable) {
      isOneWaiting = idle === undefined
      return idle ?? null
    }
    if (idle !== undefined) return idle
    if (isOneWaiting || threads.length < maxThreads) return null
    return threads.find((thread) => thread.currentUsage === 1 && !thread.isRunningAbortableTask) ?? null
  }
}

import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** A smaller gain is not worth holding the event loop for. */
const WORTHWHILE_BYTES = 8 * 1024 * 1024

/**
 * Gives the memory that finished work left behind back to the system. For quiet moments: it holds
 * the event loop for some 50 ms. Says whether there was enough of it to begin.
 *
 * V8 collects when it needs room, which an idle process never does: after a full pass over 200,000
 * files it would keep 120 MiB of garbage and empty pages until the next one.
 */
export function createMemoryReturn(): () => boolean {
  let collect: NodeJS.GCFunction | undefined
  let keptBytes = getHeapStatistics().total_heap_size
  return () => {
    if (getHeapStatistics().total_heap_size - keptBytes < WORTHWHILE_BYTES) return false
    collect ??= openCollector()
    // Of all kinds the one that returns empty pages at once, and those of ended threads with them.
    void collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    keptBytes = getHeapStatistics().total_heap_size
    return true
  }
}

/** V8 hands its collector to contexts that are made while the flag is set; the program's own never sees it. */
function openCollector(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc')
  try {
    return runInNewContext('gc') as NodeJS.GCFunction
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}

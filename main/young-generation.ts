import { setFlagsFromString } from 'node:v8'
import type { Worker } from 'node:worker_threads'

const BOUND = '--semi-space-growth-factor=1'
const BY_DEFAULT = '--semi-space-growth-factor=2'

let isBound = false
let starting = 0

/**
 * The room for short-lived objects grows no further, in any thread: bursts of small objects would let V8 have
 * 130 MB of it. Called once there is much to do, as it takes some room to work in. Idempotent.
 *
 * V8 takes compiled code for another program's while a flag is not as it was, its own modules' included, so
 * a thread would take twice as long to start: while one starts, there is no bound.
 */
export function boundYoungGeneration(): void {
  if (isBound) return
  isBound = true
  process.on('worker', onStart)
  setFlagsFromString(BOUND)
}

function onStart(thread: Worker): void {
  starting++
  setFlagsFromString(BY_DEFAULT)
  let isStarting = true
  const started = (): void => {
    if (!isStarting) return
    isStarting = false
    if (--starting === 0) setFlagsFromString(BOUND)
  }
  // Its first message says that its modules are loaded.
  thread.once('message', started)
  thread.once('exit', started)
}

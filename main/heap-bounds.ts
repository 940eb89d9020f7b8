import { setFlagsFromString } from 'node:v8'
import type { Worker } from 'node:worker_threads'

/** By 60 % of what is in use, before it is collected: V8 would let it grow by 300 %. */
const GROWTH = '--heap-growing-percent'
/** Room for short-lived objects grows no further, unless the launcher bounded it. */
const YOUNG_GROWTH = '--semi-space-growth-factor'
const isYoungBounded = process.execArgv.some((option) => option.startsWith('--max-semi-space-size='))
const BOUNDS = [`${GROWTH}=60`, ...(isYoungBounded ? [] : [`${YOUNG_GROWTH}=1`])]
const BY_DEFAULT = [`${GROWTH}=0`, `${YOUNG_GROWTH}=2`]

let isBound = false
let starting = 0

/**
 * Memory for objects grows less than V8 would let it, in every thread: a burst of small ones takes 130 MB by
 * itself, and a first copy of many files leaves 50 MB of garbage lying. Called once the program is loaded, as it needs
 * room to work in. Idempotent.
 *
 * V8 takes compiled code for another program's while a flag is not as it was, its own modules' included, so
 * a thread would take twice as long to start: while one starts, there is no bound.
 */
export function boundHeaps(): void {
  if (isBound) return
  isBound = true
  process.on('worker', onStart)
  set(BOUNDS)
}

function set(flags: readonly string[]): void {
  for (const flag of flags) setFlagsFromString(flag)
}

function onStart(thread: Worker): void {
  starting++
  set(BY_DEFAULT)
  let isStarting = true
  const started = (): void => {
    if (!isStarting) return
    isStarting = false
    if (--starting === 0) set(BOUNDS)
  }
  // Its first message says that its modules are loaded.
  thread.once('message', started)
  thread.once('exit', started)
}

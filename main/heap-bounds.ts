import { setFlagsFromString } from 'node:v8'
import type { Worker } from 'node:worker_threads'

/** By 60 % of what is in use, before it is collected: V8 would let it grow by 300 %. */
const GROWTH = '--heap-growing-percent'
/** Room for short-lived objects grows no further, unless the launcher bounded it. */
const YOUNG_GROWTH = '--semi-space-growth-factor'
const isYoungBounded = process.execArgv.some((option) => option.startsWith('--max-semi-space-size='))
const BOUNDS = [`${GROWTH}=60`, ...(isYoungBounded ? [] : [`${YOUNG_GROWTH}=1`])]
const BY_DEFAULT = [`${GROWTH}=0`, `${YOUNG_GROWTH}=2`]

/** The last of V8's compilers. The one before it, which Node 22 leaves out, makes code that is nearly as fast. */
const LAST_COMPILER = 'turbofan'
const HAS_ONE_BEFORE = Number.parseInt(process.versions.v8) >= 13

let isBound = false
let isBrief = false
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
  setBounds()
}

/**
 * The work is over within seconds, as far as is known: V8's last compiler is left out, in every thread. It works anew in
 * each, for half a second of processor time in a first copy of 50,000 files, and its code gains less than that.
 * Precondition: {@link boundHeaps}, with which it takes effect, comes after it; later it does nothing. Idempotent.
 */
export function expectBriefWork(): void {
  if (!isBound) isBrief = HAS_ONE_BEFORE
}

/** There is more to do than was said, from now on. Idempotent. */
export function expectLongWork(): void {
  if (!isBrief) return
  isBrief = false
  set([`--${LAST_COMPILER}`])
}

/**
 * What was under way is over, in a process that goes on: what comes next is brief, as far as is known. Threads that begin then
 * would have everything compiled anew. Before {@link boundHeaps} it does nothing. Idempotent.
 */
export function expectBriefWorkAgain(): void {
  if (!isBound || isBrief || !HAS_ONE_BEFORE) return
  isBrief = true
  // While a thread starts there is no bound; this one comes with the others.
  if (starting === 0) set([`--no-${LAST_COMPILER}`])
}

function setBounds(): void {
  set(isBrief ? [...BOUNDS, `--no-${LAST_COMPILER}`] : BOUNDS)
}

function set(flags: readonly string[]): void {
  for (const flag of flags) setFlagsFromString(flag)
}

function onStart(thread: Worker): void {
  starting++
  set(isBrief ? [...BY_DEFAULT, `--${LAST_COMPILER}`] : BY_DEFAULT)
  let isStarting = true
  const started = (): void => {
    if (!isStarting) return
    isStarting = false
    if (--starting === 0) setBounds()
  }
  // Its first message says that its modules are loaded.
  thread.once('message', started)
  thread.once('exit', started)
}

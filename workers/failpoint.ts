import { writeSync } from 'node:fs'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/**
 * Every change that a crash could cut in two: of the state, of a target, of a restored folder, of
 * the program's own files. Each has a failpoint before and after it.
 */
export const STEPS = [
  'state.publish',
  'state.set-aside',
  'state.keep-copy',
  'state.migrate',
  'state.commit',
  'state.checkpoint',
  'state.close',
  'queue.enqueue',
  'queue.claim',
  'queue.complete',
  'queue.release',
  'queue.postpone',
  'queue.bury',
  'queue.recover',
  'queue.retry',
  'queue.decide',
  'folder.set',
  'session.put',
  'session.remove',
  'record.outcomes',
  'file.replace',
  'settings.write',
  'secret.seal',
  'signature.cache',
  'signature.save',
  'signature.remove',
  'disk.create',
  'disk.link',
  'disk.rename',
  'disk.remove',
  'disk.make-directory',
  'disk.metadata',
  'disk.durable',
  'local.prepare',
  'local.sweep',
  'local.stage',
  'local.group-durable',
  'local.publish',
  'local.change',
  's3.put',
  's3.copy',
  's3.remove',
  's3.remove-version',
  's3.begin-upload',
  's3.part',
  's3.copy-part',
  's3.complete-upload',
  's3.abort-upload',
  'segment.make',
  'segment.remove',
  'execute.keep-aside',
  'execute.make-way',
  'cleanup.remove',
  'restore.stage',
  'restore.keep-aside',
  'restore.publish',
] as const

/** A change that has failpoints. */
export type Step = (typeof STEPS)[number]
/** `state.commit.before`: the moment before a change, or after it. */
export type Failpoint = `${Step}.${'before' | 'after'}`

/** Every failpoint, for tests that go through all of them. */
export const FAILPOINTS: readonly Failpoint[] = STEPS.flatMap((step) => [`${step}.before`, `${step}.after`] as const)

interface Armed {
  readonly killAt: ReadonlyMap<string, number>
  /** Passed so often, over all threads of the process: one number for each failpoint, the last for all together. */
  readonly passed: Int32Array
  readonly isLogged: boolean
}

const VARIABLE = 'TIDEKEEP_FAILPOINT'
const ANY = '*'
const armed = arm(process.env[VARIABLE])

/**
 * Marks a moment at which a test may end the process as a crash would (SIGKILL: nothing is tidied
 * up). `TIDEKEEP_FAILPOINT` says where: `state.commit.after:3` the third time, `*:40` at the fortieth
 * failpoint of any name, several separated by commas; `log` writes each name to standard error.
 * Without that variable it does nothing.
 */
export function failpoint(name: Failpoint): void {
  if (armed !== undefined) pass(armed, name)
}

/** Work with the failpoints of a step before and after it. */
export function passing<T>(step: Step, work: () => T): T {
  failpoint(`${step}.before`)
  const result = work()
  failpoint(`${step}.after`)
  return result
}

function pass({ killAt, passed, isLogged }: Armed, name: Failpoint): void {
  const times = Atomics.add(passed, FAILPOINTS.indexOf(name), 1) + 1
  const timesAny = Atomics.add(passed, FAILPOINTS.length, 1) + 1
  if (isLogged) writeSync(2, `failpoint ${name}\n`)
  if (killAt.get(name) === times || killAt.get(ANY) === timesAny) process.kill(process.pid, 'SIGKILL')
}

/** Throws for a name that does not exist: it would never be reached, and a test would pass for nothing. */
function arm(text: string | undefined): Armed | undefined {
  if (text === undefined || text === '') return undefined
  const killAt = new Map<string, number>()
  let isLogged = false
  for (const item of text.split(',')) {
    const [, name = '', times = '1'] = /^([^:]*)(?::([1-9][0-9]*))?$/.exec(item) ?? []
    if (name === 'log') isLogged = true
    else if (name === ANY || FAILPOINTS.some((known) => known === name)) killAt.set(name, Number(times))
    else throw new Error(`${VARIABLE} names ${item}, which is no failpoint.`)
  }
  return { killAt, passed: sharedCounters(), isLogged }
}

/** Made by the first thread that arms, and handed to those it starts. */
function sharedCounters(): Int32Array {
  const known: unknown = getEnvironmentData(VARIABLE)
  if (known instanceof SharedArrayBuffer) return new Int32Array(known)
  const memory = new SharedArrayBuffer((FAILPOINTS.length + 1) * Int32Array.BYTES_PER_ELEMENT)
  setEnvironmentData(VARIABLE, memory)
  return new Int32Array(memory)
}

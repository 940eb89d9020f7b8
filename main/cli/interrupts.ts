import type { ConsoleIo, InterruptSignal } from './console-io.ts'
import { EXIT } from './exit-codes.ts'
import { cliTexts } from './cli-texts.ts'

/** Ctrl-C as two steps: first finish what is in flight and save, then end now. */
export interface Interrupts {
  /** Aborted by the first signal: no new work. */
  readonly stop: AbortSignal
  /** Aborted by the second: everything ends. */
  readonly kill: AbortSignal
  /** Which signal came first, if any. */
  signal(): InterruptSignal | undefined
  dispose(): void
}

/** Listens until disposed. `announce` says to the person what each signal did. */
export function watchInterrupts(io: ConsoleIo, announce: (message: string) => void): Interrupts {
  const stop = new AbortController()
  const kill = new AbortController()
  let first: InterruptSignal | undefined
  const dispose = io.onInterrupt((signal) => {
    if (first === undefined) {
      first = signal
      announce(cliTexts.interrupts.stoppingWhatIsUnderWay)
      stop.abort()
    } else if (!kill.signal.aborted) {
      announce(cliTexts.interrupts.ending)
      kill.abort()
    } else {
      io.leave(EXIT.interrupted)
    }
  })
  return { stop: stop.signal, kill: kill.signal, signal: () => first, dispose }
}

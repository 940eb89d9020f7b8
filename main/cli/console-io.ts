/** A stream text is written to; what the command line needs of `process.stdout`. */
export interface TextStream {
  write(text: string): unknown
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Signals that end a command. */
export type InterruptSignal = 'SIGINT' | 'SIGTERM'

/** The world around one invocation: replaced as a whole in tests. */
export interface ConsoleIo {
  readonly stdout: TextStream
  readonly stderr: TextStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly workingDirectory: string
  /** Returns the function that ends the subscription. */
  onInterrupt(listener: (signal: InterruptSignal) => void): () => void
  /** Leaves at once, without cleaning up: the answer to a third Ctrl-C. */
  leave(exitCode: number): void
}

/** The real one. */
export function processIo(): ConsoleIo {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    workingDirectory: process.cwd(),
    onInterrupt: (listener) => {
      const signals = ['SIGINT', 'SIGTERM'] as const
      for (const signal of signals) process.on(signal, listener)
      return () => {
        for (const signal of signals) process.off(signal, listener)
      }
    },
    leave: (exitCode) => process.exit(exitCode),
  }
}

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
  /** A line a person types after `question`, not shown; undefined where nobody can type. */
  askSecret(question: string): Promise<string | undefined>
  /** All of standard input. */
  readInput(): Promise<string>
  /** Returns the function that ends the subscription. */
  onInterrupt(listener: (signal: InterruptSignal) => void): () => void
  /** Resolves when all that was written to standard output is out, or is lost and the stream has said so. */
  flushed(): Promise<void>
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
    askSecret,
    readInput: async () => (await import('node:stream/consumers')).text(process.stdin),
    onInterrupt: (listener) => {
      const signals = ['SIGINT', 'SIGTERM'] as const
      for (const signal of signals) process.on(signal, listener)
      return () => {
        for (const signal of signals) process.off(signal, listener)
      }
    },
    flushed: () => new Promise((resolve) => process.stdout.write('', () => resolve())),
    leave: (exitCode) => process.exit(exitCode),
  }
}

/** Typed characters are not echoed; the question goes to standard error, so that output can be redirected. */
async function askSecret(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined
  const { createInterface } = await import('node:readline/promises')
  const { Writable } = await import('node:stream')
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  process.stderr.write(question)
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

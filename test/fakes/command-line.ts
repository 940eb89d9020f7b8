import type { ConsoleIo, InterruptSignal, TextStream } from '../../main/cli/console-io.ts'
import type { Ports } from '../../main/cli/ports.ts'
import { runCommandLine } from '../../main/cli/run-command-line.ts'
import type { Summary } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../common/settings.ts'
import { NO_COUNTS } from '../../main/restore/tally.ts'
import { resolveSettings } from '../../main/state/config-resolution.ts'
import { createFakeHost } from './host.ts'

/** A stream that keeps what is written, and can break like a closed pipe. */
export class FakeStream implements TextStream {
  text = ''
  isTTY = false
  columns = 80
  /** Set: every write fails with this code, as an 'error' event. */
  failsWith: string | undefined
  /** Set: that it failed is told only once everything is flushed, as a file does. */
  tellsLate = false
  #failed = false
  readonly #listeners: ((error: NodeJS.ErrnoException) => void)[] = []

  write(text: string): boolean {
    if (this.failsWith === undefined) this.text += text
    else if (this.tellsLate) this.#failed = true
    else this.#tell()
    return true
  }

  flush(): void {
    if (this.#failed) this.#tell()
    this.#failed = false
  }

  on(_event: 'error', listener: (error: NodeJS.ErrnoException) => void): void {
    this.#listeners.push(listener)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(Object.assign(new Error('broken'), { code: this.failsWith }))
  }
}

/** Everything one invocation left behind. */
export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A world to run commands in. */
export class CommandLineWorld {
  readonly stdout = new FakeStream()
  readonly stderr = new FakeStream()
  env: Record<string, string | undefined> = {}
  workingDirectory = '/'
  readonly left: number[] = []
  /** What is typed, or piped in. */
  input = ''
  readonly host = createFakeHost()
  ports: Partial<Ports> = {}
  settings: Settings = DEFAULT_SETTINGS
  readonly #listeners = new Set<(signal: InterruptSignal) => void>()

  interrupt(signal: InterruptSignal = 'SIGINT'): void {
    for (const listener of this.#listeners) listener(signal)
  }

  async run(...argv: readonly string[]): Promise<Ran> {
    this.stdout.text = ''
    this.stderr.text = ''
    const exitCode = await runCommandLine(argv, { io: this.#io(), ports: this.#allPorts() })
    return { exitCode, stdout: this.stdout.text, stderr: this.stderr.text }
  }

  #io(): ConsoleIo {
    return {
      stdout: this.stdout,
      stderr: this.stderr,
      env: this.env,
      workingDirectory: this.workingDirectory,
      askSecret: async () => undefined,
      readInput: async () => this.input,
      onInterrupt: (listener) => {
        this.#listeners.add(listener)
        return () => void this.#listeners.delete(listener)
      },
      flushed: async () => this.stdout.flush(),
      leave: (exitCode) => void this.left.push(exitCode),
    }
  }

  #allPorts(): Ports {
    const defaults: Partial<Ports> = {
      paths: () => this.host.paths,
      host: async () => this.host,
      config: async (_paths, env) =>
        resolveSettings({
          flags: {},
          env,
          file: { settings: this.settings, stored: new Set(), path: '/settings.json' },
        }),
      connect: async () => undefined,
      pairConflicts: async () => [],
    }
    return new Proxy({ ...defaults, ...this.ports } as Ports, {
      get: (ports, name: keyof Ports) => {
        if (ports[name] !== undefined) return ports[name]
        return () => {
          throw new Error(`The command used ports.${name}, which this test did not expect.`)
        }
      },
    })
  }
}

/** A summary of a pass that did nothing, with what the test changes. */
export function fakeSummary(changes: Partial<Summary> = {}): Summary {
  return {
    type: 'summary',
    command: 'sync',
    ok: true,
    exitCode: 0,
    dryRun: false,
    durationMs: 12,
    counts: NO_COUNTS,
    bytes: { scanned: 0, sent: 0, received: 0, reused: 0 },
    requests: {},
    actions: [],
    failures: [],
    ...changes,
  }
}

/** The objects on stdout: every line one for JSON lines, else the whole text one. */
export function jsonLines(text: string): readonly Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

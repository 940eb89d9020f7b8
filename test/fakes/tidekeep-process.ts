import { spawn, type ChildProcess } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { LAUNCHER } from '../fixtures/built.ts'

/** What one process left behind. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command as users start it, as processes of their own, on one installation. */
export class TidekeepProcesses {
  readonly #home: string
  readonly #env: Readonly<Record<string, string>>
  readonly #children = new Set<ChildProcess>()

  constructor(home: string, env: Readonly<Record<string, string>> = {}) {
    this.#home = home
    this.#env = env
  }

  start(...args: readonly string[]): ChildProcess {
    const env = {
      ...process.env,
      TIDEKEEP_HOME: this.#home,
      TIDEKEEP_SECRETS: 'file',
      NODE_NO_WARNINGS: '1',
      ...this.#env,
    }
    const child = spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: 'pipe' })
    this.#children.add(child)
    return child
  }

  run(...args: readonly string[]): Promise<Ended> {
    return processEnd(this.start(...args))
  }

  /** The object of `--json`. Throws what was said instead when there is none. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { stdout, stderr } = await this.run(...args, '--json')
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout) as T
  }

  /** Ends what a failed test left running. */
  killAll(): void {
    for (const child of this.#children) child.kill('SIGKILL')
    this.#children.clear()
  }
}

/** Everything a process says, once it ended. */
export async function processEnd(child: ChildProcess): Promise<Ended> {
  const exit = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('exit', (exitCode, signal) => resolve([exitCode, signal]))
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)])
  const [exitCode, signal] = await exit
  return { exitCode, signal, stdout, stderr }
}

import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LAUNCHER } from '../../fixtures/built.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** How one process is run. */
export interface RunOptions {
  readonly env: Readonly<Record<string, string>>
  /** Value of TIDEKEEP_FAILPOINT. */
  readonly failpoint?: string
  /** Put before the program: strace and its arguments. */
  readonly under?: readonly string[]
  /** Asked over and over as soon as the process has begun to write; it is killed once this says so. */
  readonly killWhen?: (processId: number) => boolean
}

/** A path of the target as of which the program said that it is done. */
export interface Acknowledged {
  readonly kind: string
  readonly path: string
}

/** What a process did before it ended. */
export interface Ran {
  /** Undefined where it was killed. */
  readonly exitCode: number | undefined
  readonly wasKilled: boolean
  readonly acknowledged: readonly Acknowledged[]
  /** The last line of `--jsonl`. */
  readonly summary: Readonly<Record<string, unknown>> | undefined
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

/** Runs the built program as a process of its own, with `--jsonl`. */
export function runTidekeep(args: readonly string[], options: RunOptions): Promise<Ran> {
  return runNode([LAUNCHER, ...args, '--jsonl'], options)
}

/** Runs Node with a script or a module. */
export async function runNode(args: readonly string[], options: RunOptions): Promise<Ran> {
  const startMs = performance.now()
  const [command, ...rest] = [...(options.under ?? []), process.execPath, ...args] as [string, ...string[]]
  const child = spawn(command, rest, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: options.env['TIDEKEEP_HOME'] ?? '',
      NODE_NO_WARNINGS: '1',
      ...options.env,
      ...(options.failpoint === undefined ? {} : { TIDEKEEP_FAILPOINT: options.failpoint }),
    },
  })
  const said = gather(child)
  const watched = options.killWhen === undefined ? undefined : killOnce(child, options.killWhen)
  const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...ended: [number | null, NodeJS.Signals | null]) => resolve(ended))
  })
  watched?.stop()
  const { stdout, stderr } = said
  // strace ends as what it ran ended: by the signal itself, or with 128 and its number.
  const wasKilled = signal === 'SIGKILL' || exitCode === 137
  const lines = stdout.split('\n').flatMap(parsedLine)
  return {
    exitCode: wasKilled ? undefined : (exitCode ?? -1),
    wasKilled,
    acknowledged: lines
      .filter(({ type }) => type === 'action')
      .map(({ kind, path }) => ({ kind: String(kind), path: String(path) })),
    summary: lines.findLast(({ type }) => type !== 'action'),
    stdout,
    stderr,
    durationMs: performance.now() - startMs,
  }
}

/** Names of the failpoints that a run with `log` passed, in order. */
export function loggedFailpoints({ stderr }: Pick<Ran, 'stderr'>): readonly string[] {
  return Array.from(stderr.matchAll(/^failpoint (\S+)$/gm), ([, name]) => name!)
}

/** Bytes a process has written so far, to anything: how far it has come, whatever the time. 0 once it is gone. */
export function writtenBytes(processId: number): number {
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${processId}/io`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

function gather(child: ChildProcess): { stdout: string; stderr: string } {
  const said = { stdout: '', stderr: '' }
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  return said
}

/** Its threads tell each other a few hundred bytes before; the first page of its state is larger. */
const LOADED_BYTES = 4096
const LOADING_MS = 5

/** A program that is being loaded is left alone: looking at it as fast as one can would take half of the machine from it. */
function killOnce(child: ChildProcess, isDue: (processId: number) => boolean): { stop(): void } {
  let isOver = false
  const look = (): void => {
    if (isOver || child.pid === undefined) return
    if (writtenBytes(child.pid) < LOADED_BYTES) setTimeout(look, LOADING_MS)
    else if (isDue(child.pid)) child.kill('SIGKILL')
    else setImmediate(look)
  }
  look()
  return { stop: () => void (isOver = true) }
}

/** A line that a kill cut short is no line. */
function parsedLine(line: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    return line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []
  } catch {
    return []
  }
}

import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'

/** `syncfs(2)` by way of coreutils, as Node does not offer it; it reports write errors since Linux 5.8. */
const SYNC = 'sync -f "$1"'
/** Whether this `sync` knows `-f`, and may open the place: the file system of processes has nothing to write, so it answers at once. */
const TRY = 'test -r "$1" && sync -f /proc'
const LOOP = `while read -r what; do case $what in try) ${TRY};; *) ${SYNC};; esac 2>/dev/null; echo $?; done`

/**
 * A small shell that syncs one file system each time it is asked. It is started once: starting a
 * process from a large one stops that for milliseconds. It ends with this process, or when closed.
 */
export class SyncProcess {
  readonly #root: string
  #child: ChildProcess | undefined
  #answer: ((status: number) => void) | undefined

  constructor(root: string) {
    this.#root = root
  }

  /** Exit status of one sync; -1 where none can be run. Precondition: the one before was answered. */
  run(): Promise<number> {
    return this.#ask('sync')
  }

  /** Exit status of a sync that has nothing to do, as `run` tells it. */
  try(): Promise<number> {
    return this.#ask('try')
  }

  #ask(what: 'sync' | 'try'): Promise<number> {
    return new Promise((resolve) => {
      const child = (this.#child ??= this.#start())
      this.#answer = (status) => {
        this.#answer = undefined
        this.#setWaiting(child, false)
        resolve(status)
      }
      this.#setWaiting(child, true)
      child.stdin?.write(`${what}\n`)
    })
  }

  close(): void {
    this.#child?.stdin?.end()
    this.#child = undefined
  }

  #start(): ChildProcess {
    const child = spawn('sh', ['-c', LOOP, 'sh', this.#root], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    })
    const ended = (): void => {
      if (this.#child === child) this.#child = undefined
      this.#answer?.(-1)
    }
    child.once('error', ended)
    child.once('exit', ended)
    child.stdin?.on('error', ended)
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#answer?.(Number.parseInt(text, 10)))
    return child
  }

  /** An idle shell must not keep this process alive, a busy one must. */
  #setWaiting(child: ChildProcess, isWaiting: boolean): void {
    for (const each of [child, child.stdin as Socket | null, child.stdout as Socket | null]) {
      if (isWaiting) each?.ref()
      else each?.unref()
    }
  }
}

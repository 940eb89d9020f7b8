import { spawn } from 'node:child_process'
import { TidekeepError } from '../../../common/errors.ts'

/** Makes a whole file system durable with one call, shared by all who ask while one runs. */
export class GroupSync {
  readonly #root: string
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #available: Promise<boolean> | undefined

  constructor(root: string) {
    this.#root = root
  }

  /** Whether this computer can: Linux with a `sync` that knows `-f`. Precondition: the root exists. */
  available(): Promise<boolean> {
    this.#available ??=
      process.platform === 'linux' ? runSync(this.#root).then((status) => status === 0) : Promise.resolve(false)
    return this.#available
  }

  /** Resolves when everything written before the call is durable. Throws `unavailable` when the disk could not do it. */
  sync(): Promise<void> {
    if (this.#running === undefined) return (this.#running = this.#run())
    // What runs now may have passed over the latest writes; the one after it serves all waiting.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return (this.#running = this.#run())
      })
    return this.#next
  }

  async #run(): Promise<void> {
    try {
      if ((await runSync(this.#root)) === 0) return
      throw new TidekeepError({
        code: 'unavailable',
        message: `The disk holding ${this.#root} could not store what was written.`,
        path: this.#root,
        fix: 'Check the disk: it may be failing or gone.',
      })
    } finally {
      this.#running = undefined
    }
  }
}

/** `syncfs(2)` by way of coreutils, which Node does not offer; it reports write errors since Linux 5.8. */
function runSync(root: string): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('sync', ['-f', root], {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    })
    child.once('error', () => resolve(-1))
    child.once('exit', (status) => resolve(status ?? -1))
  })
}

import { TidekeepError } from '../../../common/errors.ts'
import { SyncProcess } from './sync-process.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import { localFailureTexts } from './local-failure-texts.ts'

/** Makes a whole file system durable with one call, shared by all who ask before it starts. */
export class GroupSync {
  readonly #root: string
  readonly #process: SyncProcess
  /** The last one asked for; the next starts after it. */
  #tail: Promise<unknown> = Promise.resolve()
  /** Asked for and not started: it will cover whatever was written until then. */
  #waiting: Promise<void> | undefined
  #available: Promise<boolean> | undefined
  #hasSynced = false

  constructor(root: string) {
    this.#root = root
    this.#process = new SyncProcess(root)
  }

  /** Whether this computer can, as far as is known: Linux with a `sync` that knows `-f`. Precondition: the root exists. */
  available(): Promise<boolean> {
    this.#available ??= process.platform === 'linux' ? this.#try() : Promise.resolve(false)
    return this.#available
  }

  /** Resolves when everything written before the call is durable. Throws `unavailable` when the disk could not do it. */
  sync(): Promise<void> {
    if (this.#waiting !== undefined) return this.#waiting
    const next = this.#afterOthers(() => {
      this.#waiting = undefined
      return this.#run()
    })
    this.#waiting = next
    return next
  }

  async #try(): Promise<boolean> {
    return (await this.#afterOthers(() => this.#process.try())) === 0
  }

  /** The shell answers one at a time. */
  #afterOthers<T>(ask: () => Promise<T>): Promise<T> {
    const asked = this.#tail.then(ask, ask)
    this.#tail = asked
    return asked
  }

  async #run(): Promise<void> {
    failpoint('local.group-durable.before')
    const status = await this.#process.run()
    failpoint('local.group-durable.after')
    if (status === 0) {
      this.#hasSynced = true
      return
    }
    // A file system that never takes it syncs file by file from now on.
    if (!this.#hasSynced) this.#available = Promise.resolve(false)
    throw new TidekeepError({
      code: 'unavailable',
      message: localFailureTexts.groupSync.theDiskHoldingCouldNot({ root: this.#root }),
      path: this.#root,
      fix: localFailureTexts.groupSync.theDiskHoldingCouldNotFix,
    })
  }

  close(): void {
    this.#process.close()
  }
}

import { join } from 'node:path'
import type { Action, BaselineEntry, Entry, Outcome, RelPath } from '../../common/model.ts'
import { DeltaUploads } from '../../main/delta/delta-upload.ts'
import { Signatures, sidecarPath } from '../../main/delta/signatures.ts'
import { execute } from '../../main/engine/execute/executor.ts'
import type { ExecuteContext } from '../../main/engine/execute/run.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { openSignatureCache } from '../../main/state/signature-cache.ts'
import type { Pool, TaskName } from '../../workers/tasks.ts'
import { RecordingLog, seededRandom } from './host.ts'
import { createTransferBench, expecting, unstopped, uploadOf, type TransferBench } from './transfer-bench.ts'
import { VirtualClock } from './virtual-clock.ts'

/** The least the setting allows. */
export const THRESHOLD_BYTES = 1024 ** 2

/** A transfer bench whose executor sends differences of files from 1 MiB on. */
export class DeltaBench {
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 2, 3, 4, 5))
  readonly log = new RecordingLog()
  readonly transfers: TransferBench
  /** Tasks as they were run. */
  readonly tasks: TaskName[] = []
  thresholdBytes = THRESHOLD_BYTES
  /** Bytes of fixed blocks; 0: by content. */
  blockBytes = 0
  bytesPerSecond = 1_000_000
  isLocal = false
  isPaced = false
  /** How often it was asked whether there is a limit. */
  limitAsked = 0
  /** Where the executor caches signatures; another name is another computer. */
  cacheName = 'here'
  beforeTask: (name: TaskName) => void | Promise<void> = () => undefined

  constructor(wrap: (target: TargetProvider) => TargetProvider = (target) => target) {
    this.transfers = createTransferBench(this.clock, wrap)
  }

  get target(): TargetProvider {
    return this.transfers.target
  }

  delta(): DeltaUploads {
    const directory = join(this.transfers.place, 'signatures', this.cacheName)
    const cache = openSignatureCache({ directory, clock: this.clock })
    return new DeltaUploads({
      target: this.target,
      pool: this.#pool(),
      signatures: new Signatures({ target: this.target, cache, clock: this.clock, log: this.log }),
      log: this.log,
      rules: () => ({ thresholdBytes: this.thresholdBytes, blockBytes: this.blockBytes }),
      isPaced: () => {
        this.limitAsked++
        return this.isPaced
      },
      bytesPerSecond: () => this.bytesPerSecond,
      isLocal: this.isLocal,
    })
  }

  context(): ExecuteContext {
    return { ...this.transfers.context, pool: this.#pool(), delta: this.delta() }
  }

  run(action: Action, signal = unstopped): Promise<Outcome> {
    return execute(this.context(), action, { signal })
  }

  /** Uploads a file that the target does not have, as an earlier pass would have. */
  async keep(path: string, content: Uint8Array): Promise<BaselineEntry> {
    return (await this.run(uploadOf(this.transfers.write(path, content)))).baseline!
  }

  /** Writes a file over a kept one and uploads it. */
  change(base: BaselineEntry, content: Uint8Array): Promise<Outcome> {
    const local = this.transfers.write(base.path, content)
    return this.run({ ...uploadOf(local, expecting(base)), base })
  }

  async held(path: string): Promise<Buffer> {
    const pieces: Uint8Array[] = []
    for await (const piece of this.target.read(path as RelPath, { signal: unstopped })) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  async holds(path: string, content: Uint8Array): Promise<boolean> {
    return (await this.held(path)).equals(content)
  }

  /** The sidecar of a file; undefined where there is none. */
  sidecar(path: string): Promise<Entry | undefined> {
    return this.target.stat(sidecarPath(path as RelPath), { signal: unstopped }).catch(() => undefined)
  }

  close(): Promise<void> {
    return this.transfers.close()
  }

  #pool(): Pool {
    const { pool } = this.transfers
    return {
      run: async (name, params, options) => {
        this.tasks.push(name)
        await this.beforeTask(name)
        return pool.run(name, params, options)
      },
      close: () => pool.close(),
    }
  }
}

/** Bytes that no two places share. */
export function noise(sizeBytes: number, seed: number): Buffer {
  const random = seededRandom(seed)
  const bytes = Buffer.alloc(sizeBytes)
  for (let at = 0; at + 4 <= sizeBytes; at += 4) bytes.writeUInt32LE(Math.floor(random.next() * 2 ** 32), at)
  return bytes
}

/** A copy with other bytes in some places. */
export function edited(
  content: Uint8Array,
  ...places: readonly { readonly at: number; readonly with: Uint8Array }[]
): Buffer {
  const bytes = Buffer.from(content)
  for (const place of places) bytes.set(place.with, place.at)
  return bytes
}

import type { BigIntStats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { TidekeepError } from '../../../common/errors.ts'
import type { Entry, Problem, RelPath } from '../../../common/model.ts'
import { RESERVED_DIRECTORY } from '../../../common/paths.ts'
import type { Stretch } from '../../../common/stretch.ts'
import { heldNs } from '../../../workers/fs/held-times.ts'
import { inodeOf, translateReadError } from '../../../workers/fs/stable-read.ts'
import { digestOfWalk } from '../../../workers/stretch-digest.ts'
import type { Pool } from '../../../workers/tasks.ts'
import { entriesOf, stretchOf, type WalkBatch, type WalkMessage } from '../../../workers/walk/batch.ts'
import { type FoundProblem, rootError, rootGone } from '../../../workers/walk/problems.ts'
import { createIgnoreCheck, type IgnoreCheck } from './ignore-check.ts'
import type { OpenScanner, RootIdentity, ScanBatch, Scanner, ScannerOptions, ScanScope } from './scanner.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'
import { say } from '../../../common/messages/wording.ts'

/** Scanners of local folders, which walk in the pool's threads. The root directory itself is never an entry. */
export function createLocalScanner(pool: Pool): OpenScanner {
  return (options) =>
    new LocalScanner(pool, {
      ...options,
      excludedPaths: [...options.excludedPaths, join(options.root, RESERVED_DIRECTORY)],
    })
}

class LocalScanner implements Scanner {
  readonly #pool: Pool
  readonly #options: ScannerOptions
  readonly #ignores: IgnoreCheck

  constructor(pool: Pool, options: ScannerOptions) {
    this.#pool = pool
    this.#options = options
    this.#ignores = createIgnoreCheck({
      root: options.root,
      globalLines: options.ignoreLines,
      folderLines: [],
      excludedPaths: options.excludedPaths,
    })
  }

  async *scan(scopes: readonly ScanScope[], signal: AbortSignal): AsyncGenerator<ScanBatch, void, undefined> {
    throwIfCancelled(signal)
    const abandoned = new AbortController()
    const { port1: ours, port2: theirs } = new MessageChannel()
    const inbox = new Inbox(ours)
    const task = this.#pool.run(
      'walk',
      {
        root: this.#options.root,
        ignoreLines: this.#options.ignoreLines,
        excludedPaths: this.#options.excludedPaths,
        scopes,
        port: theirs,
        ...(this.#options.batchesAhead === undefined ? {} : { batchesAhead: this.#options.batchesAhead }),
      },
      { signal: AbortSignal.any([signal, abandoned.signal]), transfer: [theirs] },
    )
    const failed = task.then(
      () => undefined,
      (error: unknown) => inbox.fail(error),
    )
    try {
      yield* inbox.batches(signal)
    } finally {
      // Ending a task ends its thread: only for a walk that goes on.
      if (!inbox.isEnded) abandoned.abort()
      await failed
      ours.close()
    }
  }

  async stat(path: RelPath): Promise<Entry | undefined> {
    const found = await lstatOrNothing(join(this.#options.root, path))
    if (found === undefined || !(found.isFile() || found.isDirectory())) return undefined
    if (path !== '' && this.#ignores.explain(path, found.isDirectory()).ignored) return undefined
    return {
      path,
      kind: found.isFile() ? 'file' : 'directory',
      size: found.isFile() ? Number(found.size) : 0,
      mtimeNs: heldNs(found.mtimeNs),
      mode: Number(found.mode) & 0o777,
      identity: { inode: inodeOf(found), ctimeNs: heldNs(found.ctimeNs) },
    }
  }

  ignores(path: RelPath, kind: Entry['kind']): boolean {
    return this.#ignores.isIgnored(path, kind === 'directory')
  }

  async exists(path: RelPath): Promise<boolean> {
    try {
      return (await lstatOrNothing(join(this.#options.root, path))) !== undefined
    } catch {
      // What cannot be looked at may be there: nothing is deleted on a guess (I12).
      return true
    }
  }

  async names(directory: RelPath): Promise<readonly string[]> {
    const full = join(this.#options.root, directory)
    try {
      return await readdir(full)
    } catch (error) {
      if (isMissing(error)) return []
      throw translateReadError(error, full)
    }
  }

  async root(): Promise<RootIdentity> {
    const { root } = this.#options
    const found = await stat(root, { bigint: true }).catch((error: unknown) => {
      throw rootError(root, error)
    })
    if (!found.isDirectory()) throw rootGone(root)
    const [device = '', inode = ''] = inodeOf(found).split(':')
    return { device, inode }
  }
}

/** Undefined where nothing is; throws where that cannot be told. */
async function lstatOrNothing(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw translateReadError(error, path)
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** The batches that arrived and were not yet taken: as many as the walk may have on its way. */
class Inbox {
  readonly #port: MessagePort
  readonly #messages: WalkMessage[] = []
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined
  /** The walk told its end: its task is over by itself. */
  isEnded = false

  constructor(port: MessagePort) {
    this.#port = port
    port.on('message', (message: WalkMessage) => {
      this.#messages.push(message)
      this.#wake?.()
    })
  }

  fail(error: unknown): void {
    this.#failure = { error }
    this.#wake?.()
  }

  async *batches(signal: AbortSignal): AsyncGenerator<ScanBatch, void, undefined> {
    const wake = (): void => this.#wake?.()
    signal.addEventListener('abort', wake)
    try {
      for (;;) {
        throwIfCancelled(signal)
        const message = this.#messages.shift()
        this.isEnded = message !== undefined && message.kind !== 'batch'
        if (message?.kind === 'end') return
        if (message?.kind === 'failed') throw new TidekeepError(message.failure)
        if (message !== undefined) {
          this.#port.postMessage('more', [])
          yield new PackedBatch(message)
          await others()
        } else if (this.#failure !== undefined) {
          throw this.#failure.error
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
        }
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }
}

/** A batch as it came: where nothing changed, nobody asks for its entries. */
class PackedBatch implements ScanBatch {
  readonly problems: readonly Problem[]
  readonly ignored: number
  readonly stretch?: Stretch
  readonly #packed: WalkBatch
  #entries: readonly Entry[] | undefined

  constructor(packed: WalkBatch) {
    this.#packed = packed
    this.problems = packed.problems.map(saidProblem)
    this.ignored = packed.ignored
    const stretch = stretchOf(packed, digestOfWalk)
    if (stretch !== undefined) this.stretch = stretch
  }

  get entries(): readonly Entry[] {
    return (this.#entries ??= entriesOf(this.#packed))
  }
}

function saidProblem(problem: FoundProblem): Problem {
  return { ...problem, message: say(problem.message) }
}

/**
 * Lets everything else have its turn. Messages that keep coming are delivered without a pause, and
 * a walk is faster than its reader: no transfer would begin before the whole folder was read.
 */
function others(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted)
    throw new TidekeepError({ code: 'cancelled', message: engineFailureTexts.localScanner.theScanWasCancelled })
}

import { TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { CallOptions, CopyOutItem, CopyOutOutcome } from '../provider.ts'
import type { ProviderDeps } from '../registry.ts'
import { GroupSync } from './group-sync.ts'
import type { TargetGuard } from './target-guard.ts'
import { throwIfCancelled, withControl } from './task-control.ts'
import { localFailureTexts } from './local-failure-texts.ts'

/** Up to this many files each is synced by itself; beyond, two syncs of the file system cost less. */
const FSYNC_EACH_FILES = 4

/** What copying out needs of the provider around it. */
export interface CopyOutContext {
  readonly root: string
  readonly deps: Pick<ProviderDeps, 'host' | 'pool'>
  readonly guard: TargetGuard
}

/** Copies files into other folders in two halves, as puts are made: content first, made durable, then the names. */
export class LocalCopiesOut {
  readonly #context: CopyOutContext
  readonly #syncs = new Map<string, GroupSync>()

  constructor(context: CopyOutContext) {
    this.#context = context
  }

  /** Throws what concerns the target or the directory as a whole; nothing is left then. */
  async copyOut(
    files: readonly CopyOutItem[],
    { directory, signal }: CallOptions & { readonly directory: string },
  ): Promise<readonly CopyOutOutcome[]> {
    throwIfCancelled(signal)
    const { deps, guard, root } = this.#context
    const place = await guard.find()
    if (place === undefined)
      throw new TidekeepError({
        code: 'not-found',
        message: localFailureTexts.copyOut.isNotThere({ root }),
        path: root,
      })
    const sync = this.#syncOf(directory)
    const fsync = files.length <= FSYNC_EACH_FILES || !(await sync.available())
    const copied = await withControl({ clock: deps.host.clock, signal }, (control) =>
      deps.pool.run('copyOut', { place, directory, files, fsync, control: control.memory }, UNINTERRUPTED),
    )
    const staged = files.flatMap(({ path }, index) => (copied[index]!.ok ? [{ path, index }] : []))
    const paths = staged.map(({ path }) => path)
    try {
      throwIfCancelled(signal)
      if (!fsync && paths.length > 0) await sync.sync()
      throwIfCancelled(signal)
    } catch (error) {
      await deps.pool.run('publishOut', { directory, paths, discard: true, fsync: false }, UNINTERRUPTED)
      throw error
    }
    const failures = await deps.pool.run('publishOut', { directory, paths, discard: false, fsync }, UNINTERRUPTED)
    if (!fsync && paths.length > 0) await sync.sync()
    const unnamed = new Map([...failures].map(([at, failure]) => [staged[at]!.index, failure]))
    return copied.map((result, index): CopyOutOutcome => {
      const failure = unnamed.get(index) ?? (result.ok ? undefined : result.failure)
      if (failure !== undefined) return { ok: false, error: toTidekeepError(new TidekeepError(failure)) }
      return { ok: true }
    })
  }

  close(): void {
    for (const sync of this.#syncs.values()) sync.close()
    this.#syncs.clear()
  }

  #syncOf(directory: string): GroupSync {
    const known = this.#syncs.get(directory) ?? new GroupSync(directory)
    this.#syncs.set(directory, known)
    return known
  }
}

/** Tasks are asked to end by their control, never killed: a killed one might have named what its caller calls cancelled. */
const UNINTERRUPTED = {}

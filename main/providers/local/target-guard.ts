import { lstat, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import { DISTINCT_NAMES } from '../../../common/name-folding.ts'
import { TARGET_MARKER } from '../../../workers/fs/target-stat.ts'
import { markerMissing, targetMissing, translateTargetError } from '../../../workers/fs/target-errors.ts'
import { inodeOf } from '../../../workers/fs/stable-read.ts'
import { temporaryInstance } from '../../../workers/prepare-target.ts'
import type { TargetNames } from '../../../workers/probe-names.ts'
import type { TargetPlace } from '../../../workers/tasks.ts'
import type { ProviderDeps } from '../registry.ts'
import { readTraits, type FileSystemTraits } from './file-systems.ts'
import { localFailureTexts } from './local-failure-texts.ts'

/** Options of {@link TargetGuard}. */
export interface TargetGuardOptions {
  readonly root: string
  readonly deps: Pick<ProviderDeps, 'host' | 'pool'>
  /** The target was used before: a root that is absent or has no marker is a disk that is not there. */
  readonly mustExist: boolean
}

/**
 * Looks before every call whether the root is still the target: an unplugged disk leaves an empty
 * mount point behind, and writing there would fill the system disk and pass for a backup. Once the
 * marker was seen, it has to stay.
 */
export class TargetGuard {
  /** Begins every temporary name of this provider. */
  readonly instance: string
  readonly #options: TargetGuardOptions
  #used: boolean
  #traits: FileSystemTraits | undefined
  #names: TargetNames = usualNames()
  #isProbed = false
  #prepared: Promise<void> | undefined

  constructor(options: TargetGuardOptions) {
    this.#options = options
    this.#used = options.mustExist
    this.instance = temporaryInstance(process.pid, options.deps.host.random.hex(6))
  }

  /** What is known of the file system; guesses for the platform before the first call. */
  get traits(): Partial<FileSystemTraits> {
    return this.#traits ?? {}
  }

  /** What was found out when the target was made ready for writing; what can be told without writing before that. */
  get names(): TargetNames {
    return this.#names
  }

  /**
   * For reading; undefined for a target that is still to be made. Throws `unavailable` for one that
   * was used and is not there now, and for one whose parent is missing, too.
   */
  async find(): Promise<TargetPlace | undefined> {
    const { root } = this.#options
    const [rootStat, marker] = await Promise.all([
      this.#look(() => stat(root, { bigint: true })),
      this.#look(() => lstat(join(root, TARGET_MARKER))).catch((error: unknown) => ({ error })),
    ])
    if (rootStat === undefined) {
      if (this.#used || (await this.#look(() => stat(dirname(root)))) === undefined) throw targetMissing(root)
      return undefined
    }
    if (!rootStat.isDirectory()) throw notDirectory(root)
    if (marker !== undefined && 'error' in marker) throw marker.error
    if (marker === undefined && this.#used) throw markerMissing(root)
    this.#used ||= marker !== undefined
    this.#traits ??= await this.#detect(root)
    return { root, rootInode: inodeOf(rootStat), etagBy: this.#traits.etagBy }
  }

  /** For writing: creates the root and its marker where the target was never used. */
  async prepare(): Promise<TargetPlace> {
    const found = await this.find()
    if (found !== undefined && this.#prepared !== undefined) {
      await this.#prepared
      return found
    }
    this.#prepared ??= this.#prepare()
    try {
      await this.#prepared
    } catch (error) {
      this.#prepared = undefined
      throw concernsAll(error)
    }
    const place = await this.find()
    if (place === undefined) throw targetMissing(this.#options.root)
    return place
  }

  async #prepare(): Promise<void> {
    const { root, deps } = this.#options
    const marker = {
      format: 1,
      id: deps.host.random.hex(16),
      note: 'This folder is a Tidekeep target. Keep this file.',
    }
    const names = await deps.pool.run(
      'prepareTarget',
      { root, instance: this.instance, marker: `${JSON.stringify(marker)}\n`, nowMs: deps.host.clock.now() },
      { signal: new AbortController().signal },
    )
    if (names === undefined) return this.#detectCase(root)
    this.#names = names
    this.#isProbed = true
  }

  async #detect(root: string): Promise<FileSystemTraits> {
    await this.#detectCase(root)
    return (await this.#look(() => readTraits(root))) ?? { etagBy: 'inode', mtimeStepNs: 1000n, maxFileBytes: 0 }
  }

  /** Asks for the marker by another spelling; writes nothing, so a dry run may do it. */
  async #detectCase(root: string): Promise<void> {
    const marker = await this.#look(() => lstat(join(root, TARGET_MARKER), { bigint: true }))
    if (marker === undefined || this.#isProbed) return
    const upper = join(dirname(join(root, TARGET_MARKER)), basename(TARGET_MARKER).toUpperCase())
    const folds = (await this.#look(() => lstat(upper, { bigint: true })))?.ino === marker.ino
    const { folding } = this.#names
    const letterCase = folds ? (folding.case === 'distinct' ? 'simple' : folding.case) : 'distinct'
    this.#names = { ...this.#names, folding: { ...folding, case: letterCase } }
  }

  async #look<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call()
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'ENOENT') return undefined
      throw translateTargetError(error, { path: this.#options.root, root: this.#options.root })
    }
  }
}

/** Each platform's own disks; a guess until one is asked. */
function usualNames(): TargetNames {
  switch (process.platform) {
    case 'win32':
      return { folding: { case: 'simple', normalization: false }, rules: 'win32' }
    case 'darwin':
      return { folding: { case: 'full', normalization: true }, rules: 'posix' }
    default:
      return { folding: DISTINCT_NAMES, rules: 'posix' }
  }
}

/** A root that cannot be written to refuses every file: none of them is at fault, so all wait. */
function concernsAll(error: unknown): unknown {
  if (!isTidekeepError(error) || error.code !== 'forbidden') return error
  const { message, path, fix } = error
  return new TidekeepError({
    code: 'unavailable',
    message,
    retry: { kind: 'never' },
    cause: error,
    ...(path === undefined ? {} : { path }),
    ...(fix === undefined ? {} : { fix }),
  })
}

function notDirectory(root: string): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message: localFailureTexts.targetGuard.isNotAFolder({ root }),
    path: root,
    fix: localFailureTexts.targetGuard.isNotAFolderFix,
  })
}

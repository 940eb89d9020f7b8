import type { RelPath } from '../../common/model.ts'
import type { SourceProvider } from '../providers/provider.ts'
import type { Clock } from '../host.ts'
import { copyPath } from './copy-name.ts'
import { look } from './look.ts'

/** What a free name is looked for with. */
export interface NameSides {
  readonly source: SourceProvider
  readonly target: SourceProvider
  readonly clock: Clock
  /** What this computer is called. */
  readonly hostName: string
  readonly signal: AbortSignal
}

/**
 * The first of `name (HOST DAY).ext`, `name (HOST DAY 2).ext` … that is free on both sides, and not in `taken`; or that the file here
 * has already beside its own, as a crash leaves it that cut its renaming off: another name would make another copy of it.
 */
export async function freeCopyPath(
  sides: NameSides,
  path: RelPath,
  taken: ReadonlySet<RelPath> = new Set(),
): Promise<RelPath> {
  const naming = { hostName: sides.hostName, nowMs: sides.clock.now() }
  for (let turn = 1; ; turn++) {
    const candidate = copyPath(path, naming, turn)
    if (taken.has(candidate)) continue
    if ((await isFree(sides, candidate)) || (await isOneFile(sides, path, candidate))) return candidate
  }
}

/** True where neither side has anything of that name. */
export async function isFree(
  { source, target, signal }: Pick<NameSides, 'source' | 'target' | 'signal'>,
  path: RelPath,
): Promise<boolean> {
  const [here, there] = await Promise.all([look(source, path, signal), look(target, path, signal)])
  return here === undefined && there === undefined
}

/** True where the source has one file under both names. */
async function isOneFile(
  { source, signal }: Pick<NameSides, 'source' | 'signal'>,
  path: RelPath,
  other: RelPath,
): Promise<boolean> {
  const [one, second] = await Promise.all([look(source, path, signal), look(source, other, signal)])
  return one?.kind === 'file' && one.identity !== undefined && one.identity.inode === second?.identity?.inode
}

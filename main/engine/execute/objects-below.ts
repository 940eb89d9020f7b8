import type { Entry, EntryKind, Precondition, RelPath } from '../../../common/model.ts'
import type { SourceProvider, TargetProvider } from '../../providers/provider.ts'
import { cannotMove } from './aside.ts'
import { failedWith } from './run.ts'
import { hashAtTarget } from './same-content.ts'

/** Objects that are moved at once: a store answers each by itself. */
const AT_ONCE = 16

/** False for stores of objects: nothing there is a folder, and a file may have the name of what others lie below. */
export function hasFolders({ features }: Pick<SourceProvider, 'features'>): boolean {
  return features.makeDirectory !== undefined
}

/**
 * What is at a path; where a folder is looked for and the side has none, what lies below stands for it, whether or not there is a
 * file of that name, too. Costs one page of a listing more.
 */
export async function lookFor(
  side: SourceProvider,
  { path, kind }: { readonly path: RelPath; readonly kind: EntryKind },
  signal: AbortSignal,
): Promise<Entry | undefined> {
  if (kind === 'directory' && !hasFolders(side) && (await isSomeBelow(side, path, signal)))
    return { path, kind, size: 0, mtimeNs: 0n }
  try {
    return await side.stat(path, { signal })
  } catch (error) {
    if (failedWith(error, 'not-found')) return undefined
    throw error
  }
}

async function isSomeBelow(side: SourceProvider, path: RelPath, signal: AbortSignal): Promise<boolean> {
  for await (const page of side.list(path, { signal })) if (page.length > 0) return true
  return false
}

/**
 * Gives everything below a name its place below another, at a target without folders: each object by itself and as it was listed, whole or not
 * at all, and over nothing. What is cut off goes on with what is left. Throws `precondition-failed` where an object
 * changes meanwhile, or its place is taken by another.
 */
export async function moveBelow(
  target: TargetProvider,
  { from, to }: { readonly from: RelPath; readonly to: RelPath },
  signal: AbortSignal,
): Promise<void> {
  const renamed = (path: RelPath): RelPath => `${to}${path.slice(from.length)}` as RelPath
  for (let isDone = false; !isDone;) {
    isDone = true
    // Marks of folders, which other programs leave: empty, and nobody's once nothing is in them.
    const marks: RelPath[] = []
    for await (const page of target.list(from, { signal })) {
      const files = page.filter(({ kind }) => kind === 'file')
      if (files.length > 0) isDone = false
      for (const { path, kind } of page) if (kind === 'directory') marks.push(path)
      await inTurns(files, (entry) => moveOne(target, { entry, to: renamed(entry.path) }, signal))
    }
    if (isDone)
      for (const path of marks.toReversed()) await target.remove(path, { expect: { kind: 'directory' }, signal })
  }
}

async function inTurns(entries: readonly Entry[], work: (entry: Entry) => Promise<void>): Promise<void> {
  const left = [...entries]
  const worker = async (): Promise<void> => {
    for (let entry = left.shift(); entry !== undefined; entry = left.shift()) await work(entry)
  }
  // All end before the first failure is told: nothing is moved any more by then.
  const ended = await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, left.length) }, worker))
  for (const each of ended) if (each.status === 'rejected') throw each.reason
}

async function moveOne(
  target: TargetProvider,
  { entry, to }: { readonly entry: Entry; readonly to: RelPath },
  signal: AbortSignal,
): Promise<void> {
  const options = { expect: expectOf(entry), signal }
  const { features } = target
  if (features.move === undefined) throw cannotMove(target, entry.path)
  try {
    await features.move(entry.path, to, options)
  } catch (error) {
    // Somebody else removed it.
    if (failedWith(error, 'not-found')) return
    if (!failedWith(error, 'precondition-failed', 'already-exists')) throw error
    // A crash between the two steps of a move leaves it in both places.
    const there = await lookFor(target, { path: to, kind: 'file' }, signal)
    if (there === undefined || !(await isCopy(target, [entry, there], signal))) throw error
    await target.remove(entry.path, options)
  }
}

/** True where both are files of equal content. Throws `precondition-failed` where either is another version by now. */
export async function isCopy(
  target: TargetProvider,
  [one, other]: readonly [Entry, Entry],
  signal: AbortSignal,
): Promise<boolean> {
  if (one.kind !== 'file' || other.kind !== 'file' || one.size !== other.size) return false
  return (await hashAtTarget(target, one, signal)) === (await hashAtTarget(target, other, signal))
}

function expectOf({ etag }: Entry): Precondition {
  return etag === undefined ? { kind: 'any' } : { kind: 'etag', etag }
}

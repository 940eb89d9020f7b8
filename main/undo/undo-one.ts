import { isTidekeepError, TidekeepError } from '../../common/errors.ts'
import type { BaselineEntry, Entry, Kept, RelPath, Undoable } from '../../common/model.ts'
import { nameOf, parentOf } from '../../common/paths.ts'
import { blake3Hex, createBlake3 } from '../../workers/hash/blake3.ts'
import type { StableFile } from '../../workers/tasks.ts'
import type { Clock } from '../host.ts'
import type { SourceProvider, TargetProvider } from '../providers/provider.ts'
import type { Destination, StagedFile } from '../restore/destination.ts'
import { undoFailureTexts } from './undo-failure-texts.ts'

/** What undoing in one folder needs. */
export interface UndoContext {
  readonly target: TargetProvider
  /** What keeps versions in the source folder; two-way mode only. */
  readonly source?: SourceProvider
  /** The source folder. */
  readonly destination: Destination
  /** What was agreed on last. */
  readonly baseline: (path: RelPath) => BaselineEntry | undefined
  readonly clock: Clock
  readonly dryRun: boolean
  readonly beside: boolean
  readonly signal: AbortSignal
}

/** Where a version is now. */
export interface Brought {
  readonly outcome: 'undone' | 'beside' | 'unchanged'
  /** Of `beside`. */
  readonly writtenTo?: RelPath
  /** The file in the source; absent in a dry run. */
  readonly local?: StableFile
  readonly mode?: number
}

/**
 * Brings one kept version into the source, verified before it gets its name. What it takes the place
 * of must be as it was recorded, and the target must hold it: so nothing is lost, and the undo can be
 * undone. Throws `changed` where that is not so and `beside` was not asked for; then nothing was done.
 */
export async function undoOne(context: UndoContext, undoable: Undoable): Promise<Brought> {
  const { destination, signal } = context
  const { path, why } = undoable
  if (why === 'renamed') return renameBack(context, undoable)
  const kept: Kept = { ...undoable, why }
  const keeper = keeperOf(context, undoable)
  const entry = await keeper.features.statKept!(kept, { signal })
  const there = await destination.look(path)
  const held = await destination.stable(path)
  if (held !== undefined && (await isSameContent(context, kept, held))) return { outcome: 'unchanged' }
  const isFree = there === undefined
  const mayReplace = held !== undefined && (await isSafe(context, path, held))
  if (!isFree && !mayReplace && !context.beside) throw notAsRecorded(path, held === undefined)
  const to = isFree || mayReplace ? path : await freeName(context, path, 'earlier version')
  const outcome = to === path ? 'undone' : 'beside'
  const where = to === path ? {} : { writtenTo: to }
  if (context.dryRun) return { outcome, ...where }
  await bring(context, { keeper, kept, entry, to, replaces: to === path ? held : undefined })
  const local = await destination.stable(to)
  return {
    outcome,
    ...where,
    ...(local === undefined ? {} : { local }),
    ...(entry.mode === undefined ? {} : { mode: entry.mode }),
  }
}

/** Throws `not-found` where nothing is kept in the folder any more, as it is no two-way folder now. */
function keeperOf({ target, source }: UndoContext, { path, keptAt }: Undoable): SourceProvider {
  const keeper = keptAt === 'source' ? source : target
  if (keeper?.features.statKept !== undefined) return keeper
  throw new TidekeepError({
    code: 'not-found',
    message: undoFailureTexts.undoOne.nothingCanBeBroughtBack({ path }),
    path,
    fix: undoFailureTexts.undoOne.nothingCanBeBroughtBackFix,
  })
}

/** A file that followed a rename at the target gets its old name again, as long as it is what it was then. */
async function renameBack(context: UndoContext, { path, token }: Undoable): Promise<Brought> {
  const { destination } = context
  const now = token as RelPath
  const held = await destination.stable(now)
  const there = await destination.look(path)
  if (held === undefined) {
    if (there !== undefined) return { outcome: 'unchanged' }
    throw goneSince(now)
  }
  if (there !== undefined || !(await isSafe(context, now, held))) throw notAsRecorded(path, there?.kind !== 'file')
  if (context.dryRun) return { outcome: 'undone' }
  await destination.makeDirectory(parentOf(path))
  await destination.setAside(now, path)
  return { outcome: 'undone' }
}

interface Bringing {
  readonly keeper: SourceProvider
  readonly kept: Kept
  readonly entry: Entry
  readonly to: RelPath
  readonly replaces: StableFile | undefined
}

async function bring(context: UndoContext, { keeper, kept, entry, to, replaces }: Bringing): Promise<void> {
  const { destination, signal } = context
  const metadata = { mtimeNs: entry.mtimeNs, ...(entry.mode === undefined ? {} : { mode: entry.mode }) }
  const staged = await destination.stage(to)
  let aside: Aside | undefined
  try {
    await fetch({ keeper, kept, entry, staged, signal })
    if (replaces !== undefined) aside = await setAside(context, to, replaces)
    await staged.commit(metadata)
  } catch (error) {
    await staged.discard()
    if (aside !== undefined) await destination.setAside(aside.path, to)
    throw error
  }
  // It is at the target. Where somebody wrote to it in this very moment, it stays beside.
  if (aside !== undefined) await destination.removeSame(aside.path, aside.file)
}

interface Fetching extends Pick<Bringing, 'keeper' | 'kept' | 'entry'> {
  readonly staged: StagedFile
  readonly signal: AbortSignal
}

async function fetch({ keeper, kept, entry, staged, signal }: Fetching): Promise<void> {
  const stored = entry.checksums?.find(({ algorithm }) => algorithm === 'blake3')?.value
  const expected = kept.contentHash ?? stored
  const hasher = createBlake3()
  let sizeBytes = 0
  for await (const bytes of keeper.features.readKept!(kept, { signal })) {
    hasher.update(bytes)
    sizeBytes += bytes.byteLength
    await staged.write(bytes)
  }
  if (sizeBytes === entry.size && (expected === undefined || hasher.digestHex() === expected)) return
  throw new TidekeepError({
    code: 'corrupt',
    message: undoFailureTexts.undoOne.wasNotBroughtBackThe({ path: kept.path }),
    path: kept.path,
    fix: undoFailureTexts.undoOne.wasNotBroughtBackTheFix,
  })
}

interface Aside {
  readonly path: RelPath
  readonly file: StableFile
}

/** A rename takes exactly what is there: if that is not what was looked at, it goes back. */
async function setAside(context: UndoContext, path: RelPath, expected: StableFile): Promise<Aside> {
  const { destination } = context
  const to = await freeName(context, path, 'before undo')
  await destination.setAside(path, to)
  const file = await destination.stable(to)
  const isExpected = file?.inode === expected.inode && file.size === expected.size && file.mtimeNs === expected.mtimeNs
  if (isExpected) return { path: to, file }
  await destination.setAside(to, path)
  throw notAsRecorded(path, false)
}

/** As it was agreed on, and still held by the target. */
async function isSafe({ baseline, target, signal }: UndoContext, path: RelPath, held: StableFile): Promise<boolean> {
  const base = baseline(path)
  const isRecorded =
    base?.kind === 'file' &&
    base.size === held.size &&
    base.mtimeNs === held.mtimeNs &&
    base.identity?.inode === held.inode &&
    base.identity.ctimeNs === held.ctimeNs
  if (!isRecorded) return false
  try {
    const { etag } = await target.stat(path, { signal })
    return base.remote.etag === undefined || etag === base.remote.etag
  } catch (error) {
    if (isTidekeepError(error) && error.code === 'not-found') return false
    throw error
  }
}

async function isSameContent({ destination }: UndoContext, kept: Kept, held: StableFile): Promise<boolean> {
  if (kept.contentHash === undefined || kept.sizeBytes !== held.size) return false
  const hasher = createBlake3()
  for await (const bytes of destination.read(kept.path)) hasher.update(bytes)
  return hasher.digestHex() === kept.contentHash
}

/** `name (before undo 2026-11-21 10-42-05)`, its ending kept, with a number where even that exists. */
async function freeName({ destination, clock }: UndoContext, path: RelPath, what: string): Promise<RelPath> {
  const stamp = new Date(clock.now()).toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '-')
  const [parent, name] = [parentOf(path), nameOf(path)]
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  for (let turn = 1; ; turn++) {
    const mark = ` (${what} ${stamp}${turn === 1 ? '' : ` ${turn}`})`
    // A name that would be too long gives way to one that is as short as it can be.
    const isLong = Buffer.byteLength(name) + mark.length > 255
    const fresh = isLong ? `${blake3Hex(Buffer.from(name)).slice(0, 16)}${mark}` : `${stem}${mark}${ending}`
    const candidate = (parent === '' ? fresh : `${parent}/${fresh}`) as RelPath
    if ((await destination.look(candidate)) === undefined) return candidate
  }
}

function goneSince(path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'changed',
    message: undoFailureTexts.undoOne.isNotThereAnyMore({ path }),
    path,
    fix: undoFailureTexts.undoOne.nothingCanBeBroughtBackFix,
  })
}

function notAsRecorded(path: RelPath, isOther: boolean): TidekeepError {
  return new TidekeepError({
    code: 'changed',
    message: undoFailureTexts.undoOne.leftAlone({ isOther, path }),
    path,
    fix: undoFailureTexts.undoOne.leftAloneFix,
  })
}

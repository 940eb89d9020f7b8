import { isAbsolute, relative, sep } from 'node:path'
import { TidekeepError } from '../../../common/errors.ts'
import type { FolderView, UndoItemView, UndoRequest } from '../../../common/protocol.ts'
import { withClient } from '../client.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { notConfigured, usageError } from '../failure.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'
import type { Since } from '../values.ts'
import { runTexts } from '../run-texts.ts'

/** `tidekeep undo [PATH...]`. */
export const undo: Command = (context, input) =>
  withClient(context, input.options['dryRun'] === true ? 'look' : 'queue', async (client) => {
    const folders = await client.call('folders.list', {})
    if (folders.length === 0) throw notConfigured(runTexts.undo.noFolderIsKeptSafe, runTexts.undo.noFolderIsKeptSafeFix)
    const items: UndoItemView[] = []
    const nowMs = (await context.host()).clock.now()
    for (const request of requestsOf(context, input, { folders, nowMs }))
      items.push(...(await client.call('activity.undo', request)).items)
    const dryRun = input.options['dryRun'] === true
    const isIncomplete = items.some(({ outcome }) => outcome === 'refused' || outcome === 'failed')
    if (items.length === 0 && pathsOf(input).length > 0) throw nothingKept(pathsOf(input))
    const exitCode = isIncomplete ? EXIT.someFailed : EXIT.ok
    for (const item of items) context.output.event({ type: 'undo-item', ...item })
    for (const line of sentences(items, folders, dryRun)) context.output.line(line)
    context.output.result({ type: 'undo', ok: exitCode === EXIT.ok, exitCode, dryRun, items })
    return exitCode
  })

/** One for each folder that paths were named of; one for all where none was. */
function requestsOf(
  context: Context,
  input: Input,
  { folders, nowMs }: { readonly folders: readonly FolderView[]; readonly nowMs: number },
): readonly UndoRequest[] {
  const { options } = input
  const paths = pathsOf(input)
  const named = options['folder'] as string | undefined
  const folder = named === undefined ? undefined : folderOf(context, folders, named)
  const how = { dryRun: options['dryRun'] === true, beside: options['beside'] === true }
  const last = options['last'] as number | undefined
  const since = options['since'] as Since | undefined
  const asked = [paths.length > 0, last !== undefined, since !== undefined].filter(Boolean).length
  if (asked !== 1) throw usageError(runTexts.undo.sayWhatToUndoPaths, runTexts.undo.sayWhatToUndoPathsFix)
  if (paths.length === 0) {
    const within = folder === undefined ? {} : { folderId: folder.id }
    return [
      {
        ...how,
        ...within,
        ...(last === undefined ? {} : { last }),
        ...(since === undefined ? {} : { sinceMs: 'atMs' in since ? since.atMs : nowMs - since.agoMs }),
      },
    ]
  }
  const placed = paths.map((text) => placeOf(context, text, folder === undefined ? folders : [folder]))
  return [...Map.groupBy(placed, ({ folderId }) => folderId)].map(([folderId, places]) => ({
    ...how,
    folderId,
    paths: places.map(({ path }) => path),
  }))
}

/** What was named, however many. */
function pathsOf({ args }: Input): readonly string[] {
  return args[0] as readonly string[]
}

function folderOf(context: Context, folders: readonly FolderView[], named: string): FolderView {
  const found = folders.find(({ id, name, path }) => id === named || name === named || path === context.absolute(named))
  if (found !== undefined) return found
  throw usageError(
    runTexts.undo.thereIsNoFolderCalled({ named: JSON.stringify(named) }),
    runTexts.undo.thereIsNoFolderCalledFix,
  )
}

/** The innermost folder that a path lies in. */
function placeOf(
  context: Context,
  text: string,
  folders: readonly FolderView[],
): { readonly folderId: string; readonly path: string } {
  const absolute = context.absolute(text)
  const [inner] = folders
    .map((folder) => ({ folder, below: relative(folder.path, absolute) }))
    .filter(({ below }) => below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below))
    .sort((a, b) => a.below.length - b.below.length)
  if (inner !== undefined) return { folderId: inner.folder.id, path: inner.below.split(sep).join('/') }
  throw usageError(runTexts.undo.liesInNoFolderThat({ text }), runTexts.undo.thereIsNoFolderCalledFix)
}

const WHAT: Readonly<Record<UndoItemView['outcome'], string>> = runTexts.undo.outcomes

/** What had happened to it, and on which side. */
function wasOf({ why, keptAt }: UndoItemView): string {
  return runTexts.undo.was[keptAt ?? 'target'][why]
}

function sentences(items: readonly UndoItemView[], folders: readonly FolderView[], dryRun: boolean): readonly string[] {
  if (items.length === 0) return [runTexts.undo.thereIsNothingToUndo]
  const nameOf = (id: string): string => folders.find((folder) => folder.id === id)?.name ?? id
  const rows = items.map((item) => {
    const { folderId, path, outcome, writtenTo, failure } = item
    const detail = failure === undefined ? (writtenTo ?? '') : `${failure.message} ${failure.fix ?? ''}`.trim()
    return [nameOf(folderId), path, WHAT[outcome], wasOf(item), detail].map(printable)
  })
  const done = items.filter(({ outcome }) => outcome === 'undone' || outcome === 'beside').length
  return [...table(rows), runTexts.undo.broughtBack({ dryRun, n: done, of: items.length })]
}

function nothingKept(paths: readonly string[]): TidekeepError {
  const path = paths[0]!
  return new TidekeepError({
    code: 'not-found',
    message:
      paths.length === 1 ? runTexts.undo.nothingEarlierOfIsKept({ path }) : runTexts.undo.nothingEarlierOfTheseIsKept,
    path,
    fix: runTexts.undo.nothingEarlierOfIsKeptFix,
  })
}

import type { SyncMode } from '../../../common/model.ts'
import type { NewFolder } from '../../../common/protocol.ts'
import { unprovenText } from '../../engine/protection-rows.ts'
import { withClient, withService } from '../client.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { findFolder } from '../find-folder.ts'
import { sourceFolder, storeOptions, writableTarget } from '../operands.ts'
import { printable } from '../printable.ts'
import { requireReachable } from '../reachable.ts'
import { table } from '../table.ts'
import { protectionText } from './status.ts'
import { cliTexts } from '../cli-texts.ts'

/** `tidekeep folder add PATH --target URI`. */
export const folderAdd: Command = async (context, input) => {
  const folder = await newFolder(context, input)
  return withClient(context, 'settings', async (client, isRunning) => {
    const added = await client.call('folders.add', folder)
    context.output.line(
      cliTexts.folder.isKeptSafeAtFrom({ path: printable(added.path), target: printable(added.target) }),
    )
    tellService(context, isRunning)
    context.output.result({ type: 'folder', folder: added })
    return EXIT.ok
  })
}

/** `tidekeep folder adopt PATH --target URI`: the copy is there, what this computer knew of it is not. */
export const folderAdopt: Command = async (context, input) => {
  const comparePercent = (input.options['compareContent'] as number | undefined) ?? 0
  const folder: NewFolder = { ...(await newFolder(context, input)), adopt: { comparePercent } }
  // A slip in the path would begin a new copy beside the one that was meant.
  requireReachable(folder.target)
  return withClient(context, 'settings', async (client, isRunning) => {
    const added = await client.call('folders.add', folder)
    context.output.line(cliTexts.folder.theCopyOfAtIs({ path: printable(added.path), target: printable(added.target) }))
    for (const line of trustLines(comparePercent)) context.output.line(line)
    tellService(context, isRunning)
    context.output.result({ type: 'folder', folder: added, adopt: { comparePercent } })
    return EXIT.ok
  })
}

/** What is believed, in words: nobody should have to find that out from a loss. */
function trustLines(comparePercent: number): readonly string[] {
  if (comparePercent === 100) return [cliTexts.folder.everyFileIsReadAt]
  const share = comparePercent === 0 ? '' : cliTexts.folder.ofTheseAreReadAt({ comparePercent })
  return [
    cliTexts.folder.filesWhoseSizeTimeAnd({ share }),
    cliTexts.folder.allOthersAreComparedBy,
    cliTexts.folder.proofsOfRestoreAndTidekeep,
  ]
}

function tellService(context: Context, isRunning: boolean): void {
  if (!isRunning) context.output.note(cliTexts.folder.theServiceIsNotRunning)
}

async function newFolder(context: Context, { args, options }: Input): Promise<NewFolder> {
  const input = { args, options }
  const s3 = await storeOptions(context, input)
  const name = options['name'] as string | undefined
  return {
    path: sourceFolder(context, args[0] as string),
    target: writableTarget(context, options['target'] as string),
    mode: (options['mode'] as SyncMode | undefined) ?? 'backup',
    ...(name === undefined ? {} : { name }),
    ...(options['exclude'] === undefined ? {} : { ignore: options['exclude'] as readonly string[] }),
    ...(Object.keys(s3).length === 0 ? {} : { s3 }),
  }
}

/** `tidekeep folder list`. */
export const folderList: Command = (context) =>
  withClient(context, 'look', async (client) => {
    const folders = await client.call('folders.list', {})
    if (folders.length === 0) context.output.line(cliTexts.folder.noFolderIsKeptSafe)
    const rows = folders.map((each) => [each.id, each.name, each.path, each.target, each.mode, each.state])
    for (const line of table(rows.map((row) => row.map(printable)))) context.output.line(line)
    context.output.result({ type: 'folders', folders })
    return EXIT.ok
  })

/** `tidekeep folder remove FOLDER`. The copy at the target stays. */
export const folderRemove: Command = (context, { args }) =>
  withClient(context, 'settings', async (client) => {
    const folder = await findFolder(client, context, args[0] as string)
    await client.call('folders.remove', { id: folder.id })
    const { path, target } = folder
    context.output.line(cliTexts.folder.isNoLongerWatchedIts({ path: printable(path), target: printable(target) }))
    context.output.result({ type: 'folder', folder })
    return EXIT.ok
  })

/** `tidekeep folder prove FOLDER`: brings a sample back now. Needs the service, whose target it is. */
export const folderProve: Command = (context, { args }) =>
  withService(context, async (client) => {
    const { id } = await findFolder(client, context, args[0] as string)
    const folder = await client.call('folders.prove', { id })
    const { proof } = folder
    const failed = proof !== undefined && proof.failedFiles > 0
    context.output.line(
      `${printable(folder.name)}: ${printable(failed ? unprovenText(folder) : protectionText(folder))}.`,
    )
    context.output.result({ type: 'proof', ok: !failed, folder: folder.id, proof: proof ?? null })
    return failed ? EXIT.findings : EXIT.ok
  })

/** `tidekeep folder alarm FOLDER TIME`. */
export const folderAlarm: Command = (context, { args }) =>
  withClient(context, 'settings', async (client) => {
    const { id } = await findFolder(client, context, args[0] as string)
    const afterMs = args[1] as number | 'default'
    const folder = await client.call('folders.alarm', { id, ...(afterMs === 'default' ? {} : { afterMs }) })
    const after =
      afterMs === 'default'
        ? cliTexts.folder.asTheSettingsSay
        : afterMs === 0
          ? 'never'
          : cliTexts.folder.afterOfWork({ afterMs })
    context.output.line(cliTexts.folder.alarmsWhenItHasNot({ name: printable(folder.name), after }))
    context.output.result({ type: 'folder', folder, alarmAfterMs: afterMs })
    return EXIT.ok
  })

/** `tidekeep folder pause FOLDER`. */
export const folderPause: Command = (context, { args }) => setPaused(context, args[0] as string, 'folders.pause')

/** `tidekeep folder resume FOLDER`. */
export const folderResume: Command = (context, { args }) => setPaused(context, args[0] as string, 'folders.resume')

function setPaused(context: Context, named: string, call: 'folders.pause' | 'folders.resume'): Promise<number> {
  return withClient(context, 'settings', async (client) => {
    const { id } = await findFolder(client, context, named)
    const folder = await client.call(call, { id })
    context.output.line(
      (folder.paused ? cliTexts.folder.paused : cliTexts.folder.resumed)({ name: printable(folder.name) }),
    )
    context.output.result({ type: 'folder', folder })
    return EXIT.ok
  })
}

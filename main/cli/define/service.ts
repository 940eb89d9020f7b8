import { HOLD_TEXTS } from '../../../common/hold-texts.ts'
import { Option, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'
import { alarmValue, durationValue, MODES, modeValue, repeated, shareValue, wholeNumber } from '../values.ts'
import { addStoreOptions } from './passes.ts'
import { helpTexts } from '../help-texts.ts'

/** The running service: `serve`, `status`, `pause`, `resume`, `queue`. */
export function defineServiceCommands(program: Commander, run: Runner): void {
  program
    .command('serve')
    .description(helpTexts.serve)
    .addOption(new Option('--port <n>', helpTexts.servePort).argParser(wholeNumber(0, 65_535)))
    .option('--open', helpTexts.serveOpen)
    .option('--no-ui', helpTexts.serveNoUi)
    .option('--once', helpTexts.serveOnce)
    .action(run(async () => (await import('../commands/serve.ts')).serve))
  program
    .command('status')
    .description(helpTexts.status)
    .action(run(async () => (await import('../commands/status.ts')).status))
  program
    .command('pause')
    .description(helpTexts.pause)
    .argument('[duration]', helpTexts.pauseDuration, durationValue)
    .action(run(async () => (await import('../commands/pause.ts')).pause))
  program
    .command('resume')
    .description(helpTexts.resume)
    .option('--anyway', helpTexts.resumeAnyway)
    .action(run(async () => (await import('../commands/pause.ts')).resume))
  defineQueueCommands(program, run)
  defineHeldCommands(program, run)
}

function defineQueueCommands(program: Commander, run: Runner): void {
  const queue = program.command('queue').description(helpTexts.queue)
  queue
    .command('list')
    .description(helpTexts.queueList)
    .addOption(
      new Option('--state <state>', helpTexts.queueListState).choices([
        'queued',
        'running',
        'waiting',
        'held',
        'dead',
        'refused',
        'skipped',
      ]),
    )
    .addOption(new Option('--limit <n>', helpTexts.queueListLimit).argParser(wholeNumber(1, 10_000)).default(100))
    .action(run(async () => (await import('../commands/queue.ts')).queueList))
  queue
    .command('retry')
    .description(helpTexts.queueRetry)
    .argument('[id]', helpTexts.queueRetryId, wholeNumber(0))
    .action(run(async () => (await import('../commands/queue.ts')).queueRetry))
  queue
    .command('skip')
    .description(helpTexts.queueSkip)
    .argument('<id>', helpTexts.queueSkipId, wholeNumber(0))
    .action(run(async () => (await import('../commands/queue.ts')).queueSkip))
  queue
    .command('drop')
    .description(helpTexts.queueDrop)
    .argument('<id>', helpTexts.queueDropId, wholeNumber(0))
    .action(run(async () => (await import('../commands/queue.ts')).queueDrop))
}

function defineHeldCommands(program: Commander, run: Runner): void {
  const held = program.command('held').description(helpTexts.held)
  held
    .command('list', { isDefault: true })
    .description(helpTexts.heldList)
    .argument('[folder]', helpTexts.heldListFolder)
    .action(run(async () => (await import('../commands/held.ts')).heldList))
  const verbs = [
    ['approve', helpTexts.heldApprove, 'heldApprove'],
    ['keep', helpTexts.heldKeep, 'heldKeep'],
    ['restore', helpTexts.heldRestore, 'heldRestore'],
  ] as const
  for (const [name, description, exported] of verbs) {
    held
      .command(name)
      .description(description)
      .argument('<folder>', helpTexts.heldFolder)
      .addOption(new Option('--reason <reason>', helpTexts.heldReason).choices(Object.keys(HOLD_TEXTS)))
      .action(run(async () => (await import('../commands/held.ts'))[exported]))
  }
}

/** What is watched. */
export function defineFolderCommands(program: Commander, run: Runner): void {
  const folder = program.command('folder').description(helpTexts.folder)
  defineNewFolder(folder.command('add').description(helpTexts.folderAdd)).action(
    run(async () => (await import('../commands/folder.ts')).folderAdd),
  )
  defineNewFolder(folder.command('adopt').description(helpTexts.folderAdopt))
    .addOption(
      new Option('--compare-content [share]', helpTexts.folderCommandsCompareContent)
        .argParser(shareValue)
        .preset('100%'),
    )
    .action(run(async () => (await import('../commands/folder.ts')).folderAdopt))
  folder
    .command('list')
    .description(helpTexts.folderList)
    .action(run(async () => (await import('../commands/folder.ts')).folderList))
  defineAlarm(folder, run)
  const verbs = [
    ['remove', helpTexts.folderRemove, 'folderRemove'],
    ['pause', helpTexts.folderPause, 'folderPause'],
    ['resume', helpTexts.folderResume, 'folderResume'],
    ['prove', helpTexts.folderProve, 'folderProve'],
  ] as const
  for (const [name, description, exported] of verbs) {
    folder
      .command(name)
      .description(description)
      .argument('<folder>', helpTexts.folderFolder)
      .action(run(async () => (await import('../commands/folder.ts'))[exported]))
  }
}

/** What is done to one folder besides. */
function defineAlarm(folder: Commander, run: Runner): void {
  folder
    .command('alarm')
    .description(helpTexts.folderAlarm)
    .argument('<folder>', helpTexts.folderAlarmFolder)
    .argument('<time>', helpTexts.folderAlarmTime, alarmValue)
    .action(run(async () => (await import('../commands/folder.ts')).folderAlarm))
}

function defineNewFolder(command: Commander): Commander {
  command
    .argument('<path>', helpTexts.newFolderPath)
    .requiredOption('--target <uri>', helpTexts.newFolderTarget)
    .addOption(new Option('--mode <mode>', helpTexts.newFolderMode).choices(MODES).argParser(modeValue))
    .option('--name <name>', helpTexts.newFolderName)
    .addOption(new Option('--exclude <glob>', helpTexts.newFolderExclude).argParser(repeated))
    .option('--storage-class <class>', helpTexts.newFolderStorageClass)
  addStoreOptions(command)
  return command
}

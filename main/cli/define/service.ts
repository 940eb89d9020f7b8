import { HOLD_TEXTS } from '../../../common/hold-texts.ts'
import { Option, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'
import { alarmValue, durationValue, modeValue, repeated, shareValue, wholeNumber } from '../values.ts'
import { addStoreOptions } from './passes.ts'

/** The running service: `serve`, `status`, `pause`, `resume`, `queue`. */
export function defineServiceCommands(program: Commander, run: Runner): void {
  program
    .command('serve')
    .description('watch every configured folder and keep it safe until stopped')
    .addOption(
      new Option('--port <n>', 'port of the web interface on 127.0.0.1 (default: a free one)').argParser(
        wholeNumber(0, 65_535),
      ),
    )
    .option('--open', 'open the web interface in the browser')
    .option('--no-ui', 'serve no web interface')
    .option('--once', 'bring every folder up to date, then end')
    .action(run(async () => (await import('../commands/serve.ts')).serve))
  program
    .command('status')
    .description('say how safe everything is')
    .action(run(async () => (await import('../commands/status.ts')).status))
  program
    .command('pause')
    .description('pause everything, for a time or until resumed')
    .argument('[duration]', 'such as 30m, 2h or 1d', durationValue)
    .action(run(async () => (await import('../commands/pause.ts')).pause))
  program
    .command('resume')
    .description('go on after a pause')
    .option('--anyway', 'also on battery, on a metered network and at full speed, as long as these last')
    .action(run(async () => (await import('../commands/pause.ts')).resume))
  defineQueueCommands(program, run)
  defineHeldCommands(program, run)
}

function defineQueueCommands(program: Commander, run: Runner): void {
  const queue = program.command('queue').description('what waits to be done')
  queue
    .command('list')
    .description('list jobs')
    .addOption(
      new Option('--state <state>', 'only jobs in this state').choices([
        'queued',
        'running',
        'waiting',
        'held',
        'dead',
        'refused',
      ]),
    )
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1, 10_000)).default(100))
    .action(run(async () => (await import('../commands/queue.ts')).queueList))
  queue
    .command('retry')
    .description('try failed and waiting jobs again now')
    .argument('[id]', 'only this job', wholeNumber(0))
    .action(run(async () => (await import('../commands/queue.ts')).queueRetry))
  queue
    .command('drop')
    .description('forget a job; the next full pass finds the file again if it still differs')
    .argument('<id>', 'the job', wholeNumber(0))
    .action(run(async () => (await import('../commands/queue.ts')).queueDrop))
}

function defineHeldCommands(program: Commander, run: Runner): void {
  const held = program.command('held').description('what waits for your decision')
  held
    .command('list', { isDefault: true })
    .description('say what waits, why, and what each answer does')
    .argument('[folder]', 'only this folder: its name, path or id')
    .action(run(async () => (await import('../commands/held.ts')).heldList))
  const verbs = [
    ['approve', 'carry the held changes out', 'heldApprove'],
    ['keep', 'let the target keep what it has, and the folder stay as it is', 'heldKeep'],
    ['restore', 'bring the versions that are safe back into the folder', 'heldRestore'],
  ] as const
  for (const [name, description, exported] of verbs) {
    held
      .command(name)
      .description(description)
      .argument('<folder>', 'its name, path or id')
      .addOption(new Option('--reason <reason>', 'only what is held for this reason').choices(Object.keys(HOLD_TEXTS)))
      .action(run(async () => (await import('../commands/held.ts'))[exported]))
  }
}

/** What is watched. */
export function defineFolderCommands(program: Commander, run: Runner): void {
  const folder = program.command('folder').description('the folders that are kept safe')
  defineNewFolder(folder.command('add').description('keep a folder safe')).action(
    run(async () => (await import('../commands/folder.ts')).folderAdd),
  )
  defineNewFolder(
    folder.command('adopt').description('take over the copy a target holds, after what was known of it is lost'),
  )
    .addOption(
      new Option('--compare-content [share]', 'read files at both sides and compare them: all, or a share such as 5%')
        .argParser(shareValue)
        .preset('100%'),
    )
    .action(run(async () => (await import('../commands/folder.ts')).folderAdopt))
  folder
    .command('list')
    .description('list the folders')
    .action(run(async () => (await import('../commands/folder.ts')).folderList))
  defineAlarm(folder, run)
  const verbs = [
    ['remove', 'stop keeping a folder safe; its copy at the target stays', 'folderRemove'],
    ['pause', 'pause one folder', 'folderPause'],
    ['resume', 'go on with one folder', 'folderResume'],
    ['prove', 'bring some files back into a scratch place now, and compare them', 'folderProve'],
  ] as const
  for (const [name, description, exported] of verbs) {
    folder
      .command(name)
      .description(description)
      .argument('<folder>', 'its name, path or id')
      .action(run(async () => (await import('../commands/folder.ts'))[exported]))
  }
}

/** What is done to one folder besides. */
function defineAlarm(folder: Commander, run: Runner): void {
  folder
    .command('alarm')
    .description('say how long a folder may not be safe before you are told, in time that this computer works')
    .argument('<folder>', 'its name, path or id')
    .argument('<time>', 'such as 12h or 3d, "off", or "default"', alarmValue)
    .action(run(async () => (await import('../commands/folder.ts')).folderAlarm))
}

function defineNewFolder(command: Commander): Commander {
  command
    .argument('<path>', 'the folder')
    .requiredOption('--target <uri>', 'where its copy lives: folder, file:///… or s3://bucket/prefix')
    .addOption(
      new Option(
        '--mode <mode>',
        'backup keeps what the source deleted, mirror deletes it too, two-way lets both sides follow each other',
      ).argParser(modeValue),
    )
    .option('--name <name>', 'what to call it (default: the name of the folder)')
    .addOption(
      new Option('--exclude <glob>', 'leave out what matches, .gitignore syntax; may be repeated').argParser(repeated),
    )
    .option('--storage-class <class>', 'storage class of what is uploaded, such as STANDARD_IA')
  addStoreOptions(command)
  return command
}

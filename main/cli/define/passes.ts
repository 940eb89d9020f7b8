import { Option, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'
import { bytesValue, endpointValue, maxDeleteValue, modeValue, repeated, settingValue, wholeNumber } from '../values.ts'

/** `sync` and `plan`. */
export function definePassCommands(program: Commander, run: Runner): void {
  const sync = program
    .command('sync')
    .description('bring TARGET up to date with SOURCE, one pass')
    .option('-n, --dry-run', 'only show what would be done; nothing is written')
    .addOption(
      new Option('--held <answer>', 'decide what earlier runs held back, before looking').choices([
        'approve',
        'keep',
        'restore',
      ]),
    )
    .addOption(
      new Option('--resolve <decision>', 'settle conflicts this way, those of earlier runs too (two-way only)').choices(
        ['keep-both', 'keep-local', 'keep-remote', 'newest'],
      ),
    )
  addPassOptions(sync)
  sync.action(run(async () => (await import('../commands/sync.ts')).sync))

  const plan = program
    .command('plan')
    .description('show what sync would do, and what it would send')
    .option('--detailed-exitcode', 'exit with 6 when there is something to do')
  addPassOptions(plan)
  plan.action(run(async () => (await import('../commands/sync.ts')).plan))
}

function addPassOptions(command: Commander): void {
  command
    .argument('<source>', 'folder to keep safe')
    .argument('<target>', 'folder, file:///… or s3://bucket/prefix')
    .addOption(
      new Option(
        '--mode <mode>',
        'backup keeps what the source deleted, mirror deletes it too, two-way lets both sides follow each other',
      ).argParser(modeValue),
    )
    .option('--delete', 'the same as --mode mirror')
    .addOption(new Option('-j, --concurrency <n>', 'transfers at once (default: adapts)').argParser(wholeNumber(1, 64)))
    .addOption(new Option('--include <glob>', 'take only what matches; may be repeated').argParser(repeated))
    .addOption(
      new Option('--exclude <glob>', 'leave out what matches, .gitignore syntax; may be repeated').argParser(repeated),
    )
    .addOption(
      new Option('--exclude-from <file>', 'read lines of --exclude from a file; may be repeated').argParser(repeated),
    )
    .addOption(new Option('--bwlimit <rate>', 'bytes a second at most, such as 5MiB').argParser(bytesValue))
    .option('--storage-class <class>', 'storage class of what is uploaded, such as STANDARD_IA')
    .option('--fail-on-conflict', 'exit with 4 when there were conflicts')
    .addOption(
      new Option(
        '--max-delete <n>',
        'hold the pass when it would delete or overwrite more: a number or a share, such as 20%',
      ).argParser(maxDeleteValue),
    )
    .addOption(
      new Option(
        '--delta-threshold <size>',
        'send changed files from this size on as differences (default: 32MiB)',
      ).argParser(settingValue('deltaThreshold')),
    )
    .addOption(
      new Option(
        '--block-size <size>',
        'compare them by blocks of this size, 64KiB to 5MiB (default: cut by content)',
      ).argParser(settingValue('blockSize')),
    )
    .addOption(
      new Option(
        '--keep-days <n>',
        'days the target keeps what is replaced or deleted there; 0 keeps nothing (default: 30)',
      ).argParser(settingValue('keepDays')),
    )
  addStoreOptions(command)
}

/** How an S3-compatible store is reached, for every command that opens a target. */
export function addStoreOptions(command: Commander): void {
  command
    .addOption(
      new Option('--s3-endpoint <url>', 'address of an S3-compatible store (AWS_ENDPOINT_URL_S3)').argParser(
        endpointValue,
      ),
    )
    .option('--s3-region <region>', 'region of the bucket (AWS_REGION)')
    .option('--profile <name>', 'profile of the AWS configuration files (AWS_PROFILE)')
    .option('--account <name>', 'keys saved with "tidekeep account add s3"')
}

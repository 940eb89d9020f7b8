import { Option, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'
import {
  bytesValue,
  endpointValue,
  maxDeleteValue,
  MODES,
  modeValue,
  repeated,
  settingValue,
  wholeNumber,
} from '../values.ts'
import { helpTexts } from '../help-texts.ts'

/** `sync` and `plan`. */
export function definePassCommands(program: Commander, run: Runner): void {
  const sync = program
    .command('sync')
    .description(helpTexts.sync)
    .option('-n, --dry-run', helpTexts.syncDryRun)
    .addOption(new Option('--held <answer>', helpTexts.syncHeld).choices(['approve', 'keep', 'restore']))
    .addOption(
      new Option('--resolve <decision>', helpTexts.syncResolve).choices([
        'keep-both',
        'keep-local',
        'keep-remote',
        'newest',
      ]),
    )
  addPassOptions(sync)
  sync.action(run(async () => (await import('../commands/sync.ts')).sync))

  const plan = program
    .command('plan')
    .description(helpTexts.plan)
    .option('--detailed-exitcode', helpTexts.planDetailedExitcode)
  addPassOptions(plan)
  plan.action(run(async () => (await import('../commands/sync.ts')).plan))
}

function addPassOptions(command: Commander): void {
  command
    .argument('<source>', helpTexts.passSource)
    .argument('<target>', helpTexts.passTarget)
    .addOption(new Option('--mode <mode>', helpTexts.passMode).choices(MODES).argParser(modeValue))
    .option('--delete', helpTexts.passDelete)
    .addOption(new Option('-j, --concurrency <n>', helpTexts.passConcurrency).argParser(wholeNumber(1, 64)))
    .addOption(new Option('--include <glob>', helpTexts.passInclude).argParser(repeated))
    .addOption(new Option('--exclude <glob>', helpTexts.passExclude).argParser(repeated))
    .addOption(new Option('--exclude-from <file>', helpTexts.passExcludeFrom).argParser(repeated))
    .addOption(new Option('--bwlimit <rate>', helpTexts.passBwlimit).argParser(bytesValue))
    .option('--storage-class <class>', helpTexts.passStorageClass)
    .option('--fail-on-conflict', helpTexts.passFailOnConflict)
    .addOption(new Option('--max-delete <n>', helpTexts.passMaxDelete).argParser(maxDeleteValue))
    .addOption(
      new Option('--delta-threshold <size>', helpTexts.passDeltaThreshold).argParser(settingValue('deltaThreshold')),
    )
    .addOption(new Option('--block-size <size>', helpTexts.passBlockSize).argParser(settingValue('blockSize')))
    .addOption(new Option('--keep-days <n>', helpTexts.passKeepDays).argParser(settingValue('keepDays')))
  addStoreOptions(command)
}

/** How an S3-compatible store is reached, for every command that opens a target. */
export function addStoreOptions(command: Commander): void {
  command
    .addOption(new Option('--s3-endpoint <url>', helpTexts.storeS3Endpoint).argParser(endpointValue))
    .option('--s3-region <region>', helpTexts.storeS3Region)
    .option('--profile <name>', helpTexts.storeProfile)
    .option('--account <name>', helpTexts.storeAccount)
}

import { Option, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'
import { momentValue } from '../moments.ts'
import { durationValue, readDataValue, seedValue, sinceValue, wholeNumber } from '../values.ts'
import { addStoreOptions } from './passes.ts'
import { helpTexts } from '../help-texts.ts'

/** What proves that the copies are there, and that nothing else is: `restore`, `verify`, `undo`, `cleanup`. */
export function defineTrustCommands(program: Commander, run: Runner): void {
  const restore = program
    .command('restore')
    .description(helpTexts.restore)
    .argument('<target>', helpTexts.restoreTarget)
    .argument('<directory>', helpTexts.restoreDirectory)
    .option('--path <path>', helpTexts.restorePath)
    .option('-n, --dry-run', helpTexts.restoreDryRun)
    .option('--overwrite', helpTexts.restoreOverwrite)
    .addOption(new Option('--at <time>', helpTexts.restoreAt).argParser(momentValue))
    .option('--token <token>', helpTexts.restoreToken)
  addStoreOptions(restore)
  restore.action(run(async () => (await import('../commands/restore.ts')).restoreCommand))

  defineVersions(program, run)
  defineThaw(program, run)

  defineVerify(program, run)

  program
    .command('undo')
    .description(helpTexts.undo)
    .argument('[paths...]', helpTexts.undoPaths)
    .addOption(new Option('--last <n>', helpTexts.undoLast).argParser(wholeNumber(1, 10_000)))
    .addOption(new Option('--since <time>', helpTexts.undoSince).argParser(sinceValue))
    .option('--folder <folder>', helpTexts.undoFolder)
    .option('-n, --dry-run', helpTexts.undoDryRun)
    .option('--beside', helpTexts.undoBeside)
    .action(run(async () => (await import('../commands/undo.ts')).undo))

  const cleanup = program
    .command('cleanup')
    .description(helpTexts.cleanup)
    .argument('[place]', helpTexts.cleanupPlace)
    .option('-n, --dry-run', helpTexts.cleanupDryRun)
    .addOption(
      new Option('--older-than <time>', helpTexts.cleanupOlderThan).argParser(durationValue).default(86_400_000, '24h'),
    )
  addStoreOptions(cleanup)
  cleanup.action(run(async () => (await import('../commands/cleanup.ts')).cleanup))
}

function defineThaw(program: Commander, run: Runner): void {
  const thaw = program
    .command('thaw')
    .description(helpTexts.thaw)
    .argument('<target>', helpTexts.thawTarget)
    .option('--path <path>', helpTexts.thawPath)
    .addOption(new Option('--at <time>', helpTexts.thawAt).argParser(momentValue))
    .option('--token <token>', helpTexts.thawToken)
    .addOption(
      new Option('--speed <speed>', helpTexts.thawSpeed).choices(['expedited', 'standard', 'bulk']).default('standard'),
    )
    .addOption(new Option('--days <n>', helpTexts.thawDays).argParser(wholeNumber(1, 365)).default(7))
    .option('-y, --yes', helpTexts.thawYes)
    .option('--wait', helpTexts.thawWait)
  addStoreOptions(thaw)
  thaw.action(run(async () => (await import('../commands/thaw.ts')).thaw))
}

function defineVersions(program: Commander, run: Runner): void {
  const versions = program
    .command('versions')
    .description(helpTexts.versions)
    .argument('<target>', helpTexts.versionsTarget)
    .argument('<path>', helpTexts.versionsPath)
  addStoreOptions(versions)
  versions.action(run(async () => (await import('../commands/versions.ts')).versions))
  const prune = versions
    .command('prune')
    .description(helpTexts.versionsPrune)
    .argument('[place]', helpTexts.versionsPrunePlace)
    .option('-n, --dry-run', helpTexts.versionsPruneDryRun)
    .option('--all', helpTexts.versionsPruneAll)
  addStoreOptions(prune)
  prune.action(run(async () => (await import('../commands/versions-prune.ts')).versionsPrune))
}

function defineVerify(program: Commander, run: Runner): void {
  const verify = program
    .command('verify')
    .description(helpTexts.verify)
    .argument('<target>', helpTexts.verifyTarget)
    .addOption(new Option('--read-data [amount]', helpTexts.verifyReadData).argParser(readDataValue).preset('100%'))
    .option('--kept', helpTexts.verifyKept)
    .option('--source <dir>', helpTexts.verifySource)
    .addOption(new Option('--seed <hex>', helpTexts.verifySeed).argParser(seedValue))
    .option('--restart', helpTexts.verifyRestart)
  addStoreOptions(verify)
  verify.action(run(async () => (await import('../commands/verify.ts')).verifyCommand))
}

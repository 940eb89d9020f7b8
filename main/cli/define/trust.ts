import { Option, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'
import { momentValue } from '../moments.ts'
import { durationValue, readDataValue, seedValue, sinceValue, wholeNumber } from '../values.ts'
import { addStoreOptions } from './passes.ts'

/** What proves that the copies are there, and that nothing else is: `restore`, `verify`, `undo`, `cleanup`. */
export function defineTrustCommands(program: Commander, run: Runner): void {
  const restore = program
    .command('restore')
    .description('bring files back from TARGET into DIRECTORY, each one verified')
    .argument('<target>', 'folder, file:///… or s3://bucket/prefix')
    .argument('<directory>', 'where to put them; never written outside of it')
    .option('--path <path>', 'only this file or folder of the target')
    .option('-n, --dry-run', 'only show what would be done; nothing is written')
    .option('--overwrite', 'replace files that differ, keeping the old ones as "name (replaced …)"')
    .addOption(
      new Option('--at <time>', 'as everything was then: "2026-11-18 14:00", an ISO time or "2 hours ago"').argParser(
        momentValue,
      ),
    )
    .option('--token <token>', 'of the file at --path, exactly this version; see "versions"')
  addStoreOptions(restore)
  restore.action(run(async () => (await import('../commands/restore.ts')).restoreCommand))

  defineVersions(program, run)
  defineThaw(program, run)

  defineVerify(program, run)

  program
    .command('undo')
    .description('bring back what actions of Tidekeep replaced or deleted at a target, as far as it is kept')
    .argument('[paths...]', 'files or folders of the source: what each was before it was last replaced or deleted')
    .addOption(new Option('--last <n>', 'undo the last so many actions').argParser(wholeNumber(1, 10_000)))
    .addOption(
      new Option(
        '--since <time>',
        'undo everything since: a time such as 2026-11-21T10:00, or so long ago, such as 2h',
      ).argParser(sinceValue),
    )
    .option('--folder <folder>', 'only in this folder: its name, path or id')
    .option('-n, --dry-run', 'only show what would be done; nothing is written')
    .option('--beside', 'write under another name what cannot go where it was')
    .action(run(async () => (await import('../commands/undo.ts')).undo))

  const cleanup = program
    .command('cleanup')
    .description('remove what interrupted uploads left at a target, and earlier versions that were kept long enough')
    .argument('[place]', 'a configured folder, or a target (default: the targets of all folders)')
    .option('-n, --dry-run', 'only show what there is and what it costs; nothing is removed')
    .addOption(
      new Option('--older-than <time>', 'leave what is younger than this')
        .argParser(durationValue)
        .default(86_400_000, '24h'),
    )
  addStoreOptions(cleanup)
  cleanup.action(run(async () => (await import('../commands/cleanup.ts')).cleanup))
}

function defineThaw(program: Commander, run: Runner): void {
  const thaw = program
    .command('thaw')
    .description('ask a store for readable copies of what lies in an archive class, price and hours first')
    .argument('<target>', 's3://bucket/prefix')
    .option('--path <path>', 'only this file or folder of the target')
    .addOption(
      new Option('--speed <speed>', 'how soon: expedited, standard or bulk')
        .choices(['expedited', 'standard', 'bulk'])
        .default('standard'),
    )
    .addOption(new Option('--days <n>', 'how long the copies stay').argParser(wholeNumber(1, 365)).default(7))
    .option('-y, --yes', 'really ask for them')
    .option('--wait', 'until everything that was asked for can be read')
  addStoreOptions(thaw)
  thaw.action(run(async () => (await import('../commands/thaw.ts')).thaw))
}

function defineVersions(program: Commander, run: Runner): void {
  const versions = program
    .command('versions')
    .description('list every version of a file that TARGET still holds, newest first')
    .argument('<target>', 'folder, file:///… or s3://bucket/prefix')
    .argument('<path>', 'the file, relative to the target')
  addStoreOptions(versions)
  versions.action(run(async () => (await import('../commands/versions.ts')).versions))
  const prune = versions
    .command('prune')
    .description('let go of earlier versions that no rule lets stay, and say why of each')
    .argument('[place]', 'a configured folder, or a target (default: the targets of all folders)')
    .option('-n, --dry-run', 'only show what would go, and what that frees')
    .option('--all', 'everything that is due, not only the oldest week of it')
  addStoreOptions(prune)
  prune.action(run(async () => (await import('../commands/versions-prune.ts')).versionsPrune))
}

function defineVerify(program: Commander, run: Runner): void {
  const verify = program
    .command('verify')
    .description('prove that TARGET still holds what was backed up')
    .argument('<target>', 'folder, file:///… or s3://bucket/prefix')
    .addOption(
      new Option('--read-data [amount]', 'read content back and compare it: all, or 5%, 10GiB, or part 1/7')
        .argParser(readDataValue)
        .preset('100%'),
    )
    .option('--source <dir>', 'compare with this source folder as well')
    .addOption(new Option('--seed <hex>', 'draw the same files as the run that printed it').argParser(seedValue))
    .option('--restart', 'read from the beginning, also where a run was cut off')
  addStoreOptions(verify)
  verify.action(run(async () => (await import('../commands/verify.ts')).verifyCommand))
}

import { Option, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'
import { wholeNumber } from '../values.ts'

const DECISIONS = ['keep-local', 'keep-remote', 'keep-both', 'merge']

/** `tidekeep conflicts …`: what both sides of a two-way folder changed, and deciding it. */
export function defineConflictCommands(program: Commander, run: Runner): void {
  const conflicts = program.command('conflicts').description('what both sides of a two-way folder changed')
  const list = conflicts
    .command('list', { isDefault: true })
    .description('list what waits for your decision; both versions are safe meanwhile')
    .option('--resolved', 'those that were settled instead, newest first')
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1, 10_000)).default(100))
  addQueryOptions(list)
  list.action(run(async () => (await import('../commands/conflicts.ts')).conflictsList))
  conflicts
    .command('show')
    .description('show both versions of one, and how they differ')
    .argument('<id>', 'of "conflicts list"', wholeNumber(0))
    .action(run(async () => (await import('../commands/conflicts.ts')).conflictsShow))
  const resolve = conflicts
    .command('resolve')
    .description('decide; what does not stay is kept, and can be brought back')
    .argument('<decision>', DECISIONS.join(', '))
    .argument('[ids...]', 'of "conflicts list"')
    .option('--all', 'every one that --folder, --kind, --path and --pattern take')
    .option('--pattern <glob>', 'with --all: only files that match, .gitignore syntax')
    .option('--as <name>', 'with keep-both and one id: the new name of the local version')
    .option('-n, --dry-run', 'only count what would be decided')
  addQueryOptions(resolve)
  resolve.action(run(async () => (await import('../commands/conflicts-resolve.ts')).conflictsResolve))
  conflicts
    .command('undo')
    .description('open decided ones again, with both versions back in their places')
    .argument('<ids...>', 'of "conflicts list --resolved"')
    .action(run(async () => (await import('../commands/conflicts-resolve.ts')).conflictsUndo))
  defineRules(conflicts, run)
}

function defineRules(conflicts: Commander, run: Runner): void {
  const rules = conflicts.command('rules').description('what is decided without asking')
  rules
    .command('list', { isDefault: true })
    .description('list the rules of every two-way folder')
    .action(run(async () => (await import('../commands/conflicts-rules.ts')).rulesList))
  rules
    .command('add')
    .description('decide what matches in this way from now on; the newest rule is asked first')
    .argument('<folder>', 'its name, path or id')
    .argument('<pattern>', 'relative to the folder, .gitignore syntax')
    .addArgument(rules.createArgument('<decision>').choices(['keep-local', 'keep-remote', 'keep-both', 'newest']))
    .action(run(async () => (await import('../commands/conflicts-rules.ts')).rulesAdd))
  rules
    .command('remove')
    .description('ask again about what matches')
    .argument('<folder>', 'its name, path or id')
    .argument('<pattern>', 'as it is listed')
    .action(run(async () => (await import('../commands/conflicts-rules.ts')).rulesRemove))
}

function addQueryOptions(command: Commander): void {
  command
    .option('--folder <folder>', 'only in this folder: its name, path or id')
    .addOption(
      new Option('--kind <kind>', 'only of this kind').choices(['edit-edit', 'create-create', 'type', 'rolled-back']),
    )
    .option('--path <path>', 'with --folder: only this file, or what is below this folder of it')
}

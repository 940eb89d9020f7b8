import { Option, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'
import { wholeNumber } from '../values.ts'
import { helpTexts } from '../help-texts.ts'

const DECISIONS = ['keep-local', 'keep-remote', 'keep-both', 'merge']

/** `tidekeep conflicts …`: what both sides of a two-way folder changed, and deciding it. */
export function defineConflictCommands(program: Commander, run: Runner): void {
  const conflicts = program.command('conflicts').description(helpTexts.conflicts)
  const list = conflicts
    .command('list', { isDefault: true })
    .description(helpTexts.conflictsList)
    .option('--resolved', helpTexts.conflictsListResolved)
    .addOption(new Option('--limit <n>', helpTexts.conflictsListLimit).argParser(wholeNumber(1, 10_000)).default(100))
  addQueryOptions(list)
  list.action(run(async () => (await import('../commands/conflicts.ts')).conflictsList))
  conflicts
    .command('show')
    .description(helpTexts.conflictsShow)
    .argument('<id>', helpTexts.conflictsShowId, wholeNumber(0))
    .option('--fetch', helpTexts.conflictsShowFetch)
    .action(run(async () => (await import('../commands/conflicts.ts')).conflictsShow))
  const resolve = conflicts
    .command('resolve')
    .description(helpTexts.conflictsResolve)
    .argument('<decision>', DECISIONS.join(', '))
    .argument('[ids...]', helpTexts.conflictsResolveIds)
    .option('--all', helpTexts.conflictsResolveAll)
    .option('--pattern <glob>', helpTexts.conflictsResolvePattern)
    .option('--as <name>', helpTexts.conflictsResolveAs)
    .option('-n, --dry-run', helpTexts.conflictsResolveDryRun)
  addQueryOptions(resolve)
  resolve.action(run(async () => (await import('../commands/conflicts-resolve.ts')).conflictsResolve))
  conflicts
    .command('undo')
    .description(helpTexts.conflictsUndo)
    .argument('<ids...>', helpTexts.conflictsUndoIds)
    .action(run(async () => (await import('../commands/conflicts-resolve.ts')).conflictsUndo))
  defineRules(conflicts, run)
}

function defineRules(conflicts: Commander, run: Runner): void {
  const rules = conflicts.command('rules').description(helpTexts.conflictsRules)
  rules
    .command('list', { isDefault: true })
    .description(helpTexts.rulesList)
    .action(run(async () => (await import('../commands/conflicts-rules.ts')).rulesList))
  rules
    .command('add')
    .description(helpTexts.rulesAdd)
    .argument('<folder>', helpTexts.rulesAddFolder)
    .argument('<pattern>', helpTexts.rulesAddPattern)
    .addArgument(rules.createArgument('<decision>').choices(['keep-local', 'keep-remote', 'keep-both', 'newest']))
    .action(run(async () => (await import('../commands/conflicts-rules.ts')).rulesAdd))
  rules
    .command('remove')
    .description(helpTexts.rulesRemove)
    .argument('<folder>', helpTexts.rulesRemoveFolder)
    .argument('<pattern>', helpTexts.rulesRemovePattern)
    .action(run(async () => (await import('../commands/conflicts-rules.ts')).rulesRemove))
}

function addQueryOptions(command: Commander): void {
  command
    .option('--folder <folder>', helpTexts.queryFolder)
    .addOption(
      new Option('--kind <kind>', helpTexts.queryKind).choices(['edit-edit', 'create-create', 'type', 'rolled-back']),
    )
    .option('--path <path>', helpTexts.queryPath)
}

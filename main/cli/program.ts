import { Command as Commander, Option } from 'commander'
import { defineAccountCommands } from './define/accounts.ts'
import { defineConflictCommands } from './define/conflicts.ts'
import { defineFolderCommands, defineServiceCommands } from './define/service.ts'
import { definePassCommands } from './define/passes.ts'
import { defineToolCommands } from './define/tools.ts'
import { defineTrustCommands } from './define/trust.ts'
import type { Command } from './context.ts'
import { helpInLanguage } from './help-format.ts'
import { helpTexts } from './help-texts.ts'

/** How the tree reaches the commands: loads the module, then runs it. */
export type Runner = (load: () => Promise<Command>) => (...typed: unknown[]) => Promise<void>

/** Commands of the contract that a later release brings, so that the message can say so. */
const LATER: readonly string[] = ['cost', 'dest', 'policy', 'report']

/** The whole command tree, without running anything. */
export function buildProgram(version: string, run: Runner): Commander {
  const program = new Commander('tidekeep')
  program
    .description(helpTexts.tidekeep)
    .version(version, '-V, --version', helpTexts.tidekeepVersion)
    .helpOption('-h, --help', helpTexts.tidekeepHelp)
    .helpCommand('help [command]', helpTexts.tidekeepHelpCommand)
    .addOption(new Option('--home <dir>', helpTexts.tidekeepHome))
    .option('--json', helpTexts.tidekeepJson)
    .option('--jsonl', helpTexts.tidekeepJsonl)
    .option('-q, --quiet', helpTexts.tidekeepQuiet)
    .option('-v, --verbose', helpTexts.tidekeepVerbose)
    .option('--debug', helpTexts.tidekeepDebug)
    .option('--no-input', helpTexts.tidekeepNoInput)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false, ...helpInLanguage() })
    .addHelpText('after', `\n${helpTexts.exitCodes}`)
  definePassCommands(program, run)
  defineTrustCommands(program, run)
  defineServiceCommands(program, run)
  defineFolderCommands(program, run)
  defineConflictCommands(program, run)
  defineAccountCommands(program, run)
  defineToolCommands(program, run)
  prepareForErrors(program)
  return program
}

/** True for a command that the contract names and this release does not have. */
export function isLaterCommand(name: string): boolean {
  return LATER.includes(name)
}

/** Makes every command throw instead of ending the process, and say nothing by itself. */
function prepareForErrors(command: Commander): void {
  command.exitOverride()
  command.configureOutput({ outputError: () => undefined, writeErr: () => undefined })
  for (const child of command.commands) {
    child.configureHelp({ ...command.configureHelp() })
    prepareForErrors(child)
  }
}

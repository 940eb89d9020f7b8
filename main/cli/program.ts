import { Command as Commander, Option } from 'commander'
import { defineAccountCommands } from './define/accounts.ts'
import { defineConflictCommands } from './define/conflicts.ts'
import { defineFolderCommands, defineServiceCommands } from './define/service.ts'
import { definePassCommands } from './define/passes.ts'
import { defineToolCommands } from './define/tools.ts'
import { defineTrustCommands } from './define/trust.ts'
import type { Command } from './context.ts'

/** How the tree reaches the commands: loads the module, then runs it. */
export type Runner = (load: () => Promise<Command>) => (...typed: unknown[]) => Promise<void>

/** Commands of the contract that a later release brings, so that the message can say so. */
const LATER: readonly string[] = ['cost', 'dest', 'policy', 'report']

const EPILOGUE = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some files failed, 4 conflicts, 5 held by the guard,
6 findings, 10 not configured, 11 locked, 12 sign-in or permission, 13 network, 14 quota, 130 interrupted.`

/** The whole command tree, without running anything. */
export function buildProgram(version: string, run: Runner): Commander {
  const program = new Commander('tidekeep')
  program
    .description('Keeps your folders safe in storage you own: continuously, quietly and provably.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addOption(new Option('--home <dir>', 'keep settings and state below this folder (TIDEKEEP_HOME)'))
    .option('--json', 'print exactly one JSON object at the end')
    .option('--jsonl', 'print one JSON object a line for each event, the summary last')
    .option('-q, --quiet', 'print only results, warnings and errors')
    .option('-v, --verbose', 'say more about what is done')
    .option('--debug', 'show stack traces of errors')
    .option('--no-input', 'never ask anything')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .addHelpText('after', EPILOGUE)
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

import type { Command as Commander } from 'commander'
import { similarTo } from '../../common/similar.ts'
import { cliTexts } from './cli-texts.ts'
import { usageError, type CommandError } from './failure.ts'

/** The command that words such as `folder add` name. Throws a usage error for the first that names none. */
export function commandNamed(program: Commander, words: readonly string[]): Commander {
  let command = program
  for (const word of words) {
    const child = command.commands.find((each) => each.name() === word)
    if (child === undefined) throw unknownCommand(command, word)
    command = child
  }
  return command
}

/** That `typed` is no command below `command`, and which may have been meant. */
export function unknownCommand(command: Commander, typed: string): CommandError {
  const fix = cliTexts.runCommandLine.runHelpToSeeWhat({ name: fullName(command) })
  const names = similarTo(
    typed,
    command.commands.map((child) => child.name()),
  )
  const meant = names.length === 0 ? '' : `${cliTexts.parsing.meant({ names: names.join(', ') })} `
  return usageError(cliTexts.parsing.unknownCommand({ name: typed }), `${meant}${fix}`)
}

/** `tidekeep folder add`. */
export function fullName(command: Commander): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`
}

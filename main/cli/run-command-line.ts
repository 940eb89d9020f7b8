import { CommanderError, type Command as Commander } from 'commander'
import { resolve } from 'node:path'
import type { Host } from '../host.ts'
import type { ConsoleIo } from './console-io.ts'
import type { Command, Context, Input } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { CommandError, usageError } from './failure.ts'
import { watchInterrupts, type Interrupts } from './interrupts.ts'
import { activateLanguage } from './language.ts'
import { Output, type OutputFlags } from './output.ts'
import type { Ports } from './ports.ts'
import { buildProgram, isLaterCommand } from './program.ts'
import { VERSION } from '../version.ts'
import { cliTexts } from './cli-texts.ts'
import { commandNamed, fullName, unknownCommand } from './find-command.ts'
import { parseErrorText, suggestionText } from './parse-errors.ts'

/** What one invocation runs against. */
export interface CommandLineWorld {
  readonly io: ConsoleIo
  readonly ports: Ports
}

/** Runs one invocation. Resolves with the exit code; every error has been printed. */
export async function runCommandLine(argv: readonly string[], world: CommandLineWorld): Promise<number> {
  const tokens = joinReadData(argv)
  const output = new Output(world.io, flagsOf(tokens))
  const exitCode = await runTokens(tokens, world, output)
  // A disk says that it is full only after the last word was handed over.
  await world.io.flushed()
  const { lost } = output
  if (lost === undefined) return exitCode
  const failed = output.fail(outputLost(lost))
  return exitCode === EXIT.ok ? failed : exitCode
}

async function runTokens(tokens: readonly string[], world: CommandLineWorld, output: Output): Promise<number> {
  const { config } = world.ports.paths(homeOf(homeOption(tokens), world.io), world.io.env)
  activateLanguage({ machine: output.machine, configDirectory: config, env: world.io.env })
  let exitCode: number = EXIT.ok
  const program = buildProgram(VERSION, (load) => async (...typed) => {
    exitCode = await runOne(await load(), typed, { ...world, output })
  })
  forEachCommand(program, (command) =>
    command.configureOutput({
      writeOut: (text) => output.raw(text),
      getOutHelpWidth: () => world.io.stdout.columns ?? 80,
      getOutHasColors: () => false,
    }),
  )
  try {
    const helpOf = wordsAfterHelp(tokens)
    if (helpOf !== undefined) return showHelp(commandNamed(program, helpOf))
    if (output.flags.json && output.flags.jsonl)
      throw usageError(
        cliTexts.runCommandLine.jsonAndJsonlExcludeEach,
        cliTexts.runCommandLine.jsonAndJsonlExcludeEachFix,
      )
    await program.parseAsync(withoutHelpOfNothing(program, tokens), { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(program, tokens, { error, output })
    return output.fail(error)
  }
}

function showHelp(command: Commander): number {
  command.outputHelp()
  return EXIT.ok
}

/** Help of a command that there is not would be that of the program, and hide the slip: without the flag, it is told. */
function withoutHelpOfNothing(program: Commander, tokens: readonly string[]): readonly string[] {
  const [first = ''] = tokens
  const isKnown = first.startsWith('-') || first === 'help' || program.commands.some((child) => child.name() === first)
  return isKnown ? tokens : tokens.filter((token) => token !== '--help' && token !== '-h')
}

/** What to show the help of: nothing typed at all means that of the program; undefined where help is not what was asked for. */
function wordsAfterHelp(tokens: readonly string[]): readonly string[] | undefined {
  if (tokens.length === 0) return []
  return tokens[0] === 'help' && tokens.every((token) => !token.startsWith('-')) ? tokens.slice(1) : undefined
}

async function runOne(
  command: Command,
  typed: readonly unknown[],
  world: CommandLineWorld & { readonly output: Output },
): Promise<number> {
  const parsed = typed.at(-1) as Commander
  const input: Input = { args: typed.slice(0, -2), options: parsed.optsWithGlobals() }
  let interrupts: Interrupts | undefined
  let host: Promise<Host> | undefined
  const paths = world.ports.paths(homeOf(input.options['home'], world.io), world.io.env)
  const context: Context = {
    ...world,
    paths,
    program: rootOf(parsed),
    get interrupts() {
      return (interrupts ??= watchInterrupts(world.io, (message) => world.output.note(message)))
    },
    host: () => (host ??= world.ports.host(paths, world.io.env, { debug: world.output.flags.debug })),
    absolute: (path) => absolutePath(path, world.io),
  }
  try {
    return await command(context, input)
  } finally {
    world.output.clearProgress()
    interrupts?.dispose()
  }
}

function rootOf(command: Commander): Commander {
  return command.parent === null ? command : rootOf(command.parent)
}

/** The flag wins over TIDEKEEP_HOME; undefined means the platform's places. */
function homeOf(option: unknown, io: ConsoleIo): string | undefined {
  const typed = option ?? io.env['TIDEKEEP_HOME']
  return typeof typed === 'string' && typed !== '' ? absolutePath(typed, io) : undefined
}

/**
 * A path as typed. A shell leaves the `~` of `--target=~/backup` as it is, as systemd and quotes do: a folder of that
 * name in the working directory is never what was meant, and whoever removes it again may lose more than that.
 */
function absolutePath(path: string, { env, workingDirectory }: ConsoleIo): string {
  const home = env['HOME'] ?? env['USERPROFILE'] ?? ''
  const isAtHome = home !== '' && (path === '~' || path.startsWith('~/'))
  return isAtHome ? resolve(workingDirectory, home, `.${path.slice(1)}`) : resolve(workingDirectory, path)
}

function outputLost({ code = 'unknown' }: NodeJS.ErrnoException): CommandError {
  const { outputWasLost: message, outputWasLostFix: fix } = cliTexts.runCommandLine
  return new CommandError(EXIT.fatal, { code: 'unavailable', message: message({ code }), fix })
}

/** Help and version end parsing, too; everything else is wrong usage. */
function endOfParsing(
  program: Commander,
  tokens: readonly string[],
  { error, output }: { readonly error: CommanderError; readonly output: Output },
): number {
  if (error.exitCode === 0) return EXIT.ok
  const command = commandAt(program, tokens)
  const name = fullName(command)
  const fix = cliTexts.runCommandLine.runHelpToSeeWhat({ name })
  if (error.code === 'commander.help') {
    const names = command.commands.map((child) => child.name()).join(', ')
    return output.fail(usageError(cliTexts.runCommandLine.needsToKnowWhatTo({ name, names }), fix))
  }
  const typed = command === program ? tokens.find((token) => !token.startsWith('-')) : undefined
  if (typed !== undefined && isLaterCommand(typed)) {
    return output.fail(usageError(cliTexts.runCommandLine.isNotAvailableYetIn({ typed }), fix))
  }
  const extra =
    error.code === 'commander.excessArguments' && command.commands.length > 0
      ? operandAfter(tokens, command)
      : undefined
  if (extra !== undefined) return output.fail(unknownCommand(command, extra))
  const [what = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n')
  return output.fail(usageError(parseErrorText(what), suggestion === '' ? fix : `${suggestionText(suggestion)} ${fix}`))
}

/** The deepest command the tokens name; good enough for a hint. */
function commandAt(program: Commander, tokens: readonly string[]): Commander {
  let command = program
  for (const token of tokens) {
    command = command.commands.find((child) => child.name() === token) ?? command
  }
  return command
}

/** The word that was typed where a command of the group was expected, and its default took it for an operand. */
function operandAfter(tokens: readonly string[], group: Commander): string | undefined {
  const next = tokens[tokens.indexOf(group.name()) + 1]
  return next === undefined || next.startsWith('-') ? undefined : next
}

function forEachCommand(command: Commander, visit: (command: Commander) => void): void {
  visit(command)
  for (const child of command.commands) forEachCommand(child, visit)
}

/** `--home DIR` or `--home=DIR`; where it is wrong, parsing says so. */
function homeOption(tokens: readonly string[]): string | undefined {
  const at = tokens.findLastIndex((token) => token === '--home' || token.startsWith('--home='))
  return tokens[at] === '--home' ? tokens[at + 1] : tokens[at]?.slice('--home='.length)
}

/** Read off the tokens, since errors of parsing must obey them as well. */
function flagsOf(tokens: readonly string[]): OutputFlags {
  const end = tokens.indexOf('--')
  const flags = new Set(end < 0 ? tokens : tokens.slice(0, end))
  const has = (...names: readonly string[]): boolean => names.some((name) => flags.has(name))
  return {
    json: has('--json'),
    jsonl: has('--jsonl'),
    quiet: has('-q', '--quiet'),
    verbose: has('-v', '--verbose'),
    debug: has('--debug'),
  }
}

/** `--read-data` takes an amount only after "=" or when the next word is one: it must not swallow the target. */
function joinReadData(argv: readonly string[]): readonly string[] {
  const joined: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const token = argv[index]!
    if (token !== '--read-data') joined.push(token)
    else if (/^\d+(\.\d+)?(%|\/\d+|[kmgt]i?b?)$/i.test(argv[index + 1] ?? '')) joined.push(`${token}=${argv[++index]}`)
    else joined.push(`${token}=100%`)
  }
  return joined
}

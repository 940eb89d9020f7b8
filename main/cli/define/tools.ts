import { Argument, Option, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'
import { seedValue, wholeNumber } from '../values.ts'
import { addStoreOptions } from './passes.ts'

/** Questions about rules, targets, settings and this computer. */
export function defineToolCommands(program: Commander, run: Runner): void {
  const ignore = program.command('ignore').description('rules for what is left out')
  ignore
    .command('check')
    .description('say whether a path is left out, and which line of which file says so')
    .argument('<path>', 'the file or folder')
    .option('--root <dir>', 'the watched folder it is in (default: the configured one, or the working directory)')
    .action(run(async () => (await import('../commands/ignore.ts')).ignoreCheck))

  const provider = program.command('provider').description('stores')
  const check = provider
    .command('check')
    .description('try everything Tidekeep needs of a target, one check at a time')
    .argument('<uri>', 'folder, file:///… or s3://bucket/prefix')
  addStoreOptions(check)
  check.action(run(async () => (await import('../commands/provider.ts')).providerCheck))

  program
    .command('doctor')
    .description('look for what could keep your files from being safe')
    .action(run(async () => (await import('../commands/doctor.ts')).doctor))
  program
    .command('drill')
    .description('lose everything on purpose, on files of its own, and see whether it comes back')
    .addArgument(new Argument('[kind]', 'only this one').choices(['restore', 'ransomware']))
    .addOption(new Option('--files <n>', 'how many files').argParser(wholeNumber(10, 1_000_000)).default(2_000))
    .option(
      '--in <dir>',
      'on which disk: a folder that the drill makes its own place in (default: that of temporary files)',
    )
    .addOption(new Option('--seed <hex>', 'the same files as the drill that printed it').argParser(seedValue))
    .option('--keep', 'leave everything there to be looked at')
    .action(run(async () => (await import('../commands/drill.ts')).drill))
  defineConfigCommands(program, run)
  program
    .command('completion')
    .description('print a completion script for your shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(run(async () => (await import('../commands/completion.ts')).completion))
}

function defineConfigCommands(program: Commander, run: Runner): void {
  const config = program.command('config').description('settings')
  config
    .command('get')
    .description('print one setting, or all of them')
    .argument('[key]', 'its name')
    .action(run(async () => (await import('../commands/config.ts')).configGet))
  config
    .command('set')
    .description('change a setting')
    .argument('<key>', 'its name')
    .argument('<value>', 'its value, such as 5MiB, 30m, 10% or on')
    .action(run(async () => (await import('../commands/config.ts')).configSet))
  config
    .command('explain')
    .description('say what a setting is and where its value comes from')
    .argument('[key]', 'its name (default: all)')
    .action(run(async () => (await import('../commands/config.ts')).configExplain))
  config
    .command('path')
    .description('print where settings and state are kept')
    .action(run(async () => (await import('../commands/config.ts')).configPath))
}

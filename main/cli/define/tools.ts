import { Argument, Option, type Command as Commander } from 'commander'
import type { Runner } from '../program.ts'
import { seedValue, wholeNumber } from '../values.ts'
import { addStoreOptions } from './passes.ts'
import { helpTexts } from '../help-texts.ts'

/** Questions about rules, targets, settings and this computer. */
export function defineToolCommands(program: Commander, run: Runner): void {
  const ignore = program.command('ignore').description(helpTexts.ignore)
  ignore
    .command('check')
    .description(helpTexts.ignoreCheck)
    .argument('<path>', helpTexts.ignoreCheckPath)
    .option('--root <dir>', helpTexts.ignoreCheckRoot)
    .action(run(async () => (await import('../commands/ignore.ts')).ignoreCheck))

  const provider = program.command('provider').description(helpTexts.provider)
  const check = provider
    .command('check')
    .description(helpTexts.providerCheck)
    .argument('<uri>', helpTexts.providerCheckUri)
  addStoreOptions(check)
  check.action(run(async () => (await import('../commands/provider.ts')).providerCheck))

  program
    .command('doctor')
    .description(helpTexts.doctor)
    .action(run(async () => (await import('../commands/doctor.ts')).doctor))
  program
    .command('drill')
    .description(helpTexts.drill)
    .addArgument(new Argument('[kind]', helpTexts.drillKind).choices(['restore', 'ransomware']))
    .addOption(new Option('--files <n>', helpTexts.drillFiles).argParser(wholeNumber(10, 1_000_000)).default(2_000))
    .option('--in <dir>', helpTexts.drillIn)
    .addOption(new Option('--seed <hex>', helpTexts.drillSeed).argParser(seedValue))
    .option('--keep', helpTexts.drillKeep)
    .action(run(async () => (await import('../commands/drill.ts')).drill))
  defineConfigCommands(program, run)
  program
    .command('completion')
    .description(helpTexts.completion)
    .addArgument(new Argument('<shell>', helpTexts.completionShell).choices(['bash', 'zsh', 'fish']))
    .action(run(async () => (await import('../commands/completion.ts')).completion))
}

function defineConfigCommands(program: Commander, run: Runner): void {
  const config = program.command('config').description(helpTexts.config)
  config
    .command('get')
    .description(helpTexts.configGet)
    .argument('[key]', helpTexts.configGetKey)
    .action(run(async () => (await import('../commands/config.ts')).configGet))
  config
    .command('set')
    .description(helpTexts.configSet)
    .argument('<key>', helpTexts.configSetKey)
    .argument('<value>', helpTexts.configSetValue)
    .action(run(async () => (await import('../commands/config.ts')).configSet))
  config
    .command('explain')
    .description(helpTexts.configExplain)
    .argument('[key]', helpTexts.configExplainKey)
    .action(run(async () => (await import('../commands/config.ts')).configExplain))
  config
    .command('path')
    .description(helpTexts.configPath)
    .action(run(async () => (await import('../commands/config.ts')).configPath))
}

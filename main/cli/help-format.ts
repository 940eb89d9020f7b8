import { Help, type Argument, type HelpConfiguration, type Option } from 'commander'
import { helpTexts } from './help-texts.ts'

/** The parts of a help page that commander writes itself, in the language of the rest. */
export function helpInLanguage(): HelpConfiguration {
  const titles = new Map([
    ['Usage:', helpTexts.titles.usage],
    ['Arguments:', helpTexts.titles.arguments],
    ['Options:', helpTexts.titles.options],
    ['Global Options:', helpTexts.titles.globalOptions],
    ['Commands:', helpTexts.titles.commands],
  ])
  const help = new Help()
  return {
    styleTitle: (title) => titles.get(title) ?? title,
    optionDescription: (option: Option) => withRemarks(option, help.optionDescription(option)),
    argumentDescription: (argument: Argument) => withRemarks(argument, help.argumentDescription(argument)),
  }
}

/** Commander ends a description with `(choices: "a", "b", default: 1)`. */
function withRemarks({ description }: Option | Argument, written: string): string {
  const remarks = written.slice(description.length)
  if (!written.startsWith(description) || remarks === '') return written
  const said = remarks.replace(
    /(choices|default|preset): ([^:)]*?)(?=, (?:default|preset): |\)$)/g,
    (_all, kind: 'choices' | 'default' | 'preset', of: string) =>
      kind === 'choices' ? helpTexts.choices({ values: of }) : helpTexts[kind]({ value: of }),
  )
  return `${description}${said}`
}

import { cliTexts } from './cli-texts.ts'

type Parts = Readonly<Record<string, string>>

/** What commander says in English, by its messages, and what is said instead. The first that fits counts. */
const SAID: readonly (readonly [message: RegExp, say: (parts: Parts) => string])[] = [
  [/^unknown command '(?<name>.*)'$/s, ({ name = '' }) => cliTexts.parsing.unknownCommand({ name })],
  [/^unknown option '(?<name>.*)'$/s, ({ name = '' }) => cliTexts.parsing.unknownOption({ name })],
  [/^missing required argument '(?<name>.*)'$/s, ({ name = '' }) => cliTexts.parsing.missingArgument({ name })],
  [/^option '(?<name>.*)' argument missing$/s, ({ name = '' }) => cliTexts.parsing.missingValue({ name })],
  [/^required option '(?<name>.*)' not specified$/s, ({ name = '' }) => cliTexts.parsing.missingOption({ name })],
  [
    /^option '(?<name>.*)' argument '(?<value>.*)' is invalid\. ?(?<why>.*)$/s,
    ({ name = '', value = '', why = '' }) => cliTexts.parsing.option({ name, value, why: choicesOf(why) }),
  ],
  [
    /^command-argument value '(?<value>.*)' is invalid for argument '(?<name>.*?)'\. ?(?<why>.*)$/s,
    ({ name = '', value = '', why = '' }) => cliTexts.parsing.argument({ name, value, why: choicesOf(why) }),
  ],
  [
    /^option '(?<name>.*)' cannot be used with option '(?<other>.*)'$/s,
    ({ name = '', other = '' }) => cliTexts.parsing.conflict({ name, other }),
  ],
  [
    /^too many arguments.*Expected (?<most>\d+) arguments? but got (?<n>\d+): (?<given>.*)\.$/s,
    ({ most = '', n = '', given = '' }) => cliTexts.parsing.excess({ most: Number(most), n: Number(n), given }),
  ],
]

/** What was wrong with how the program was called, in the language of the rest; as commander has it where it says something new. */
export function parseErrorText(message: string): string {
  for (const [pattern, say] of SAID) {
    const groups = pattern.exec(message)?.groups
    if (groups !== undefined) return say(groups).trimEnd()
  }
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`
}

/** `(Did you mean sync?)`, or nothing. */
export function suggestionText(suggestion: string): string {
  const names = /^\(Did you mean (?:one of )?(?<names>.*)\?\)$/s.exec(suggestion)?.groups?.['names']
  return names === undefined ? suggestion.replace(/^\(|\)$/g, '') : cliTexts.parsing.meant({ names })
}

function choicesOf(why: string): string {
  const values = /^Allowed choices are (?<values>.*)\.$/s.exec(why)?.groups?.['values']
  return values === undefined ? why.replace(/(?<=⟧)\.$/, '') : cliTexts.parsing.choices({ values })
}

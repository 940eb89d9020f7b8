import type { Command as Commander } from 'commander'

/** Shells there is a completion for. */
export type Shell = 'bash' | 'zsh' | 'fish'

/** What can be typed after one path of command words. */
interface Place {
  /** `folder add`; '' for the program itself. */
  readonly words: string
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly Flags[]
  /** What its first operand can be, where that is one of a few words. */
  readonly choices: readonly string[]
}

interface Flags {
  readonly flags: readonly string[]
  readonly description: string
  readonly takesValue: boolean
  /** What the value can be, where it is one of a few words. */
  readonly choices: readonly string[]
}

/** A completion script made from the command tree, so that it never lags behind it. */
export function completionScript(program: Commander, shell: Shell): string {
  const places = placesOf(program, program, '')
  switch (shell) {
    case 'bash':
      return bash(places)
    case 'zsh':
      return `#compdef tidekeep\nautoload -U +X bashcompinit && bashcompinit\n${bash(places)}`
    case 'fish':
      return fish(places)
  }
}

function placesOf(program: Commander, command: Commander, words: string): readonly Place[] {
  const options = [...command.options, ...(command === program ? [] : program.options)].filter(({ hidden }) => !hidden)
  const here: Place = {
    words,
    commands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
    options: options.map(({ short, long, description, argChoices, required, optional }) => ({
      flags: [short, long].filter((flag) => flag !== undefined && flag !== null) as readonly string[],
      description,
      takesValue: required || optional,
      choices: argChoices ?? [],
    })),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  }
  const below = command.commands.flatMap((child) =>
    placesOf(program, child, words === '' ? child.name() : `${words} ${child.name()}`),
  )
  return [here, ...below]
}

/** Options are offered once a dash is typed: before that, an operand is wanted, which mostly is a path, and paths are what the shell offers where there is nothing else. */
function bash(places: readonly Place[]): string {
  const cases = places.map(({ words, commands, options, choices }) => {
    const operands = [...commands.map(({ name }) => name), ...choices].join(' ')
    return `    '${words}') operands='${operands}' options='${options.flatMap(({ flags }) => flags).join(' ')}' ;;`
  })
  const values = places.flatMap(({ words, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ flags, choices }) => {
        const patterns = flags.map((flag) => `'${words} ${flag}'`).join('|')
        return `    ${patterns}) operands='${choices.join(' ')}' ;;`
      }),
  )
  const known = places.map(({ words }) => `'${words}'`).filter((words) => words !== "''")
  return `# bash completion for tidekeep
_tidekeep() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local words='' operands='' options='' word joined
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    joined="\${words:+$words }$word"
    case "$joined" in
      ${known.join('|')}) words="$joined" ;;
    esac
  done
  case "$words" in
${cases.join('\n')}
  esac
  if [[ "$current" == '=' ]]; then
    current=''
  elif [[ "$before" == '=' ]]; then
    before="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  case "$words $before" in
${values.join('\n')}
    *) if [[ "$current" == -* ]]; then operands="$options"; fi ;;
  esac
  COMPREPLY=($(compgen -W "$operands" -- "$current"))
}
complete -o default -F _tidekeep tidekeep
`
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ words, commands, options, choices }) => {
    const children = commands.map(({ name }) => name).join(' ')
    const seen = words === '' ? [] : words.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`)
    const unseen = children === '' ? [] : [`not __fish_seen_subcommand_from ${children}`]
    const when = [...seen, ...unseen].join('; and ')
    const condition = when === '' ? '' : ` -n '${when}'`
    return [
      ...commands.map(
        ({ name, description }) => `complete -c tidekeep${condition} -f -a ${name} -d ${quoted(description)}`,
      ),
      ...(choices.length === 0 ? [] : [`complete -c tidekeep${condition} -f -a ${quoted(choices.join(' '))}`]),
      ...options.map(({ flags, description, takesValue, choices: values }) => {
        const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
        const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesValue ? ' -r' : ''
        return `complete -c tidekeep${condition} ${names.join(' ')}${value} -d ${quoted(description)}`
      }),
    ]
  })
  return `# fish completion for tidekeep\n${lines.join('\n')}\n`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

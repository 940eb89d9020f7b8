import type { Command as Commander } from 'commander'

/** Shells there is a completion for. */
export type Shell = 'bash' | 'zsh' | 'fish'

/** What can be typed after one path of command words. */
interface Place {
  /** `folder add`; '' for the program itself. */
  readonly words: string
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly { readonly flags: readonly string[]; readonly description: string }[]
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
    options: options.map(({ short, long, description }) => ({
      flags: [short, long].filter((flag) => flag !== undefined && flag !== null) as readonly string[],
      description,
    })),
  }
  const below = command.commands.flatMap((child) =>
    placesOf(program, child, words === '' ? child.name() : `${words} ${child.name()}`),
  )
  return [here, ...below]
}

function bash(places: readonly Place[]): string {
  const cases = places.map(({ words, commands, options }) => {
    const candidates = [...commands.map(({ name }) => name), ...options.flatMap(({ flags }) => flags)]
    return `    '${words}') candidates='${candidates.join(' ')}' ;;`
  })
  const known = places.map(({ words }) => `'${words}'`).filter((words) => words !== "''")
  return `# bash completion for tidekeep
_tidekeep() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words='' candidates='' word joined
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    joined="\${words:+$words }$word"
    case "$joined" in
      ${known.join('|')}) words="$joined" ;;
    esac
  done
  case "$words" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -o default -F _tidekeep tidekeep
`
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ words, commands, options }) => {
    const children = commands.map(({ name }) => name).join(' ')
    const seen = words === '' ? [] : words.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`)
    const unseen = children === '' ? [] : [`not __fish_seen_subcommand_from ${children}`]
    const when = [...seen, ...unseen].join('; and ')
    const condition = when === '' ? '' : ` -n '${when}'`
    return [
      ...commands.map(
        ({ name, description }) => `complete -c tidekeep${condition} -a ${name} -d ${quoted(description)}`,
      ),
      ...options.map(({ flags, description }) => {
        const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
        return `complete -c tidekeep${condition} ${names.join(' ')} -d ${quoted(description)}`
      }),
    ]
  })
  return `# fish completion for tidekeep\n${lines.join('\n')}\n`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

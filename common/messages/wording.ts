import type { MessageValues } from './arguments.ts'

/**
 * A message that is not in words yet: its id, its English, and what it names. Worker threads and values that
 * every process shares say things so, for a thread has no language and no reader of ICU messages; whoever shows it
 * puts it into words with {@link say}. Plain data, so that it crosses the boundary of a thread.
 */
export interface Wording {
  /** As translations know it: `thread-failures.disk.full`. */
  readonly id: string
  /** The ICU message. */
  readonly english: string
  readonly values?: WordingValues
}

/** What a message names; a part that is a message itself is said in the same language. */
export type WordingValues = Readonly<Record<string, string | number | boolean | Wording>>

/** A catalogue as wordings: the same tree, with a wording for each message or what makes one. */
export type Wordings<Catalogue> = Catalogue extends string
  ? keyof MessageValues<Catalogue> extends never
    ? Wording
    : (values: {
        readonly [Name in keyof MessageValues<Catalogue>]: MessageValues<Catalogue>[Name] | Wording
      }) => Wording
  : { readonly [Key in keyof Catalogue]: Wordings<Catalogue[Key]> }

/** Puts a message with its values into words. */
export type Speaker = (
  message: Omit<Wording, 'values'>,
  values: Readonly<Record<string, string | number | boolean>>,
) => string

let speaker: Speaker = inPlainEnglish

/** Who speaks from now on in this process. Until then, and in threads for good, it is English with its values filled in as they are. */
export function setSpeaker(next: Speaker): void {
  speaker = next
}

/** In the language of this process. What is words already stays as it is. */
export function say(message: string | Wording): string {
  if (typeof message === 'string') return message
  const values = Object.entries(message.values ?? {}).map(([name, value]) => [
    name,
    typeof value === 'object' ? say(value) : value,
  ])
  return speaker(message, Object.fromEntries(values) as Readonly<Record<string, string | number | boolean>>)
}

/** The wordings of a catalogue; `area` begins their ids, and is the name of its file. */
export function wordingsOf<const Catalogue>(area: string, catalogue: Catalogue): Wordings<Catalogue> {
  return branch(area, catalogue as string | object) as Wordings<Catalogue>
}

function branch(id: string, member: string | object): unknown {
  if (typeof member !== 'string')
    return Object.fromEntries(
      Object.entries(member).map(([key, each]) => [key, branch(`${id}.${key}`, each as string | object)]),
    )
  if (!member.includes('{')) return { id, english: member }
  return (values: WordingValues): Wording => ({ id, english: member, values })
}

function inPlainEnglish({ english }: Omit<Wording, 'values'>, values: Readonly<Record<string, unknown>>): string {
  return english.replace(/\{(\w+)(?:, [^{}]*)?\}/g, (_all, name: string) => String(values[name]))
}

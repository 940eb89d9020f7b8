import { checkMessages } from './messages/en/checks.ts'
import { textsOf } from './messages/texts.ts'

const texts = textsOf('checks', checkMessages)

/** What a check is called where people read it. Its `name` is the same in every language. */
export function checkText(name: string): string {
  if (Object.hasOwn(texts.names, name)) return texts.names[name as keyof typeof texts.names]
  const [, kind = '', folder = ''] = /^(\w+ (?:of|inside)) (.*)$/s.exec(name) ?? []
  return Object.hasOwn(texts.ofFolder, kind) ? texts.ofFolder[kind as keyof typeof texts.ofFolder]({ folder }) : name
}

import { valueFailureMessages } from './messages/en/value-failures.ts'
import { shown } from './messages/shown.ts'
import { say, type Wording, wordingsOf } from './messages/wording.ts'

/** What is wrong with values that people write, and with what programs send each other. */
export const valueWordings = wordingsOf('value-failures', valueFailureMessages)

/** For a schema: the message of what does not fit it, said when that is found. */
export function saying(wording: Wording): ReturnType<typeof shown> {
  return shown(() => say(wording))
}

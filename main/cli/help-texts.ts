import { helpMessages } from '../../common/messages/en/help.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What `tidekeep --help` says of commands, options and arguments. */
export const helpTexts = textsOf('help', helpMessages)

import { statusMessages } from '../../common/messages/en/status.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** The sentences of the status, of what needs a person, and of notices. */
export const statusTexts = textsOf('status', statusMessages)

import { conflictMessages } from '../common/messages/en/conflicts.ts'
import { textsOf } from '../common/messages/texts.ts'

/** What the screen and the card of conflicts say. */
export const conflictStrings = textsOf('conflicts', conflictMessages)

import { updateMessages } from '../common/messages/en/updates.ts'
import { textsOf } from '../common/messages/texts.ts'

/** The texts of updates of the program itself. */
export const updateStrings = textsOf('updates', updateMessages)

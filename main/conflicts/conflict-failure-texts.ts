import { conflictFailureMessages } from '../../common/messages/en/conflict-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What deciding a conflict can be refused for. */
export const conflictFailureTexts = textsOf('conflict-failures', conflictFailureMessages)

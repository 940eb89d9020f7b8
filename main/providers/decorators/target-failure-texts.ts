import { targetFailureMessages } from '../../../common/messages/en/target-failures.ts'
import { textsOf } from '../../../common/messages/texts.ts'

/** What goes wrong at targets of every kind. */
export const targetFailureTexts = textsOf('target-failures', targetFailureMessages)

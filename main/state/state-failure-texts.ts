import { stateFailureMessages } from '../../common/messages/en/state-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What goes wrong with settings and state. */
export const stateFailureTexts = textsOf('state-failures', stateFailureMessages)

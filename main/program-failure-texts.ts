import { programFailureMessages } from '../common/messages/en/program-failures.ts'
import { textsOf } from '../common/messages/texts.ts'

/** What goes wrong outside of any one area. */
export const programFailureTexts = textsOf('program-failures', programFailureMessages)

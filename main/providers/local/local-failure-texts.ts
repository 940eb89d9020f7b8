import { localFailureMessages } from '../../../common/messages/en/local-failures.ts'
import { textsOf } from '../../../common/messages/texts.ts'

/** What goes wrong at folders and disks. */
export const localFailureTexts = textsOf('local-failures', localFailureMessages)

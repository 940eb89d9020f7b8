import { restoreFailureMessages } from '../../common/messages/en/restore-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What goes wrong while files are brought back, or looked at. */
export const restoreFailureTexts = textsOf('restore-failures', restoreFailureMessages)

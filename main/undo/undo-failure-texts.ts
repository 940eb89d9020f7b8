import { undoFailureMessages } from '../../common/messages/en/undo-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What undoing can be refused for. */
export const undoFailureTexts = textsOf('undo-failures', undoFailureMessages)

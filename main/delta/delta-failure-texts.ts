import { deltaFailureMessages } from '../../common/messages/en/delta-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What goes wrong with transfers of differences and with prices. */
export const deltaFailureTexts = textsOf('delta-failures', deltaFailureMessages)

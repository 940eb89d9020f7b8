import { provingMessages } from '../common/messages/en/proving.ts'
import { textsOf } from '../common/messages/texts.ts'

/** The texts of settings about proofs of restore, alarms and the heartbeat. */
export const provingStrings = textsOf('proving', provingMessages)

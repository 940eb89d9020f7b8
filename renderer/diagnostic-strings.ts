import { diagnosticMessages } from '../common/messages/en/diagnostics.ts'
import { textsOf } from '../common/messages/texts.ts'

/** The texts of the diagnostics screen. */
export const diagnosticStrings = textsOf('diagnostics', diagnosticMessages)

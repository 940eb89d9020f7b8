import { evidenceMessages } from '../../common/messages/en/evidence.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What is said of contents, and of what speaks for a decision. */
export const evidenceTexts = textsOf('evidence', evidenceMessages)

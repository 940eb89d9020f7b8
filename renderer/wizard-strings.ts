import { wizardMessages } from '../common/messages/en/wizard.ts'
import { textsOf } from '../common/messages/texts.ts'

/** The texts of the first-run wizard and of adding a folder. */
export const wizardStrings = textsOf('wizard', wizardMessages)

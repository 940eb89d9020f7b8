import { engineFailureMessages } from '../../common/messages/en/engine-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What passes say, and what goes wrong in them. */
export const engineFailureTexts = textsOf('engine-failures', engineFailureMessages)

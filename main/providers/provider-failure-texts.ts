import { providerFailureMessages } from '../../common/messages/en/provider-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What goes wrong at any kind of target. */
export const providerFailureTexts = textsOf('provider-failures', providerFailureMessages)

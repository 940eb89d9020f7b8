import { secretFailureMessages } from '../../common/messages/en/secret-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What goes wrong with the store of secrets. */
export const secretFailureTexts = textsOf('secret-failures', secretFailureMessages)

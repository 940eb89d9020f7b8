import { accountFailureMessages } from '../../common/messages/en/account-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What goes wrong with sign-ins and keys. */
export const accountFailureTexts = textsOf('account-failures', accountFailureMessages)

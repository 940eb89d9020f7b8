import { apiFailureMessages } from '../../common/messages/en/api-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What calls of the interface are refused for. */
export const apiFailureTexts = textsOf('api-failures', apiFailureMessages)

import { serviceFailureMessages } from '../../common/messages/en/service-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What the service says where it cannot run, or refuses a caller. */
export const serviceFailureTexts = textsOf('service-failures', serviceFailureMessages)

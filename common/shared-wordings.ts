import { sharedFailureMessages } from './messages/en/shared-failures.ts'
import { wordingsOf } from './messages/wording.ts'

/** What every process can say, worker threads too. */
export const sharedWordings = wordingsOf('shared-failures', sharedFailureMessages)

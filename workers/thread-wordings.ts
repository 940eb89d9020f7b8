import { threadFailureMessages } from '../common/messages/en/thread-failures.ts'
import { wordingsOf } from '../common/messages/wording.ts'

/** What worker threads find, for whoever shows it to put into words. */
export const threadWordings = wordingsOf('thread-failures', threadFailureMessages)

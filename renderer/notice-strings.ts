import { noticeMessages } from '../common/messages/en/notices.ts'
import { textsOf } from '../common/messages/texts.ts'

/** The texts of notices, and of when they are shown. */
export const noticeStrings = textsOf('notices', noticeMessages)

import { s3FailureMessages } from '../../../common/messages/en/s3-failures.ts'
import { textsOf } from '../../../common/messages/texts.ts'

/** What goes wrong at S3-compatible stores. */
export const s3FailureTexts = textsOf('s3-failures', s3FailureMessages)

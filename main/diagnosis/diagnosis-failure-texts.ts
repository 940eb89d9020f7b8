import { diagnosisFailureMessages } from '../../common/messages/en/diagnosis-failures.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What a check-up finds. */
export const diagnosisFailureTexts = textsOf('diagnosis-failures', diagnosisFailureMessages)

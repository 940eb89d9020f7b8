import { onedriveFailureMessages } from '../../../common/messages/en/onedrive-failures.ts'
import { textsOf } from '../../../common/messages/texts.ts'

/** What goes wrong at OneDrive and SharePoint. */
export const onedriveFailureTexts = textsOf('onedrive-failures', onedriveFailureMessages)

import { desktopMessages } from '../../common/messages/en/desktop.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** Menus, dialogs and notices of the desktop application. */
export const desktopTexts = textsOf('desktop', desktopMessages)

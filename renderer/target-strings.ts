import { targetMessages } from '../common/messages/en/targets.ts'
import { textsOf } from '../common/messages/texts.ts'

/** The texts of accounts, sign-ins and the places copies are kept at. */
export const targetStrings = textsOf('targets', targetMessages)

import { paletteMessages } from '../common/messages/en/palette.ts'
import { textsOf } from '../common/messages/texts.ts'

/** The texts of the command palette. */
export const paletteStrings = textsOf('palette', paletteMessages)

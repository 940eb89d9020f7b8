import { cliMessages } from '../../common/messages/en/cli.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What commands print, ask and refuse. */
export const cliTexts = textsOf('cli', cliMessages)

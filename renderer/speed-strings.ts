import { speedMessages } from '../common/messages/en/speed.ts'
import { textsOf } from '../common/messages/texts.ts'

/** The texts of limits, the timetable, and what pauses by itself. */
export const speedStrings = textsOf('speed', speedMessages)

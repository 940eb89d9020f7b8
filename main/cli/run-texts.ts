import { runMessages } from '../../common/messages/en/runs.ts'
import { textsOf } from '../../common/messages/texts.ts'

/** What commands say that go over all files: passes, restores, checks, drills, clearing up. */
export const runTexts = textsOf('runs', runMessages)

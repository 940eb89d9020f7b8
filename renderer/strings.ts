import type { ErrorCode } from '../common/errors.ts'
import { stateMessages } from '../common/messages/en/states.ts'
import { windowMessages } from '../common/messages/en/window.ts'
import { textsOf } from '../common/messages/texts.ts'
import type { ActionKind, Coverage, JobState, TransferMethod } from '../common/model.ts'
import type { FolderState, Headline } from '../common/protocol.ts'

const states = textsOf('states', stateMessages)

/** What each headline is called. The sentence beside it comes from the service. */
export const HEADLINES: Readonly<Record<Headline, string>> = states.headlines

/** What the state of one folder is called. */
export const FOLDER_STATES: Readonly<Record<FolderState, string>> = states.folders

/** What happened to a file, as History says it. */
export const METHODS: Readonly<Record<TransferMethod, string>> = states.methods

/** What is about to happen to a file. */
export const ACTIONS: Readonly<Record<ActionKind, string>> = states.actions

/** Where a job stands. */
export const JOB_STATES: Readonly<Record<JobState, string>> = states.jobs

/** How changes are noticed. */
export const COVERAGE: Readonly<Record<Coverage['kind'], string>> = states.coverage

/** The heading of a group of failures. */
export const ERROR_TITLES: Readonly<Record<ErrorCode, string>> = states.errors

/** What the window and the popup say. Functions where a value belongs inside. */
export const strings = textsOf('window', windowMessages)

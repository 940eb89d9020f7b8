import type { CallName, Handlers } from '../../common/protocol.ts'

/** The handlers whose calls start with one of the given words: one file answers for each area. */
export type Area<Word extends string> = Pick<Handlers, Extract<CallName, `${Word}.${string}`>>

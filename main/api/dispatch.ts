import { toWireError, type Answer } from '../../common/client.ts'
import { TidekeepError } from '../../common/errors.ts'
import { parseCall } from '../../common/parsers.ts'
import type { Caller, Handlers } from '../../common/protocol.ts'
import type { Log } from '../host.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

/** What a transport hands over: nothing of it is trusted. */
export interface IncomingCall {
  readonly name: unknown
  readonly params: unknown
  readonly caller: Caller
}

/** Checks and runs calls for every transport. Never throws. */
export type Dispatch = (call: IncomingCall) => Promise<Answer>

/**
 * The one way from a transport to the handlers: the parser table decides what may be called. A call
 * nobody answers here is `unavailable`.
 */
export function createDispatch(handlers: Partial<Handlers>, log: Log): Dispatch {
  return async ({ name, params, caller }) => {
    try {
      const call = parseCall(name, params)
      const handle = handlers[call.name] as ((params: unknown, caller: Caller) => Promise<unknown>) | undefined
      if (handle === undefined) throw needsService()
      return { ok: true, result: await handle(call.params, caller) }
    } catch (error) {
      const wire = toWireError(error)
      if (wire.code === 'internal') log.error('call failed', { ...callFields(name), ...errorFields(error) })
      return { ok: false, error: wire }
    }
  }
}

/** What only the running application can do. */
export function needsService(): TidekeepError {
  return new TidekeepError({
    code: 'unavailable',
    message: apiFailureTexts.dispatch.theTidekeepServiceIsNot,
    fix: apiFailureTexts.dispatch.theTidekeepServiceIsNotFix,
  })
}

function callFields(name: unknown): { readonly call?: string } {
  return typeof name === 'string' ? { call: name.slice(0, 60) } : {}
}

function errorFields(error: unknown): { readonly error: string } {
  return { error: error instanceof Error ? `${error.name}: ${error.message}` : typeof error }
}

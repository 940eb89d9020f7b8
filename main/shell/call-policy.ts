import { parsers } from '../../common/parsers.ts'
import type { CallName } from '../../common/protocol.ts'
import type { Rate } from './rate-limit.ts'

/** Calls that take something away: only a window a person can see may make them, and not in bulk. */
const DESTRUCTIVE: ReadonlySet<string> = new Set<CallName>([
  'folders.remove',
  'folders.decide',
  'queue.drop',
  'accounts.remove',
  'restore.start',
  'conflicts.resolve',
  'conflicts.undo',
  'conflicts.addRule',
  'updates.install',
])
const DESTRUCTIVE_RATE: Rate = { burst: 20, perSecond: 2 }
const RATE: Rate = { burst: 200, perSecond: 50 }

/** How one call is treated. `key` names its bucket; unknown calls share one. */
export interface CallPolicy {
  readonly key: string
  readonly rate: Rate
  readonly destructive: boolean
}

/** The policy for a name as it came from a page. */
export function policyOf(name: unknown): CallPolicy {
  const key = typeof name === 'string' && Object.hasOwn(parsers, name) ? name : ''
  const destructive = DESTRUCTIVE.has(key)
  return { key, destructive, rate: destructive ? DESTRUCTIVE_RATE : RATE }
}

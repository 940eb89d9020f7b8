import type { FoundConflict } from '../../../common/conflict.ts'
import type { Action, BaselineEntry, Entry, Outcome } from '../../../common/model.ts'
import { fetchOver } from './fetch.ts'
import { expectOf } from './here.ts'
import { put } from './put.ts'
import { renameHere } from './rename-here.ts'
import type { Run, RuledResolution } from './run.ts'

/** Both versions of a path, as they are now, and what they come from. */
export interface BothSides {
  readonly local: Entry
  readonly remote: Entry
  readonly base: BaselineEntry | undefined
}

/** Two versions of which neither may take the place of the other. */
export interface Difference extends BothSides {
  readonly kind: FoundConflict['kind']
  /** BLAKE3 hex, where they were computed. */
  readonly localHash?: string | undefined
  readonly remoteHash?: string | undefined
}

/**
 * What both sides have differs and nobody can tell which is it: neither is touched, and the outcome
 * says so. Where a rule of the folder decides about it, that is carried out at once.
 */
export async function conflict(run: Run, action: Action, difference: Difference): Promise<Outcome> {
  const found = foundConflict(action, difference)
  const ruled = found.kind === 'type' ? undefined : await run.context.conflictRule?.(found)
  if (ruled !== undefined) return { ...(await carryOut(run, found, ruled)), conflict: found }
  return run.done({ action: undecided(action), method: 'conflict', baseline: undefined, conflict: found })
}

function foundConflict({ path }: Action, difference: Difference): FoundConflict {
  const { kind, local, remote, base, localHash, remoteHash } = difference
  return {
    path,
    kind,
    local: { entry: local, ...(localHash === undefined ? {} : { contentHash: localHash }) },
    remote: { entry: remote, ...(remoteHash === undefined ? {} : { contentHash: remoteHash }) },
    ...(base === undefined ? {} : { base }),
  }
}

async function carryOut(run: Run, found: FoundConflict, ruled: RuledResolution): Promise<Outcome> {
  const { path } = found
  const [local, remote] = [found.local.entry, found.remote.entry]
  const resolves = { conflictId: NOT_OPEN, kind: ruled.kind, rule: ruled.rule }
  const expect = expectOf(remote)
  switch (ruled.kind) {
    case 'keep-local':
      return put(run, { kind: 'upload', path, local, expect, resolves })
    case 'keep-remote': {
      const action = { kind: 'download', path, local, remote, expect, resolves } as const
      return fetchOver(run, action, { remote, here: local, hereHash: found.local.contentHash })
    }
    case 'keep-both': {
      const { as } = ruled
      const action = {
        kind: 'keep-both',
        path,
        as,
        local,
        remote,
        expect,
        resolves: { ...resolves, kind: 'keep-both' },
      }
      await renameHere(run, local, as)
      return fetchOver(run, action as Action, { remote, here: undefined })
    }
  }
}

/** Decided before it was ever open: *record* opens and ends it in one step. */
const NOT_OPEN = 0 as NonNullable<Extract<Action, { kind: 'upload' }>['resolves']>['conflictId']

/** A decision that could not be carried out is none. */
function undecided(action: Action): Action {
  if (action.kind === 'keep-both') {
    const { as: _as, resolves: _resolves, ...rest } = action
    return { ...rest, kind: 'settle' }
  }
  if (action.kind === 'make-way' || !('resolves' in action)) return action
  const { resolves: _resolves, ...rest } = action
  return rest
}

import { wayTexts } from '../../../common/conflict-texts.ts'
import type { ConflictQuery, ConflictView, Decision, ResolvedView, ResolveRequest } from '../../../common/protocol.ts'
import { useToast } from '../../components/toasts.tsx'
import { conflictStrings } from '../../conflict-strings.ts'
import { useClient } from '../../state/services.ts'

/** Which conflicts are decided: some that are shown, or all of a query as it was counted. */
export type Asked =
  | { readonly conflicts: readonly ConflictView[] }
  | { readonly query: ConflictQuery; readonly seen: string; readonly count: number }

/** Deciding, with what is told about it. */
export interface Decisions {
  /** Throws what a button shows. Answers what became of them. */
  readonly decide: (asked: Asked, decision: Decision) => Promise<ResolvedView>
  readonly undo: (ids: readonly number[]) => Promise<void>
}

/** `onDecided` hears when lists are to be read again. */
export function useDecisions(onDecided: () => Promise<void>): Decisions {
  const client = useClient()
  const toast = useToast()
  const undo = async (ids: readonly number[]): Promise<void> => {
    const { items } = await client.call('conflicts.undo', { ids })
    const failure = items.find((item) => item.failure !== undefined)?.failure
    toast({ text: failure?.message ?? conflictStrings.reopened })
    await onDecided()
  }
  const decide = async (asked: Asked, decision: Decision): Promise<ResolvedView> => {
    const resolved = await client.call('conflicts.resolve', requestOf(asked, decision))
    const ids = resolved.items.filter(({ outcome }) => outcome === 'decided').map(({ id }) => id)
    const left = resolved.items.length - ids.length
    const alone = resolved.items.filter(({ outcome }) => outcome === 'refused').length
    const words = [
      resolved.decided > 0 ? conflictStrings.decided({ choice: nameOf(asked, decision), n: resolved.decided }) : '',
      left > alone ? conflictStrings.notDecided({ n: left - alone }) : '',
      alone > 0 ? conflictStrings.decidedAlone({ n: alone }) : '',
    ]
    const text = words.filter((each) => each !== '').join(' ')
    // Where not all are named in the answer, the list of settled ones has them.
    const isWhole = ids.length > 0 && ids.length === resolved.decided
    toast(isWhole ? { text, undo: () => undo(ids) } : { text })
    await onDecided()
    return resolved
  }
  return { decide, undo }
}

function nameOf(asked: Asked, { kind }: Decision): string {
  const only = 'conflicts' in asked && asked.conflicts.length === 1 ? asked.conflicts[0] : undefined
  return (only === undefined ? undefined : wayTexts(kind, only)?.name) ?? conflictStrings.choices[kind]
}

function requestOf(asked: Asked, decision: Decision): ResolveRequest {
  if ('query' in asked) return { decision, query: asked.query, seen: asked.seen, dryRun: false }
  const conflicts = asked.conflicts.map(({ id, local, remote }) => ({
    id,
    local: local.version,
    remote: remote.version,
  }))
  return { decision, conflicts, dryRun: false }
}

import type { Change } from '../../common/model.ts'
import type { PlannedAction } from '../state/store.ts'
import { engineFailureTexts } from './engine-failure-texts.ts'
import type { Plan, Planned } from './plan/plan.ts'
import { suspectHold } from './plan/suspect.ts'
import type { Digester } from './sampling.ts'

/** Files that are read at once. */
const AT_ONCE = 8

/** What telling moves from other files needs. */
export interface MoveProof {
  readonly digest: Digester
  readonly plan: (changes: readonly Change[]) => Plan
  readonly signal: AbortSignal
}

/**
 * What is planned instead of these moves where they are none. Inode, size and time of a file may have outlived a power cut that its
 * last content did not: what has other content than was agreed on is new under its name, and what is safe under the other
 * waits for a person. Moves that are what they seem are left out.
 */
export async function judgeMoves(
  moves: readonly Planned[],
  proof: MoveProof,
): Promise<ReadonlyMap<Planned, readonly PlannedAction[]>> {
  const instead = new Map<Planned, readonly PlannedAction[]>()
  const left = [...moves]
  const worker = async (): Promise<void> => {
    for (let move = left.shift(); move !== undefined; move = left.shift()) {
      const planned = await judgeMove(move, proof)
      if (planned !== undefined) instead.set(move, planned)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, worker))
  return instead
}

async function judgeMove(
  { action }: Planned,
  { digest, plan, signal }: MoveProof,
): Promise<readonly PlannedAction[] | undefined> {
  if (action.kind !== 'move') return undefined
  const { path, from, local, base } = action
  if ((await digest(local, signal)) === base.contentHash) return undefined
  const { planned, deletions } = plan([
    { kind: 'created', path, local },
    { kind: 'removed', path: from, base },
  ])
  const { missing } = engineFailureTexts.suspect
  return [...planned, ...deletions.map((each) => ({ ...each, hold: suspectHold(each.action, missing) }))]
}

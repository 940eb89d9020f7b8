import { useCallback, useEffect, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { FolderView, NewFolder, PlanView } from '../../../common/protocol.ts'
import { useClient } from '../../state/services.ts'
import { asNewFolder } from './as-new-folder.ts'

/** A plan, on its way or there. */
export type Planned =
  | { readonly kind: 'looking' }
  | { readonly kind: 'planned'; readonly plan: PlanView }
  | { readonly kind: 'failed'; readonly error: TidekeepError }

interface Asked {
  readonly change: Pick<NewFolder, 'mode' | 'ignore'>
}

const LOOKING: Planned = { kind: 'looking' }

/** What a pass over the folder would do, were it changed like this. Asked for when `isWanted` becomes true, and again by the function. */
export function usePlan(
  folder: FolderView,
  change: Asked['change'],
  isWanted: boolean,
): readonly [Planned, () => void] {
  const client = useClient()
  const [planned, setPlanned] = useState(LOOKING)
  const [turn, setTurn] = useState(0)
  // By value: callers make the change anew on every draw. Another turn is another question.
  const asked = JSON.stringify({ change, turn })
  const { id, path, target, name, mode } = folder
  useEffect(() => {
    if (!isWanted) return undefined
    let isCurrent = true
    const take = (next: Planned): void => {
      if (isCurrent) setPlanned(next)
    }
    take(LOOKING)
    asNewFolder(client, { id, path, target, name, mode })
      .then((known) => client.call('plan.preview', { ...known, ...(JSON.parse(asked) as Asked).change }))
      .then(
        (plan) => take({ kind: 'planned', plan }),
        (thrown: unknown) => take({ kind: 'failed', error: toTidekeepError(thrown) }),
      )
    return () => void (isCurrent = false)
  }, [client, id, path, target, name, mode, asked, isWanted])
  return [planned, useCallback(() => setTurn((before) => before + 1), [])]
}

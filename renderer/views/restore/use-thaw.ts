import { useCallback, useEffect, useRef, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { ThawPlanView, ThawView } from '../../../common/protocol.ts'
import { useClient } from '../../state/services.ts'

const LOOK_POLL_MS = 300
const LIST_POLL_MS = 5000

/** What of a restore is archived, being looked at or known. */
export interface ThawPlanState {
  readonly plan: ThawPlanView | null
  readonly error: TidekeepError | null
}

const NO_PLAN: ThawPlanState = { plan: null, error: null }

/** Looks at what a planned restore would bring back that is archived; null: nothing is to be looked at. */
export function useThawPlan(runId: string | null): ThawPlanState {
  const client = useClient()
  const [state, setState] = useState<ThawPlanState & { readonly of: string | null }>({ ...NO_PLAN, of: null })
  useEffect(() => {
    if (runId === null) return undefined
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const take = (plan: ThawPlanView): void => {
      if (isOver) return
      setState({ of: runId, plan, error: null })
      if (plan.state === 'looking')
        timer = setTimeout(() => void client.call('thaw.planned', { id: plan.id }).then(take, fail), LOOK_POLL_MS)
    }
    const fail = (thrown: unknown): void => {
      if (!isOver) setState({ of: runId, plan: null, error: toTidekeepError(thrown) })
    }
    client.call('thaw.plan', { id: runId }).then(take, fail)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [client, runId])
  return state.of === runId ? state : NO_PLAN
}

/** Every thaw of a folder, and a way to look again at once. */
export interface Thaws {
  readonly thaws: readonly ThawView[]
  readonly again: () => void
}

/** Follows the thaws of a folder. */
export function useThaws(folderId: string): Thaws {
  const client = useClient()
  const [thaws, setThaws] = useState<readonly ThawView[]>([])
  const lookNow = useRef<() => void>(() => undefined)
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const later = (): void => {
      if (!isOver) timer = setTimeout(() => void look(), LIST_POLL_MS)
    }
    const look = async (): Promise<void> => {
      clearTimeout(timer)
      try {
        const { thaws: found } = await client.call('thaw.list', { folderId })
        if (!isOver) setThaws(found)
      } catch {
        // The connection banner says what is wrong.
      }
      later()
    }
    lookNow.current = () => void look()
    lookNow.current()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [client, folderId])
  const again = useCallback(() => lookNow.current(), [])
  return { thaws, again }
}

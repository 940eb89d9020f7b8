import { useCallback, useEffect, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { MomentsView, TimelineView } from '../../../common/protocol.ts'
import { useClient } from '../../state/services.ts'

const POLL_MS = 300
/** Bars of the time line. */
const BARS = 120
const MOMENTS = 1000

/** A folder's past, being read or read. */
export interface TimelineState {
  readonly view: TimelineView | null
  readonly error: TidekeepError | null
  /** Reads the target anew. */
  readonly again: () => void
  /** The service let go of it: opens it again. */
  readonly reopen: () => void
}

/** Opens the timeline of a folder and follows its reading. Another folder takes another component. */
export function useTimeline(folderId: string): TimelineState {
  const client = useClient()
  const [view, setView] = useState<TimelineView | null>(null)
  const [error, setError] = useState<TidekeepError | null>(null)
  const [wish, setWish] = useState({ again: false, turn: 0 })
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const take = (next: TimelineView): void => {
      if (isOver) return
      setView(next)
      setError(null)
      if (next.state === 'reading') timer = setTimeout(() => void follow(next.id), POLL_MS)
    }
    const fail = (thrown: unknown): void => {
      if (!isOver) setError(toTidekeepError(thrown))
    }
    const follow = (id: string): Promise<void> => client.call('restore.timeline', { id }).then(take, fail)
    client.call('restore.open', { folderId, again: wish.again }).then(take, fail)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [client, folderId, wish])
  const again = useCallback(() => {
    setView(null)
    setWish(({ turn }) => ({ again: true, turn: turn + 1 }))
  }, [])
  const reopen = useCallback(() => setWish(({ turn }) => ({ again: false, turn: turn + 1 })), [])
  return { view, error, again, reopen }
}

const NOTHING: { readonly view: MomentsView; readonly turn: string } = {
  view: { bars: [], moments: [], more: false },
  turn: '',
}

/** Which changes. */
export interface WantedMoments {
  readonly id: string
  readonly fromMs: number
  readonly toMs: number
  /** Another one: more may be known by now. */
  readonly turn: string
}

/** The changes between two moments. */
export function useMoments({ id, fromMs, toMs, turn }: WantedMoments): MomentsView {
  const client = useClient()
  const [found, setFound] = useState(NOTHING)
  useEffect(() => {
    let isOver = false
    client.call('restore.moments', { id, fromMs, toMs, bars: BARS, limit: MOMENTS }).then(
      (view) => (isOver ? undefined : setFound({ view, turn })),
      // The list beside it says what is wrong.
      () => undefined,
    )
    return () => {
      isOver = true
    }
  }, [client, id, fromMs, toMs, turn])
  return found.view
}

import { useCallback, useEffect, useRef, useState } from 'react'
import { toTidekeepError } from '../../../common/errors.ts'
import type { Look } from '../../../common/protocol.ts'

/** How soon a target that could not be reached is asked again while it is shown: a moment's failure is no news for long. */
const AGAIN_MS = 10_000

/** What is known of a target; null: it is being asked for the first time. */
export interface LookState {
  readonly look: Look | null
  readonly isAsking: boolean
  /** Asks now, whatever is remembered. */
  readonly askAgain: () => void
}

/** Asks how a target is when `key` is first shown. The service remembers the answer for some minutes. */
export function useLook(key: string, ask: (fresh: boolean) => Promise<Look>): LookState {
  const [state, setState] = useState<{ readonly key: string; readonly look: Look | null; readonly isAsking: boolean }>({
    key,
    look: null,
    isAsking: true,
  })
  const latest = useRef(ask)
  useEffect(() => {
    latest.current = ask
  })
  const run = useCallback(
    (fresh: boolean) => {
      const take = (look: Look): void => setState({ key, look, isAsking: false })
      latest.current(fresh).then(take, (thrown: unknown) => {
        const { code, message, fix } = toTidekeepError(thrown)
        const error = { code, message, ...(fix === undefined ? {} : { fix }) }
        take({ askedAtMs: Date.now(), isReachable: false, error, capacity: {} })
      })
    },
    [key],
  )
  useEffect(() => run(false), [run])
  const away = state.look?.isReachable === false ? state.look : null
  useEffect(() => {
    if (away === null) return undefined
    const timer = setTimeout(() => run(false), AGAIN_MS)
    return () => clearTimeout(timer)
  }, [away, run])
  const askAgain = useCallback(() => {
    setState((before) => ({ ...before, isAsking: true }))
    run(true)
  }, [run])
  return { look: state.key === key ? state.look : null, isAsking: state.isAsking, askAgain }
}

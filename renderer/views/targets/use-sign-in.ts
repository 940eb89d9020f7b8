import { useCallback, useEffect, useRef, useState } from 'react'
import { TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { Client, NewSignIn, SignInView } from '../../../common/protocol.ts'
import { useClient } from '../../state/services.ts'

const ASK_EVERY_MS = 1_000

interface State {
  readonly method: NewSignIn['method']
  /** Null while it is being begun, and when it came to nothing. */
  readonly view: SignInView | null
  readonly error: TidekeepError | null
  /** There is no application yet that people could sign in with. */
  readonly needsClientId: boolean
}

/** A sign-in as a dialog shows it. */
export interface SignIn extends State {
  /** Begins anew; what was begun before is given up. */
  readonly begin: (method: NewSignIn['method']) => void
}

const FIRST: State = { method: 'browser', view: null, error: null, needsClientId: false }

/** Begins a sign-in when it is first drawn, follows it to its end, and gives it up when it is drawn no more. */
export function useSignIn(name: string | undefined, onDone: (name: string) => void): SignIn {
  const client = useClient()
  const [state, setState] = useState<State>(FIRST)
  const turn = useRef(0)
  const giveUp = useCallback(() => void turn.current++, [])
  const start = useCallback(
    async (method: NewSignIn['method']): Promise<void> => {
      const mine = ++turn.current
      const change = await tryToBegin(client, { method, ...(name === undefined ? {} : { name }) })
      if (mine === turn.current) setState((before) => ({ ...before, ...change }))
      // Nobody looks any more.
      else if (change.view?.state === 'waiting') endSignIn(client, change.view.id)
    },
    [client, name],
  )
  useEffect(() => {
    void start(FIRST.method)
    return giveUp
  }, [start, giveUp])
  useFollowed(client, state.view, (view) => {
    if (view.state === 'failed') return setState((before) => ({ ...before, view: null, error: asError(view.error) }))
    setState((before) => ({ ...before, view }))
    if (view.state === 'done') onDone(view.account.name)
  })
  const begin = (method: NewSignIn['method']): void => {
    setState({ ...FIRST, method })
    void start(method)
  }
  return { ...state, begin }
}

/** Never rejects. */
async function tryToBegin(client: Client, wanted: NewSignIn): Promise<Partial<State>> {
  try {
    return { view: await client.call('accounts.signIn', wanted) }
  } catch (thrown) {
    const settings = await client.call('settings.get', {}).catch(() => undefined)
    return { error: toTidekeepError(thrown), needsClientId: settings?.microsoftClientId === '' }
  }
}

/** Asks what became of a sign-in that waits, until it waits no more; ends it when nobody looks. */
function useFollowed(client: Client, view: SignInView | null, onEnd: (view: SignInView) => void): void {
  const latest = useRef(onEnd)
  useEffect(() => {
    latest.current = onEnd
  })
  const id = view?.state === 'waiting' ? view.id : undefined
  useEffect(() => {
    if (id === undefined) return undefined
    let isOver = false
    const ask = async (): Promise<void> => {
      const next = await stateOf(client, id)
      if (isOver || next === undefined || next.state === 'waiting') return
      isOver = true
      latest.current(next)
    }
    const timer = setInterval(() => void ask(), ASK_EVERY_MS)
    return () => {
      clearInterval(timer)
      if (!isOver) endSignIn(client, id)
      isOver = true
    }
  }, [client, id])
}

/** Undefined while the service is away for a moment; failed where another window began a sign-in. */
async function stateOf(client: Client, id: string): Promise<SignInView | undefined> {
  try {
    return await client.call('accounts.signInState', { id })
  } catch (thrown) {
    const { code, message, fix } = toTidekeepError(thrown)
    if (code !== 'not-found') return undefined
    return { id, state: 'failed', error: { code, message, ...(fix === undefined ? {} : { fix }) } }
  }
}

function endSignIn(client: Client, id: string): void {
  // A service that is away ends it by itself.
  client.call('accounts.endSignIn', { id }).catch(() => undefined)
}

function asError({ code, message, fix }: Extract<SignInView, { state: 'failed' }>['error']): TidekeepError {
  return new TidekeepError({ code, message, ...(fix === undefined ? {} : { fix }) })
}

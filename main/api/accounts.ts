import { toWireError } from '../../common/client.ts'
import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { NewSignIn, SignInView } from '../../common/protocol.ts'
import type { SignInPrompt } from '../accounts/sign-in.ts'
import type { Area } from './area.ts'
import type { Needs } from './deps.ts'

type Deps = Needs<'accounts' | 'signInPlace' | 'host', 'applySettings' | 'wake'>

/** Keys of stores and sign-ins. Secrets go in and never come back out of the API. */
export function createAccountHandlers(deps: Deps): Area<'accounts'> {
  const { accounts, host, engine } = deps
  const signIns = new SignIns(deps)
  return {
    'accounts.save': async ({ accessKeyId, secretAccessKey }) => {
      const { name: id } = await accounts.addS3(host.random.hex(4), { accessKeyId, secretAccessKey })
      return { id }
    },
    'accounts.list': async () => accounts.list(),
    'accounts.signIn': (wanted) => signIns.begin(wanted),
    'accounts.signInState': async ({ id }) => signIns.state(id),
    'accounts.remove': async ({ name }) => {
      await accounts.remove(name)
      return {}
    },
    'accounts.goOn': async () => {
      await goOn(engine)
      return {}
    },
  }
}

/** What waited for a sign-in goes out at once, and folders that could not be opened are. */
async function goOn(engine: Deps['engine']): Promise<void> {
  await engine.applySettings()
  engine.wake()
}

/** The sign-in under way. A new one ends the one before: a person does one at a time. */
class SignIns {
  readonly #deps: Deps
  #latest: SignInView | undefined
  #giveUp = new AbortController()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Resolves when there is something to show. Throws what kept it from getting that far. */
  begin(wanted: NewSignIn): Promise<SignInView> {
    this.#giveUp.abort()
    const giveUp = new AbortController()
    this.#giveUp = giveUp
    const id = this.#deps.host.random.hex(8)
    return new Promise((resolve, reject) => {
      const onPrompt = (prompt: SignInPrompt): void => {
        this.#latest = { id, state: 'waiting', prompt }
        resolve(this.#latest)
      }
      this.#run(wanted, { onPrompt, signal: giveUp.signal }).then(
        (account) => this.#tell(id, { id, state: 'done', account }),
        (error: unknown) => {
          this.#tell(id, { id, state: 'failed', error: toWireError(error) })
          reject(toTidekeepError(error))
        },
      )
    })
  }

  state(id: string): SignInView {
    if (this.#latest?.id === id) return this.#latest
    throw new TidekeepError({ code: 'not-found', message: 'This sign-in is over.', fix: 'Start it again.' })
  }

  #tell(id: string, view: SignInView): void {
    if (this.#latest?.id === id) this.#latest = view
  }

  async #run(
    { method, name, tenant }: NewSignIn,
    how: { readonly onPrompt: (prompt: SignInPrompt) => void; readonly signal: AbortSignal },
  ): ReturnType<Deps['accounts']['addPerson']> {
    const { accounts, engine, signInPlace } = this.#deps
    const known = accounts.list().find((account) => account.kind === 'onedrive' && account.name === name)
    const record = known === undefined ? undefined : accounts.find(known.name)
    const account = await accounts.addPerson({
      ...how,
      method,
      place: record ?? signInPlace(tenant),
      driveId: record?.driveId,
      ...(name === undefined ? {} : { name }),
      ...(record === undefined ? {} : { userName: record.userName }),
    })
    await goOn(engine)
    return account
  }
}

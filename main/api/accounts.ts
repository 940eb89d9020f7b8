import { toWireError } from '../../common/client.ts'
import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { NewSignIn, SignInView } from '../../common/protocol.ts'
import type { SignInPrompt } from '../accounts/sign-in.ts'
import type { Area } from './area.ts'
import type { Needs } from './deps.ts'
import { Looks } from './looks.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

type Deps = Needs<'accounts' | 'signInPlace' | 'host' | 'openTarget', 'applySettings' | 'wake'>

/** Keys of stores and sign-ins. Secrets go in and never come back out of the API. */
export function createAccountHandlers(deps: Deps): Area<'accounts'> {
  const { accounts, host, engine } = deps
  const looks = new Looks(host)
  const signIns = new SignIns(deps)
  return {
    'accounts.save': async ({ accessKeyId, secretAccessKey }) => {
      const { name: id } = await accounts.addS3(host.random.hex(4), { accessKeyId, secretAccessKey })
      return { id }
    },
    'accounts.list': async () => accounts.list(),
    'accounts.signIn': (wanted) => signIns.begin(wanted),
    'accounts.signInState': async ({ id }) => signIns.state(id),
    'accounts.endSignIn': async ({ id }) => {
      signIns.end(id)
      return {}
    },
    'accounts.look': async ({ name, fresh }) => {
      // Another sign-in under this name may be to another drive.
      const key = accounts.find(name).generation
      return looks.at({ key, isFresh: fresh, open: () => deps.openTarget(`onedrive://${name}`, {}) })
    },
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
  #underWay: { readonly id: string; readonly giveUp: AbortController } | undefined

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Resolves when there is something to show. Throws what kept it from getting that far. */
  begin(wanted: NewSignIn): Promise<SignInView> {
    this.#underWay?.giveUp.abort()
    const giveUp = new AbortController()
    const id = this.#deps.host.random.hex(8)
    this.#underWay = { id, giveUp }
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

  /** Nobody waits for this one any more. */
  end(id: string): void {
    if (this.#underWay?.id === id) this.#underWay.giveUp.abort()
  }

  state(id: string): SignInView {
    if (this.#latest?.id === id) return this.#latest
    throw new TidekeepError({
      code: 'not-found',
      message: apiFailureTexts.accounts.thisSignInIsOver,
      fix: apiFailureTexts.accounts.thisSignInIsOverFix,
    })
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

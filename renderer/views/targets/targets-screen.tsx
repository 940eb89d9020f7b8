import { Cloud, LogIn } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { AccountView, StatusView } from '../../../common/protocol.ts'
import type { Settings } from '../../../common/settings.ts'
import { Button } from '../../components/button.tsx'
import { Empty, ErrorNote } from '../../components/notes.tsx'
import { ScreenFrame } from '../../components/screen.tsx'
import { useClient, useSnapshot } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { targetStrings } from '../../target-strings.ts'
import { AccountCard } from './account-card.tsx'
import { accountUses, placesOf } from './places.ts'
import { PlaceCard } from './place-card.tsx'
import { SignInDialog } from './sign-in-dialog.tsx'

const READ_EVERY_MS = 5_000

/** Where copies are kept: accounts with their sign-ins, disks and stores, and how each of them is. */
export function TargetsScreen({ status }: { readonly status: StatusView }) {
  const text = targetStrings
  const { known, error, read } = useAccounts()
  const [isSigningIn, setSigningIn] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const uses = known === null ? [] : accountUses(known.accounts, status.folders, known.settings)
  const places = known === null ? [] : placesOf(status.folders, known.settings)
  const signIn = (
    <Button ref={opener} look="primary" icon={LogIn} onClick={() => setSigningIn(true)}>
      {text.addOneDrive}
    </Button>
  )
  const isEmpty = known !== null && uses.length === 0 && places.length === 0
  return (
    <ScreenFrame title={strings.screens.targets} actions={isEmpty ? null : signIn}>
      <ErrorNote error={error} />
      {known === null && error === null ? <p className="muted">{strings.loading}</p> : null}
      {isEmpty ? (
        <Empty icon={Cloud} title={text.empty} text={text.emptyText}>
          {signIn}
        </Empty>
      ) : null}
      {known === null || isEmpty ? null : (
        <section className="targets" aria-labelledby="targets-accounts">
          <h2 id="targets-accounts">{text.accounts}</h2>
          {uses.length === 0 ? <p className="muted">{text.noAccounts}</p> : null}
          <ul className="cards">
            {uses.map((use) => (
              <li key={use.account.name}>
                <AccountCard use={use} onChange={() => void read()} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {places.length === 0 ? null : (
        <section className="targets" aria-labelledby="targets-places">
          <h2 id="targets-places">{text.places}</h2>
          <ul className="cards">
            {places.map((place) => (
              <li key={place.key}>
                <PlaceCard place={place} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <SignInDialog
        open={isSigningIn}
        opener={opener}
        onClose={() => {
          setSigningIn(false)
          void read()
        }}
      />
    </ScreenFrame>
  )
}

interface Known {
  readonly accounts: readonly AccountView[]
  readonly settings: Settings
}

/** Accounts are not pushed: another program may sign in, too. Read again now and then while they are shown. */
function useAccounts() {
  const client = useClient()
  const isLive = useSnapshot().connection === 'live'
  const [known, setKnown] = useState<Known | null>(null)
  const [error, setError] = useState<TidekeepError | null>(null)
  const read = useCallback(async () => {
    try {
      const [accounts, settings] = await Promise.all([
        client.call('accounts.list', {}),
        client.call('settings.get', {}),
      ])
      setKnown({ accounts, settings })
      setError(null)
    } catch (thrown) {
      setError(toTidekeepError(thrown))
    }
  }, [client])
  useEffect(() => {
    if (!isLive) return undefined
    const readNow = (): void => void (document.visibilityState === 'hidden' ? undefined : read())
    readNow()
    const timer = setInterval(readNow, READ_EVERY_MS)
    return () => clearInterval(timer)
  }, [isLive, read])
  return { known, error, read }
}

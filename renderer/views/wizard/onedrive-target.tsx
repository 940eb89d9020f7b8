import { Cloud, LogIn } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { AccountView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { displayName } from '../../names.ts'
import { useClient } from '../../state/services.ts'
import { targetStrings } from '../../target-strings.ts'
import { wizardStrings } from '../../wizard-strings.ts'
import { SignInDialog } from '../targets/sign-in-dialog.tsx'
import { useLook } from '../targets/use-look.ts'
import type { TargetDraft } from './wizard-state.ts'

interface OneDriveTargetProps {
  readonly target: TargetDraft
  readonly onChange: (change: Partial<TargetDraft>) => void
}

/** An account that is signed in, or the way to one, and a folder in its drive. */
export function OneDriveTarget({ target, onChange }: OneDriveTargetProps) {
  const text = wizardStrings.target
  const client = useClient()
  const [accounts, setAccounts] = useState<readonly AccountView[]>([])
  /** The name to sign in to again; '' for a new account; null while nobody signs in. */
  const [signingIn, setSigningIn] = useState<string | null>(null)
  const opener = useRef<HTMLButtonElement>(null)
  const [error, setError] = useState<TidekeepError | null>(null)
  const read = useCallback(async () => {
    try {
      const all = await client.call('accounts.list', {})
      setAccounts(all.filter(({ kind }) => kind === 'onedrive'))
      setError(null)
    } catch (thrown) {
      setError(toTidekeepError(thrown))
    }
  }, [client])
  useEffect(() => {
    const readFirst = (): void => void read()
    readFirst()
  }, [read])
  const close = (signedIn?: string): void => {
    setSigningIn(null)
    if (signedIn !== undefined) onChange({ account: signedIn })
    void read()
  }
  return (
    <>
      {accounts.length === 0 ? null : (
        <fieldset className="drives">
          <legend>{text.accounts}</legend>
          {accounts.map((account) => (
            <AccountRow
              key={account.name}
              account={account}
              isChosen={account.name === target.account}
              onChoose={() => onChange({ account: account.name })}
              onSignIn={() => setSigningIn(account.name)}
            />
          ))}
        </fieldset>
      )}
      <ErrorNote error={error} />
      <div>
        <Button
          ref={opener}
          look={accounts.length === 0 ? 'primary' : 'plain'}
          icon={LogIn}
          onClick={() => setSigningIn('')}
        >
          {accounts.length === 0 ? targetStrings.addOneDrive : text.otherAccount}
        </Button>
      </div>
      <Field
        label={text.driveFolder}
        hint={text.driveFolderHint}
        value={target.driveFolder}
        onChange={(event) => onChange({ driveFolder: event.target.value })}
      />
      <SignInDialog
        open={signingIn !== null}
        opener={opener}
        onClose={close}
        {...(signingIn === null || signingIn === '' ? {} : { again: signingIn })}
      />
    </>
  )
}

interface AccountRowProps {
  readonly account: AccountView
  readonly isChosen: boolean
  readonly onChoose: () => void
  readonly onSignIn: () => void
}

function AccountRow({ account, isChosen, onChoose, onSignIn }: AccountRowProps) {
  const { name, userName, owner, state } = account
  const isSignedIn = state === 'signed-in'
  return (
    <div className="drive" data-chosen={isChosen || undefined}>
      <label className="drive-choice">
        <input type="radio" name="account" checked={isChosen} disabled={!isSignedIn} onChange={onChoose} />
        <Cloud size={18} aria-hidden="true" className="muted" />
        <span className="source-words">
          <bdi>{displayName(userName === '' ? name : userName)}</bdi>
          <small>
            {displayName(name)}
            {owner === undefined ? '' : ` · ${targetStrings.owners[owner]}`}
          </small>
        </span>
      </label>
      {isSignedIn ? (
        <Room name={name} />
      ) : (
        <Button className="button-small push" onClick={onSignIn}>
          {targetStrings.signInAgain}
        </Button>
      )}
    </div>
  )
}

function Room({ name }: { readonly name: string }) {
  const client = useClient()
  const { look } = useLook(name, (fresh) => client.call('accounts.look', { name, fresh }))
  const freeBytes = look?.capacity.freeBytes
  return (
    <span className="numbers muted push">
      {freeBytes === undefined ? '' : wizardStrings.target.free({ bytes: freeBytes })}
    </span>
  )
}

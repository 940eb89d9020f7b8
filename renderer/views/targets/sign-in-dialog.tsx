import { Dialog } from '@base-ui/react/dialog'
import { Check, Copy, ExternalLink } from 'lucide-react'
import { type RefObject, useState } from 'react'
import type { SignInView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { formatCountdown } from '../../format.ts'
import { displayName } from '../../names.ts'
import { useNow } from '../../state/clock.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { targetStrings } from '../../target-strings.ts'
import { type SignIn, useSignIn } from './use-sign-in.ts'

interface SignInDialogProps {
  readonly open: boolean
  /** The account to sign in to again, or under which name; a new one without. */
  readonly again?: string
  /** Gets the focus back. */
  readonly opener: RefObject<HTMLElement | null>
  /** With the name of the account that someone is signed in to now. */
  readonly onClose: (signedIn?: string) => void
}

/** Signing in to OneDrive, with the system's browser or with a code. Closing it gives the sign-in up. */
export function SignInDialog({ open, again, opener, onClose }: SignInDialogProps) {
  const text = targetStrings.dialog
  const [signedIn, setSignedIn] = useState<string>()
  const close = (): void => {
    onClose(signedIn)
    setSignedIn(undefined)
  }
  return (
    <Dialog.Root open={open} onOpenChange={(next) => (next ? undefined : close())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog sign-in" finalFocus={opener}>
          <Dialog.Title className="dialog-title">
            {again === undefined ? text.title : text.titleAgain({ name: displayName(again) })}
          </Dialog.Title>
          <Steps again={again} onDone={setSignedIn} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Steps({ again, onDone }: { readonly again: string | undefined; readonly onDone: (name: string) => void }) {
  const text = targetStrings.dialog
  const signIn = useSignIn(again, onDone)
  const { view, error, method } = signIn
  return (
    <>
      <div className="sign-in-step" aria-live="polite">
        {view === null && error === null ? <p className="muted">{text.starting}</p> : null}
        {view?.state === 'waiting' ? <Prompt key={view.id} prompt={view.prompt} /> : null}
        {view?.state === 'done' ? (
          <div className="sign-in-done">
            <Check size={22} aria-hidden="true" />
            <div>
              <p>
                <strong>{text.done({ who: displayName(view.account.userName || view.account.name) })}</strong>
              </p>
              <p className="muted">{again === undefined ? text.doneNew : text.doneText}</p>
            </div>
          </div>
        ) : null}
      </div>
      <ErrorNote error={error} />
      {signIn.needsClientId ? <ClientId onSaved={() => signIn.begin(method)} /> : null}
      <div className="dialog-actions">
        {view?.state === 'done' ? (
          <Dialog.Close className="button button-primary">{text.close}</Dialog.Close>
        ) : (
          <>
            {signIn.needsClientId ? null : <OtherWay signIn={signIn} />}
            <Dialog.Close className="button button-plain">{strings.cancel}</Dialog.Close>
            {error === null || signIn.needsClientId ? null : (
              <Button look="primary" onClick={() => signIn.begin(method)}>
                {text.again}
              </Button>
            )}
          </>
        )}
      </div>
    </>
  )
}

function OtherWay({ signIn: { method, begin } }: { readonly signIn: SignIn }) {
  const text = targetStrings.dialog
  const isBrowser = method === 'browser'
  return (
    <Button
      look="quiet"
      className="sign-in-other"
      title={isBrowser ? text.codeInsteadText : undefined}
      onClick={() => begin(isBrowser ? 'device-code' : 'browser')}
    >
      {isBrowser ? text.codeInstead : text.browserInstead}
    </Button>
  )
}

type WaitingPrompt = Extract<SignInView, { readonly state: 'waiting' }>['prompt']

/** What to do now. Address and code are shown and kept nowhere. */
function Prompt({ prompt }: { readonly prompt: WaitingPrompt }) {
  const text = targetStrings.dialog
  if (prompt.kind === 'device-code') return <Code prompt={prompt} />
  return (
    <>
      <p>{text.browser}</p>
      <p>
        <a className="button button-primary" href={prompt.url} target="_blank" rel="noreferrer">
          <ExternalLink size={16} aria-hidden="true" />
          <span>{text.openPage}</span>
        </a>
      </p>
      <Waiting />
    </>
  )
}

function Code({ prompt }: { readonly prompt: Extract<WaitingPrompt, { readonly kind: 'device-code' }> }) {
  const text = targetStrings.dialog
  const nowMs = useNow()
  const [endMs] = useState(() => Date.now() + prompt.expiresInMs)
  const [isCopied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(prompt.code)
    setCopied(true)
  }
  return (
    <>
      <p>{text.code}</p>
      <p>
        <a className="sign-in-address" href={prompt.url} target="_blank" rel="noreferrer">
          {prompt.url}
        </a>
      </p>
      <div className="sign-in-code">
        <output className="code">{prompt.code}</output>
        <Button icon={isCopied ? Check : Copy} onClick={() => void copy().catch(() => undefined)}>
          {isCopied ? text.copied : text.copy}
        </Button>
      </div>
      <p className="muted numbers" aria-live="off">
        {text.left({ countdown: formatCountdown(Math.min(prompt.expiresInMs, endMs - nowMs)) })}
      </p>
      <Waiting />
    </>
  )
}

function Waiting() {
  return (
    <p className="muted sign-in-waiting">
      <span className="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {targetStrings.dialog.waiting}
    </p>
  )
}

/** Microsoft lets applications sign people in, not programs nobody registered. */
function ClientId({ onSaved }: { readonly onSaved: () => void }) {
  const text = targetStrings.dialog
  const client = useClient()
  const [value, setValue] = useState('')
  const save = useAction(async () => {
    await client.call('settings.set', { key: 'microsoftClientId', value: value.trim() })
    onSaved()
  })
  return (
    <form
      className="sign-in-client"
      onSubmit={(event) => {
        event.preventDefault()
        void save.run()
      }}
    >
      <Field
        label={text.clientId}
        hint={text.clientIdHint}
        error={save.error?.message}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <Button type="submit" look="primary" pending={save.pending}>
        {text.save}
      </Button>
    </form>
  )
}

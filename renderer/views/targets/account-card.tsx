import { Cloud, Ellipsis, KeyRound, Trash2 } from 'lucide-react'
import { useRef, useState } from 'react'
import { ActionMenu } from '../../components/action-menu.tsx'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { Note } from '../../components/notes.tsx'
import { useToast } from '../../components/toasts.tsx'
import { formatMoment } from '../../format.ts'
import { displayName } from '../../names.ts'
import { useNow } from '../../state/clock.ts'
import { useAction, useClient } from '../../state/services.ts'
import { targetStrings } from '../../target-strings.ts'
import { KeptFolders } from './kept-folders.tsx'
import type { AccountUse } from './places.ts'
import { SignInDialog } from './sign-in-dialog.tsx'
import { Space } from './space.tsx'
import { TargetCard, TargetState, TestButton, Trouble } from './target-card.tsx'
import { useCheck } from './use-check.ts'
import { useLook } from './use-look.ts'

interface AccountCardProps {
  readonly use: AccountUse
  /** Something about the accounts changed. */
  readonly onChange: () => void
}

/** One account: who it is, whether it is signed in, how full its drive is, and what is kept there. */
export function AccountCard({ use, onChange }: AccountCardProps) {
  const { account, folders, isUnknown } = use
  const text = targetStrings
  const name = displayName(account.name)
  const isOneDrive = account.kind === 'onedrive'
  const isSignedIn = account.state === 'signed-in'
  const check = useCheck(folders[0]?.target ?? `onedrive://${account.name}`)
  return (
    <TargetCard
      icon={isOneDrive ? Cloud : KeyRound}
      isAway={!isSignedIn}
      name={name}
      title={
        <>
          <bdi>{name}</bdi>
          <span className="tag">
            {text.kinds[account.kind]}
            {account.owner === undefined ? '' : ` · ${text.owners[account.owner]}`}
          </span>
        </>
      }
      state={
        <>
          {account.userName === '' ? null : <bdi className="muted">{displayName(account.userName)} · </bdi>}
          <TargetState isAway={!isSignedIn}>{isOneDrive ? text.states[account.state] : text.keysSaved}</TargetState>
        </>
      }
      actions={
        <>
          {isOneDrive && isSignedIn ? <TestButton name={name} check={check} /> : null}
          <AccountActions use={use} onChange={onChange} />
        </>
      }
      check={check}
    >
      {isSignedIn ? null : (
        <Note tone="warn">
          <p>{isUnknown ? text.unknownAccount : text.parked({ n: folders.length })}</p>
        </Note>
      )}
      <Waiting untilMs={account.waitUntilMs} />
      {isOneDrive && isSignedIn ? <DriveSpace name={account.name} /> : null}
      <KeptFolders folders={folders} none={isOneDrive ? text.nothingKept : text.keysUnused} />
    </TargetCard>
  )
}

function Waiting({ untilMs }: { readonly untilMs: number | undefined }) {
  const nowMs = useNow()
  if (untilMs === undefined || untilMs <= nowMs) return null
  return (
    <Note tone="info">
      <p className="numbers">{targetStrings.waiting({ moment: formatMoment(untilMs, nowMs) })}</p>
    </Note>
  )
}

function DriveSpace({ name }: { readonly name: string }) {
  const client = useClient()
  const state = useLook(name, (fresh) => client.call('accounts.look', { name, fresh }))
  return (
    <div className="target-space">
      <Space look={state.look} name={name} />
      <Trouble state={state} />
    </div>
  )
}

function AccountActions({ use: { account, folders, isUnknown }, onChange }: AccountCardProps) {
  const text = targetStrings
  const client = useClient()
  const toast = useToast()
  const opener = useRef<HTMLButtonElement>(null)
  const [isSigningIn, setSigningIn] = useState(false)
  const [isRemoving, setRemoving] = useState(false)
  const name = displayName(account.name)
  const remove = useAction(async () => {
    await client.call('accounts.remove', { name: account.name })
    toast({ text: text.removed({ name }) })
    onChange()
  })
  const mayAsk = account.kind === 'onedrive' && account.state === 'sign-in-needed' && account.owner !== 'program'
  return (
    <>
      {mayAsk ? (
        <Button ref={opener} look="primary" onClick={() => setSigningIn(true)}>
          {isUnknown ? text.signIn : text.signInAgain}
        </Button>
      ) : null}
      {isUnknown ? null : (
        <ActionMenu
          label={text.more({ name })}
          trigger={
            <button
              type="button"
              className="button button-quiet button-icon button-small"
              aria-label={text.more({ name })}
              title={text.more({ name })}
            >
              <Ellipsis size={18} aria-hidden="true" />
            </button>
          }
          entries={[{ label: text.remove, icon: Trash2, tone: 'danger', onSelect: () => setRemoving(true) }]}
        />
      )}
      <SignInDialog
        open={isSigningIn}
        again={account.name}
        opener={opener}
        onClose={() => {
          setSigningIn(false)
          onChange()
        }}
      />
      <Confirm
        open={isRemoving}
        onClose={() => setRemoving(false)}
        title={account.kind === 's3' ? text.removeKeysTitle({ name }) : text.removeTitle({ name })}
        confirm={text.removeConfirm}
        action={remove}
      >
        {folders.length === 0 ? (
          <p>{text.removeNothing}</p>
        ) : (
          <>
            <p>{text.removeStops({ n: folders.length })}</p>
            <ul className="stops">
              {folders.map((folder) => (
                <li key={folder.id}>
                  <bdi>{displayName(folder.name)}</bdi>
                </li>
              ))}
            </ul>
            <p>{text.removeKeeps}</p>
          </>
        )}
      </Confirm>
    </>
  )
}

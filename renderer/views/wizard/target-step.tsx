import { Cloud, Database, HardDrive, type LucideIcon } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { CheckResult } from '../../components/check-result.tsx'
import { ErrorNote, Note } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { displayName } from '../../names.ts'
import { useAction, useClient } from '../../state/services.ts'
import { wizardStrings } from '../../wizard-strings.ts'
import { LocalTarget } from './local-target.tsx'
import { OneDriveTarget } from './onedrive-target.tsx'
import { type Keys, NO_KEYS, S3Target } from './s3-target.tsx'
import { StepFrame } from './step-frame.tsx'
import { newFolders, type TargetDraft, targetLocation, targetOptions } from './wizard-state.ts'
import type { StepProps } from './wizard.tsx'

/** Where copies are kept: chosen, tried out, and shown with the place each folder gets there. */
export function TargetStep({ state, send, folders, onBack, onNext }: StepProps) {
  const text = wizardStrings.target
  const [keys, setKeys] = useState<Keys>(NO_KEYS)
  const [problem, setProblem] = useState('')
  const client = useClient()
  const { target, check } = state
  /** Secrets leave this page's memory as soon as the secret store has them. */
  const withSavedKeys = async () => {
    const options = targetOptions(target)
    if (target.kind !== 's3' || keys.accessKeyId === '') return options
    const { id } = await client.call('accounts.save', { kind: 's3', ...keys })
    setKeys(NO_KEYS)
    send({ kind: 'target-changed', change: { accountId: id } })
    return { ...options, accountId: id }
  }
  const test = useAction(async (report: (isOk: boolean) => void) => {
    const options = await withSavedKeys()
    const answer = await client.call('targets.check', {
      target: targetLocation(target),
      ...(options === undefined ? {} : { s3: options }),
    })
    send({ kind: 'checked', check: answer })
    report(answer.ok)
  })
  const runTest = async (): Promise<boolean> => {
    const missing = whatIsMissing(target.kind, targetLocation(target), keys)
    setProblem(missing)
    if (missing !== '') return false
    send({ kind: 'checked', check: null })
    let isOk = false
    await test.run((answer) => (isOk = answer))
    return isOk
  }
  const next = async (): Promise<void> => {
    if (check?.ok === true || (await runTest())) onNext()
  }
  return (
    <StepFrame title={text.title} text={text.text} pending={test.pending} onBack={onBack} onNext={() => void next()}>
      <fieldset className="kinds">
        <legend className="visually-hidden">{text.kind}</legend>
        <Kind
          icon={HardDrive}
          name={text.local}
          words={text.localText}
          isChosen={target.kind === 'local'}
          onChoose={() => send({ kind: 'target-changed', change: { kind: 'local' } })}
        />
        <Kind
          icon={Database}
          name={text.s3}
          words={text.s3Text}
          isChosen={target.kind === 's3'}
          onChoose={() => send({ kind: 'target-changed', change: { kind: 's3' } })}
        />
        <Kind
          icon={Cloud}
          name={text.oneDrive}
          words={text.oneDriveText}
          isChosen={target.kind === 'onedrive'}
          onChoose={() => send({ kind: 'target-changed', change: { kind: 'onedrive' } })}
        />
      </fieldset>
      {target.kind === 'local' ? (
        <LocalTarget path={target.path} onChange={(path) => send({ kind: 'target-changed', change: { path } })} />
      ) : null}
      {target.kind === 'onedrive' ? (
        <OneDriveTarget target={target} onChange={(change) => send({ kind: 'target-changed', change })} />
      ) : null}
      {target.kind === 's3' ? (
        <S3Target
          target={target}
          keys={keys}
          onKeys={setKeys}
          onChange={(change) => send({ kind: 'target-changed', change })}
        />
      ) : null}
      <div className="test-line">
        <Button pending={test.pending} onClick={() => void runTest()}>
          {test.pending ? text.testing : text.test}
        </Button>
        <div role="alert">{problem === '' ? null : <p className="field-error">{problem}</p>}</div>
      </div>
      <div aria-live="polite">{check === null ? null : <CheckResult check={check} />}</div>
      <ErrorNote error={test.error} />
      <Places state={state} taken={folders.map((folder) => folder.target)} />
    </StepFrame>
  )
}

function whatIsMissing(kind: TargetDraft['kind'], location: string, keys: Keys): string {
  const { needed, bucketNeeded, accountNeeded, both } = wizardStrings.target
  if (location === '') return { local: needed, s3: bucketNeeded, onedrive: accountNeeded }[kind]
  if (kind !== 's3') return ''
  return (keys.accessKeyId === '') === (keys.secretAccessKey === '') ? '' : both
}

interface KindProps {
  readonly icon: LucideIcon
  readonly name: string
  readonly words: string
  readonly isChosen: boolean
  readonly onChoose: () => void
}

function Kind({ icon: Icon, name, words, isChosen, onChoose }: KindProps) {
  return (
    <label className="kind" data-chosen={isChosen || undefined}>
      <input type="radio" name="kind" checked={isChosen} onChange={onChoose} />
      <Icon size={22} aria-hidden="true" />
      <span>
        <strong>{name}</strong>
        <small>{words}</small>
      </span>
    </label>
  )
}

/** The place of each folder, so that nobody has to wonder whether folders mix. */
function Places({ state, taken }: { readonly state: StepProps['state']; readonly taken: readonly string[] }) {
  if (targetLocation(state.target) === '') return null
  return (
    <Note tone="info">
      <p>{wizardStrings.target.places}</p>
      <ul className="places">
        {newFolders(state, taken).map((folder) => (
          <li key={folder.path}>
            <bdi>{displayName(folder.name ?? folder.path)}</bdi> <span aria-hidden="true">→</span>{' '}
            <PathText path={folder.target} />
          </li>
        ))}
      </ul>
    </Note>
  )
}

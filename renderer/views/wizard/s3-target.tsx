import { Field } from '../../components/field.tsx'
import { wizardStrings } from '../../wizard-strings.ts'
import type { TargetDraft } from './wizard-state.ts'

/** Keys as they are typed. Held only until the secret store has them. */
export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Nothing typed. */
export const NO_KEYS: Keys = { accessKeyId: '', secretAccessKey: '' }

interface S3TargetProps {
  readonly target: TargetDraft
  readonly keys: Keys
  readonly onKeys: (keys: Keys) => void
  readonly onChange: (change: Partial<TargetDraft>) => void
}

/** A bucket of Amazon or of any store that speaks its language. */
export function S3Target({ target, keys, onKeys, onChange }: S3TargetProps) {
  const text = wizardStrings.target
  const changeKeys = (change: Partial<Keys>): void => {
    onKeys({ ...keys, ...change })
    // Other keys, another place: what was tested does not count for them.
    onChange({})
  }
  return (
    <div className="s3">
      <Field
        label={text.endpoint}
        hint={text.endpointHint}
        type="url"
        value={target.endpoint}
        onChange={(event) => onChange({ endpoint: event.target.value })}
      />
      <Field
        label={text.region}
        hint={text.regionHint}
        value={target.region}
        onChange={(event) => onChange({ region: event.target.value })}
      />
      <Field label={text.bucket} value={target.bucket} onChange={(event) => onChange({ bucket: event.target.value })} />
      <Field
        label={text.prefix}
        hint={text.prefixHint}
        value={target.prefix}
        onChange={(event) => onChange({ prefix: event.target.value })}
      />
      <Field
        label={text.accessKeyId}
        value={keys.accessKeyId}
        onChange={(event) => changeKeys({ accessKeyId: event.target.value.trim() })}
      />
      <Field
        label={text.secret}
        hint={target.accountId === '' ? text.secretHint : text.secretSaved}
        type="password"
        autoComplete="new-password"
        value={keys.secretAccessKey}
        onChange={(event) => changeKeys({ secretAccessKey: event.target.value.trim() })}
      />
    </div>
  )
}

import { HardDrive } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { TargetSuggestion } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { PathText } from '../../components/path-text.tsx'
import { displayName } from '../../names.ts'
import { useClient } from '../../state/services.ts'
import { wizardStrings } from '../../wizard-strings.ts'
import { BrowseDialog } from './browse-dialog.tsx'

interface LocalTargetProps {
  readonly path: string
  readonly onChange: (path: string) => void
}

/** A disk that was found, or any folder. */
export function LocalTarget({ path, onChange }: LocalTargetProps) {
  const text = wizardStrings.target
  const client = useClient()
  const [drives, setDrives] = useState<readonly TargetSuggestion[]>([])
  const [isBrowsing, setBrowsing] = useState(false)
  const browse = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // Without suggestions, any path can still be written or browsed to.
    client.call('targets.suggest', {}).then(setDrives, () => undefined)
  }, [client])
  const choose = async (): Promise<void> => {
    if (window.tidekeep === undefined) return setBrowsing(true)
    const picked = await window.tidekeep.pickFolder()
    if (picked !== null) onChange(picked)
  }
  return (
    <>
      {drives.length === 0 ? null : (
        <fieldset className="drives">
          <legend>{text.drives}</legend>
          {drives.map((drive) => (
            <label key={drive.path} className="drive" data-chosen={drive.path === path || undefined}>
              <input type="radio" name="drive" checked={drive.path === path} onChange={() => onChange(drive.path)} />
              <HardDrive size={18} aria-hidden="true" className="muted" />
              <span className="source-words">
                <bdi>{displayName(drive.name)}</bdi>
                <small>
                  <PathText path={drive.path} />
                </small>
              </span>
              <span className="numbers muted push">
                {drive.freeBytes === null ? '' : text.free({ bytes: drive.freeBytes })}
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <Field
        label={text.path}
        hint={text.pathHint}
        value={path}
        onChange={(event) => onChange(event.target.value)}
        after={
          <Button ref={browse} onClick={() => void choose()}>
            {text.browse}
          </Button>
        }
      />
      <BrowseDialog open={isBrowsing} start="" onClose={() => setBrowsing(false)} onChoose={onChange} opener={browse} />
    </>
  )
}

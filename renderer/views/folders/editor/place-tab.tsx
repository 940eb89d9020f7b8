import { Check } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../../components/button.tsx'
import { Field } from '../../../components/field.tsx'
import { PathText } from '../../../components/path-text.tsx'
import { folderStrings } from '../../../folder-strings.ts'
import { encodeFolders } from '../../../state/asked-folders.ts'
import { routeHref } from '../../../state/route.ts'
import { useAction } from '../../../state/services.ts'
import { strings } from '../../../strings.ts'
import type { TabProps } from './folder-editor.tsx'

const text = folderStrings.place

/** Where the files and their copies are, and what the folder is called. */
export function PlaceTab({ folder, stored, change }: TabProps) {
  const [name, setName] = useState(stored.name)
  const save = useAction(() => change({ name: name.trim() }))
  const isChanged = name.trim() !== stored.name && name.trim() !== ''
  return (
    <>
      <Field
        label={text.name}
        value={name}
        maxLength={200}
        error={save.error?.message}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => (event.key === 'Enter' && isChanged ? void save.run() : undefined)}
        after={
          <Button icon={Check} disabled={!isChanged} pending={save.pending} onClick={() => void save.run()}>
            {folderStrings.save}
          </Button>
        }
      />
      <dl className="facts">
        <div>
          <dt>{text.source}</dt>
          <dd>
            <PathText path={folder.path} />
          </dd>
        </div>
        <div>
          <dt>{text.target}</dt>
          <dd>
            <PathText path={folder.target} />
          </dd>
        </div>
        <div>
          <dt>{text.more}</dt>
          <dd>
            <a href={routeHref('targets')}>{text.look}</a>
          </dd>
        </div>
      </dl>
      <section className="editor-note">
        <h3>{text.moving}</h3>
        <p className="muted">{text.movingText}</p>
        <p>
          <a href={routeHref('add', encodeFolders([folder.path]))}>{text.add}</a>
        </p>
        <p className="muted">{strings.folders.removeText({ target: folder.target })}</p>
      </section>
    </>
  )
}

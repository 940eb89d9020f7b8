import { Copy, Eye, Save } from 'lucide-react'
import { useState } from 'react'
import type { BundlePart, BundleView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { ErrorNote, Note } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { diagnosticStrings } from '../../diagnostic-strings.ts'
import { useAction, useClient } from '../../state/services.ts'

const text = diagnosticStrings.bundle

/** A file for whoever helps: shown part by part, then saved as it was shown. */
export function BundleTab() {
  const client = useClient()
  const [withNames, setWithNames] = useState(false)
  const [bundle, setBundle] = useState<BundleView | null>(null)
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [savedAt, setSavedAt] = useState('')
  const show = useAction(async () => {
    setSavedAt('')
    setBundle(await client.call('diagnostics.bundle', { withNames }))
  })
  const parts = bundle?.parts.filter(({ name }) => !left.has(name)) ?? []
  const save = useAction(async () => {
    if (bundle === null) return
    const { path } = await client.call('diagnostics.saveBundle', {
      id: bundle.id,
      parts: parts.map(({ name }) => name),
    })
    setSavedAt(path)
  })
  const tick = (name: string, isOn: boolean): void => {
    setSavedAt('')
    setLeft((before) => new Set(isOn ? [...before].filter((each) => each !== name) : [...before, name]))
  }
  return (
    <div className="scrolled bundle">
      <p className="muted">{text.text}</p>
      <label className="choice">
        <input
          type="checkbox"
          checked={withNames}
          onChange={(event) => {
            // What is shown would not be what is ticked any more.
            setBundle(null)
            setSavedAt('')
            setWithNames(event.target.checked)
          }}
        />
        <span>
          {text.names}
          <small>{text.namesHint}</small>
        </span>
      </label>
      <div className="editor-actions">
        <Button
          look={bundle === null ? 'primary' : 'plain'}
          icon={Eye}
          pending={show.pending}
          onClick={() => void show.run()}
        >
          {show.pending ? text.showing : text.show}
        </Button>
        {bundle === null ? null : (
          <Button
            look="primary"
            icon={Save}
            disabled={parts.length === 0}
            pending={save.pending}
            onClick={() => void save.run()}
          >
            {text.save}
          </Button>
        )}
      </div>
      <ErrorNote error={show.error ?? save.error} />
      <div aria-live="polite">{savedAt === '' ? null : <Saved path={savedAt} />}</div>
      {bundle === null ? null : <Parts bundle={bundle} left={left} onTick={tick} />}
    </div>
  )
}

function Saved({ path }: { readonly path: string }) {
  const copy = useAction(() => navigator.clipboard.writeText(path))
  return (
    <Note tone="info">
      <p>
        {text.saved} <PathText path={path} />
      </p>
      <p className="muted">{text.savedText}</p>
      <p>
        <Button className="button-small" icon={Copy} onClick={() => void copy.run()}>
          {text.copyPath}
        </Button>
      </p>
    </Note>
  )
}

interface PartsProps {
  readonly bundle: BundleView
  readonly left: ReadonlySet<string>
  readonly onTick: (name: string, isOn: boolean) => void
}

function Parts({ bundle, left, onTick }: PartsProps) {
  const [chosen, setChosen] = useState(bundle.parts[0]?.name)
  const shown = bundle.parts.find(({ name }) => name === chosen) ?? bundle.parts[0]
  return (
    <>
      <p>
        <strong>{bundle.withNames ? text.withNames : text.withoutNames}</strong>
      </p>
      <div className="bundle-parts">
        <ul className="bundle-list">
          {bundle.parts.map((part) => (
            <li key={part.name} data-shown={part === shown || undefined}>
              <input
                type="checkbox"
                aria-label={text.include({ name: part.name })}
                checked={!left.has(part.name)}
                onChange={(event) => onTick(part.name, event.target.checked)}
              />
              <button type="button" aria-current={part === shown} onClick={() => setChosen(part.name)}>
                <span>{part.name}</span>
                <small>
                  {part.what} {text.size({ bytes: new Blob([part.text]).size })}
                </small>
              </button>
            </li>
          ))}
        </ul>
        {shown === undefined ? null : <Content part={shown} />}
      </div>
    </>
  )
}

function Content({ part }: { readonly part: BundlePart }) {
  return (
    <section className="bundle-content" aria-label={`${text.preview}: ${part.name}`}>
      {/* Scrolled by the keyboard, too. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className="bundle-text" tabIndex={0}>
        {part.text}
      </pre>
    </section>
  )
}

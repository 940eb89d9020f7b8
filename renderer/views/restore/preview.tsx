import { useEffect, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { PreviewView } from '../../../common/protocol.ts'
import { ErrorNote, Note } from '../../components/notes.tsx'
import { displayName } from '../../names.ts'
import { NO_PREVIEW, restoreStrings } from '../../restore-strings.ts'
import { useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { textDiff, type DiffPart } from './text-diff.ts'

/** A version being fetched for looking at, or fetched. */
export interface Preview {
  readonly view: PreviewView | null
  readonly error: TidekeepError | null
}

const NOTHING: Preview = { view: null, error: null }

/** Fetches the beginning of a version; nothing for an empty token. */
export function usePreview(id: string, path: string, token: string): Preview {
  const client = useClient()
  const [found, setFound] = useState<Preview & { readonly of: string }>({ ...NOTHING, of: '' })
  const of = `${id} ${token} ${path}`
  useEffect(() => {
    let isOver = false
    if (token === '') return undefined
    client.call('versions.preview', { id, path, token }).then(
      (view) => (isOver ? undefined : setFound({ of, view, error: null })),
      (thrown: unknown) => (isOver ? undefined : setFound({ of, view: null, error: toTidekeepError(thrown) })),
    )
    return () => {
      isOver = true
    }
  }, [client, id, path, token, of])
  return found.of === of ? found : NOTHING
}

interface PreviewPaneProps {
  readonly preview: Preview
  readonly name: string
}

/** Text as text, an image as an image, and why there is neither. */
export function PreviewPane({ preview: { view, error }, name }: PreviewPaneProps) {
  if (error !== null) return <ErrorNote error={error} />
  if (view === null) return <p className="muted preview-wait">{strings.loading}</p>
  switch (view.kind) {
    case 'text':
      return <TextPane view={view} name={name} />
    case 'image':
      return <ImagePane view={view} name={name} />
    case 'none':
      return <Note tone="info">{NO_PREVIEW[view.why]}</Note>
  }
}

function TextPane({ view, name }: { readonly view: Extract<PreviewView, { kind: 'text' }>; readonly name: string }) {
  const shown = view.text.length
  return (
    <>
      {view.isCut ? <p className="muted">{restoreStrings.versions.cut({ shown, whole: view.sizeBytes })}</p> : null}
      {/* It scrolls, so the keyboard must get there. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className="preview-text" tabIndex={0} aria-label={displayName(name)}>
        {displayText(view.text)}
      </pre>
    </>
  )
}

function ImagePane({ view, name }: { readonly view: Extract<PreviewView, { kind: 'image' }>; readonly name: string }) {
  return (
    <div className="preview-image">
      <img
        src={`data:${view.type};base64,${view.base64}`}
        alt={restoreStrings.versions.image({ name: displayName(name) })}
      />
    </div>
  )
}

interface ComparePaneProps {
  readonly older: Preview
  readonly newer: Preview
  readonly name: string
}

/** Two versions: texts line by line, images side by side. */
export function ComparePane({ older, newer, name }: ComparePaneProps) {
  const text = restoreStrings.versions
  const [left, right] = [older.view, newer.view]
  const error = older.error ?? newer.error
  if (error !== null) return <ErrorNote error={error} />
  if (left === null || right === null) return <p className="muted preview-wait">{strings.loading}</p>
  if (left.kind === 'image' && right.kind === 'image')
    return (
      <div className="preview-pair">
        <figure>
          <figcaption>{text.older}</figcaption>
          <ImagePane view={left} name={name} />
        </figure>
        <figure>
          <figcaption>{text.newer}</figcaption>
          <ImagePane view={right} name={name} />
        </figure>
      </div>
    )
  const [before, after] = [comparable(left), comparable(right)]
  if (before === undefined || after === undefined) return <Note tone="info">{text.notComparable}</Note>
  return <TextComparison before={before} after={after} />
}

/** An empty file is an empty text. */
function comparable(view: PreviewView): string | undefined {
  if (view.kind === 'text') return view.text
  return view.kind === 'none' && view.why === 'empty' ? '' : undefined
}

function TextComparison({ before, after }: { readonly before: string; readonly after: string }) {
  const text = restoreStrings.versions
  const diff = before === after ? null : textDiff(before, after)
  if (diff === null) return <Note tone="info">{text.same}</Note>
  if (diff === undefined) return <Note tone="info">{text.tooDifferent}</Note>
  return (
    <>
      <p className="muted numbers">{text.difference({ added: diff.added, removed: diff.removed })}</p>
      {/* It scrolls, so the keyboard must get there. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section className="diff" tabIndex={0} aria-label={text.difference({ added: diff.added, removed: diff.removed })}>
        {diff.parts.map((part, index) => (
          // Parts have no other name than their place.
          // oxlint-disable-next-line react/no-array-index-key
          <DiffLines key={index} part={part} />
        ))}
      </section>
    </>
  )
}

const SIGNS = { same: ' ', added: '+', removed: '−' } as const

function DiffLines({ part: { kind, lines, hidden } }: { readonly part: DiffPart }) {
  const text = restoreStrings.versions
  if (hidden > 0) return <p className="diff-hidden muted">{text.unchanged({ n: hidden })}</p>
  return (
    <div className="diff-part" data-kind={kind}>
      {kind === 'same' ? null : <span className="visually-hidden">{text[kind]}</span>}
      {lines.map((line, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <p key={index} className="diff-line">
          <span aria-hidden="true">{SIGNS[kind]}</span>
          <code>{displayText(line)}</code>
        </p>
      ))}
    </div>
  )
}

/** What reorders or hides text is made visible; tabs and line ends stay. */
function displayText(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

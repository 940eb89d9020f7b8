import { ArrowLeft, RotateCcw } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import { authorText } from '../../../common/conflict-texts.ts'
import type { VersionsView as Versions, VersionView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { ErrorNote, Note } from '../../components/notes.tsx'
import { formatBytes, formatExact, formatMoment } from '../../format.ts'
import { displayName, splitPath } from '../../names.ts'
import { VERSION_ENDS, VERSION_PLACES, restoreStrings } from '../../restore-strings.ts'
import { useNow } from '../../state/clock.ts'
import { useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { ComparePane, PreviewPane, usePreview } from './preview.tsx'

interface VersionsViewProps {
  readonly timelineId: string
  readonly path: string
  /** The version that was there then is shown first. */
  readonly atMs: number | undefined
  /** See `TimelineView.versionsByFile`. */
  readonly isByFile: boolean
  readonly onBack: () => void
  readonly onRestore: (version: VersionView) => void
  readonly onLost: () => void
}

/** One file over time: every version, what is in it, and how two of them differ. Escape goes back. */
export function VersionsView(props: VersionsViewProps) {
  const { timelineId, path, atMs, isByFile, onBack, onRestore, onLost } = props
  const text = restoreStrings.versions
  const { found, error } = useVersions(timelineId, path, onLost)
  const [chosen, setChosen] = useState<string | null>(null)
  const [other, setOther] = useState('')
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const versions = found?.versions ?? []
  const token = chosen ?? versionAt(versions, atMs)?.token ?? ''
  const version = versions.find((each) => each.token === token)
  const { name } = splitPath(path)
  return (
    // Escape is a way out beside the button that says so.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="versions" onKeyDown={(event) => (event.key === 'Escape' ? onBack() : undefined)}>
      <div className="versions-head">
        <Button look="quiet" icon={ArrowLeft} onClick={onBack}>
          {text.back}
        </Button>
        <h2 ref={heading} tabIndex={-1} title={displayName(path)}>
          <bdi>{text.title({ name })}</bdi>
        </h2>
        {version === undefined ? null : (
          <Button look="primary" icon={RotateCcw} onClick={() => onRestore(version)}>
            {text.restore}
          </Button>
        )}
      </div>
      <ErrorNote error={error} />
      {found !== null && versions.length === 0 ? (
        <Note tone="info">{isByFile ? text.noneByFile : text.none}</Note>
      ) : null}
      {found === null && error === null ? <p className="muted">{strings.loading}</p> : null}
      {version === undefined ? null : (
        <div className="versions-body">
          <Rail {...{ versions, token, isBeginningUnknown: found?.isBeginningUnknown === true, onChoose: setChosen }} />
          <Content key={path} {...{ timelineId, path, versions, version, other, onCompare: setOther }} />
        </div>
      )}
    </div>
  )
}

function useVersions(
  id: string,
  path: string,
  onLost: () => void,
): { readonly found: Versions | null; readonly error: TidekeepError | null } {
  const client = useClient()
  const [state, setState] = useState<{ found: Versions | null; error: TidekeepError | null }>({
    found: null,
    error: null,
  })
  useEffect(() => {
    let isOver = false
    client.call('versions.list', { id, path }).then(
      (found) => (isOver ? undefined : setState({ found, error: null })),
      (thrown: unknown) => {
        const error = toTidekeepError(thrown)
        if (isOver) return
        if (error.code === 'not-found') onLost()
        else setState({ found: null, error })
      },
    )
    return () => {
      isOver = true
    }
  }, [client, id, path, onLost])
  return state
}

/** The one that was there at the moment; else the newest. */
function versionAt(versions: readonly VersionView[], atMs: number | undefined): VersionView | undefined {
  if (atMs === undefined) return versions[0]
  return versions.findLast(({ untilMs = Infinity }) => untilMs > atMs) ?? versions[0]
}

interface RailProps {
  readonly versions: readonly VersionView[]
  readonly token: string
  readonly isBeginningUnknown: boolean
  readonly onChoose: (token: string) => void
}

/** All versions, newest first; arrow keys choose. */
function Rail({ versions, token, isBeginningUnknown, onChoose }: RailProps) {
  const text = restoreStrings.versions
  const nowMs = useNow()
  return (
    <fieldset className="versions-rail">
      <legend className="visually-hidden">{text.list}</legend>
      {versions.map((version) => (
        <label key={version.token} className="version" data-chosen={version.token === token || undefined}>
          <input
            type="radio"
            name="version"
            value={version.token}
            checked={version.token === token}
            onChange={() => onChoose(version.token)}
          />
          <span className="version-words">
            <strong className="numbers" title={exactTimes(version)}>
              {version.sinceMs === undefined
                ? text.fromUnknown
                : text.from({ moment: formatMoment(version.sinceMs, nowMs) })}
            </strong>
            <span className="muted numbers">{endText(version, nowMs)}</span>
            <span className="muted numbers">
              {formatBytes(version.sizeBytes)}, {VERSION_PLACES[version.keptBy]}
              {version.isArchived ? `, ${text.archived}` : ''}
            </span>
            <Author version={version} />
          </span>
          <span className="mark" data-tone={version.why}>
            {VERSION_ENDS[version.why]}
          </span>
        </label>
      ))}
      {isBeginningUnknown ? <p className="muted versions-note">{text.unknownBeginning}</p> : null}
    </fieldset>
  )
}

/** Who made it, where the target tells. */
function Author({ version: { changedBy } }: { readonly version: VersionView }) {
  const words = authorText(changedBy)
  if (words === '') return null
  return (
    <span className="muted version-author" title={displayName(words)}>
      <bdi>{displayName(words)}</bdi>
    </span>
  )
}

function endText({ untilMs, why }: VersionView, nowMs: number): string {
  const text = restoreStrings.versions
  if (untilMs === undefined) return text.untilNow
  const moment = formatMoment(untilMs, nowMs)
  return why === 'deleted' ? text.deletedThen({ moment }) : text.until({ moment })
}

function exactTimes({ sinceMs, untilMs }: VersionView): string {
  return [sinceMs, untilMs].map((atMs) => (atMs === undefined ? '…' : formatExact(atMs))).join(' – ')
}

interface ContentProps {
  readonly timelineId: string
  readonly path: string
  readonly versions: readonly VersionView[]
  readonly version: VersionView
  /** Token of the version to compare with; '' for none. */
  readonly other: string
  readonly onCompare: (token: string) => void
}

function Content({ timelineId, path, versions, version, other, onCompare }: ContentProps) {
  const text = restoreStrings.versions
  const nowMs = useNow()
  const otherToken = other === version.token ? '' : other
  const preview = usePreview(timelineId, path, version.token)
  const compared = usePreview(timelineId, path, otherToken)
  const isOtherOlder = versions.findIndex(({ token }) => token === otherToken) > versions.indexOf(version)
  return (
    <div className="versions-content">
      {versions.length < 2 ? null : (
        <label className="versions-compare">
          <span>{text.compareWith}</span>
          <select className="input" value={otherToken} onChange={(event) => onCompare(event.target.value)}>
            <option value="">{text.noCompare}</option>
            {versions
              .filter(({ token }) => token !== version.token)
              .map((each) => (
                <option key={each.token} value={each.token}>
                  {each.sinceMs === undefined
                    ? text.fromUnknown
                    : text.from({ moment: formatMoment(each.sinceMs, nowMs) })}{' '}
                  {endText(each, nowMs)}
                </option>
              ))}
          </select>
        </label>
      )}
      {otherToken === '' ? (
        <PreviewPane preview={preview} name={path} />
      ) : (
        <ComparePane older={isOtherOlder ? compared : preview} newer={isOtherOlder ? preview : compared} name={path} />
      )}
    </div>
  )
}

import type { DiffHunk, Evidence, TextEvidence, TextForms } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { conflictStrings } from '../../conflict-strings.ts'
import { displayName } from '../../names.ts'

const words = conflictStrings.evidence

interface EvidenceBlockProps {
  readonly evidence: Evidence
  /** Compares what is not compared by itself. */
  readonly onCompare: () => void
  readonly isComparing: boolean
}

/** What the content of both versions says: text line by line, pictures side by side, how much of other content differs. */
export function EvidenceBlock({ evidence, onCompare, isComparing }: EvidenceBlockProps) {
  switch (evidence.kind) {
    case 'text':
      return (
        <>
          <p className="muted numbers">{words.lines({ local: evidence.onlyLocal, remote: evidence.onlyRemote })}</p>
          <Forms forms={evidence} />
          <DiffBlock diff={evidence} label={words.diff} />
        </>
      )
    case 'same-text':
      return (
        <>
          <p>{words.sameText}</p>
          <Forms forms={evidence} />
        </>
      )
    case 'image':
      return (
        <div className="conflict-images">
          <img src={evidence.local} alt={words.imageHere} />
          <img src={evidence.remote} alt={words.imageThere} />
        </div>
      )
    case 'binary':
      return <Share evidence={evidence} />
    case 'unread':
      return (
        <div className="conflict-unread">
          <p className="muted">{unreadText(evidence)}</p>
          <Button className="button-small" pending={isComparing} onClick={onCompare}>
            {words.compare}
          </Button>
        </div>
      )
    case 'parts':
      return <Parts evidence={evidence} />
    case 'folder':
      return <p>{folderText(evidence)}</p>
    case 'none':
      return <p className="muted">{evidence.why}</p>
  }
}

/** A bar says how much differs at a glance; the sentence says the same. */
function Share({ evidence }: { readonly evidence: Evidence & { kind: 'binary' } }) {
  const { differingPercent, firstDifferenceAt } = evidence
  return (
    <div className="conflict-share">
      <p className="numbers">
        <strong>{words.binary({ percent: differingPercent })}</strong>{' '}
        {firstDifferenceAt === undefined ? null : (
          <span className="muted">{words.from({ at: firstDifferenceAt })}</span>
        )}
      </p>
      <div className="share-bar" aria-hidden="true">
        <span style={{ inlineSize: `${Math.max(1, differingPercent)}%` }} />
      </div>
    </div>
  )
}

function Forms({ forms: { lineEnds, encodings } }: { readonly forms: TextForms }) {
  const names = words.forms
  return (
    <>
      {lineEnds === undefined ? null : (
        <p className="muted">
          {words.lineEnds({ local: names.lineEnds[lineEnds.local], remote: names.lineEnds[lineEnds.remote] })}
        </p>
      )}
      {encodings === undefined ? null : (
        <p className="muted">
          {words.encodings({ local: names.encodings[encodings.local], remote: names.encodings[encodings.remote] })}
        </p>
      )}
    </>
  )
}

function Parts({ evidence }: { readonly evidence: Evidence & { kind: 'parts' } }) {
  const { same, differing, onlyLocal, onlyRemote, isCut } = evidence
  const lists = [
    [words.parts.differing, differing],
    [words.parts.onlyLocal, onlyLocal],
    [words.parts.onlyRemote, onlyRemote],
  ] as const
  const isSame = lists.every(([, names]) => names.length === 0)
  return (
    <div className="conflict-parts">
      <p>{isSame ? words.parts.same({ n: same }) : words.parts.alike({ n: same })}</p>
      {lists.map(([title, names]) =>
        names.length === 0 ? null : (
          <p key={title} className="muted">
            {title} <bdi>{names.map(displayName).join(', ')}</bdi>
          </p>
        ),
      )}
      {isCut ? <p className="muted">{words.parts.cut}</p> : null}
    </div>
  )
}

function folderText({ at, files, bytes, isCut }: Evidence & { kind: 'folder' }): string {
  if (files === undefined || bytes === undefined) return words.folder.unknown[at]
  return isCut === true ? words.folder.atLeast[at]({ files, bytes }) : words.folder.known[at]({ files, bytes })
}

function unreadText({ readBytes, fetchBytes }: Evidence & { kind: 'unread' }): string {
  return fetchBytes > 0 ? words.unread({ bytes: fetchBytes }) : words.unreadHere({ bytes: readBytes })
}

interface DiffBlockProps {
  readonly diff: TextEvidence
  readonly label: string
}

/** A comparison line by line. Signs and words say what colour says. */
export function DiffBlock({ diff, label }: DiffBlockProps) {
  return (
    <section
      className="compare"
      aria-label={label}
      // It scrolls, so the keyboard must get there.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      {diff.hunks.map((hunk) => (
        <Hunk key={`${hunk.localLine}:${hunk.remoteLine}`} hunk={hunk} />
      ))}
      {diff.isCut ? <p className="compare-gap">{words.cut}</p> : null}
    </section>
  )
}

const SIGNS = { both: ' ', local: '−', remote: '+' } as const

function Hunk({ hunk }: { readonly hunk: DiffHunk }) {
  return (
    <>
      <p className="compare-gap numbers">{words.gap({ line: hunk.localLine })}</p>
      {hunk.lines.map(({ at, text }, index) => (
        // Lines have no name but their place, and are never moved.
        // oxlint-disable-next-line react/no-array-index-key
        <p key={index} className="compare-line" data-at={at}>
          <span className="compare-sign" aria-hidden="true">
            {SIGNS[at]}
          </span>
          {at === 'both' ? null : <span className="visually-hidden">{words.marks[at]}</span>}
          <bdi>{text === '' ? ' ' : displayName(text.replaceAll('\t', '    '))}</bdi>
        </p>
      ))}
    </>
  )
}

import type { DiffHunk, Evidence, TextEvidence } from '../../../common/protocol.ts'
import { conflictStrings } from '../../conflict-strings.ts'
import { displayName } from '../../names.ts'

const words = conflictStrings.evidence

/** What the content of both versions says: text line by line, pictures side by side, how much of other content differs. */
export function EvidenceBlock({ evidence }: { readonly evidence: Evidence }) {
  switch (evidence.kind) {
    case 'text':
      return (
        <>
          <p className="muted numbers">{words.lines({ local: evidence.onlyLocal, remote: evidence.onlyRemote })}</p>
          <DiffBlock diff={evidence} label={words.diff} />
        </>
      )
    case 'image':
      return (
        <div className="conflict-images">
          <img src={evidence.local} alt={words.imageHere} />
          <img src={evidence.remote} alt={words.imageThere} />
        </div>
      )
    case 'binary': {
      const { differingPercent, comparedBytes, isCut, firstDifferenceAt } = evidence
      return (
        <p className="numbers">
          {words.binary({ percent: differingPercent, of: isCut ? words.first({ bytes: comparedBytes }) : words.whole })}{' '}
          {firstDifferenceAt === undefined ? null : (
            <span className="muted">{words.from({ at: firstDifferenceAt })}</span>
          )}
        </p>
      )
    }
    case 'none':
      return <p className="muted">{evidence.why}</p>
  }
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

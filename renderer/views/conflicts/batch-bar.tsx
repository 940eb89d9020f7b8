import { useState } from 'react'
import type { ResolutionKind } from '../../../common/conflict.ts'
import type { ConflictCounts } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { conflictStrings } from '../../conflict-strings.ts'
import { useAction } from '../../state/services.ts'

/** Merging is looked at file by file. */
const BATCH = ['keep-local', 'keep-remote', 'keep-both'] as const satisfies readonly ResolutionKind[]
type BatchKind = (typeof BATCH)[number]

interface BatchBarProps {
  /** How many are chosen. */
  readonly count: number
  /** Counts what is chosen right now. */
  readonly onCount: () => Promise<ConflictCounts>
  readonly onDecide: (kind: BatchKind, counts: ConflictCounts) => Promise<void>
  readonly onClear: () => void
}

/** Decides many at once, after one question that says what will be replaced and how much of it is newer. */
export function BatchBar({ count, onCount, onDecide, onClear }: BatchBarProps) {
  const [asked, setAsked] = useState<{ readonly kind: BatchKind; readonly counts: ConflictCounts } | null>(null)
  const [isAsking, setAsking] = useState(false)
  const ask = useAction(async (kind: BatchKind) => {
    setAsked({ kind, counts: await onCount() })
    setAsking(true)
  })
  const decide = useAction(async () => {
    if (asked !== null) await onDecide(asked.kind, asked.counts)
  })
  return (
    <section className="batch" aria-label={conflictStrings.selected({ n: count })}>
      <strong className="numbers" aria-live="polite">
        {conflictStrings.selected({ n: count })}
      </strong>
      {BATCH.map((kind) => (
        <Button key={kind} className="button-small" pending={ask.pending} onClick={() => void ask.run(kind)}>
          {`${conflictStrings.choices[kind]}…`}
        </Button>
      ))}
      <Button look="quiet" className="button-small push" onClick={onClear}>
        {conflictStrings.clear}
      </Button>
      {asked === null ? null : (
        <Confirm
          open={isAsking}
          onClose={() => setAsking(false)}
          {...questionOf(asked.kind, decidedOf(asked.kind, asked.counts))}
          look="primary"
          action={decide}
        >
          <Effects kind={asked.kind} counts={asked.counts} />
        </Confirm>
      )}
    </section>
  )
}

/** Where all that is chosen is decided by itself, nothing is asked. */
function questionOf(kind: BatchKind, n: number): { readonly title: string; readonly confirm?: string } {
  const choice = conflictStrings.choices[kind]
  if (n === 0) return { title: conflictStrings.batch.notTogether({ choice }) }
  return { title: conflictStrings.batch.title({ choice, n }), confirm: conflictStrings.batch.confirm({ choice, n }) }
}

function Effects({ kind, counts }: { readonly kind: BatchKind; readonly counts: ConflictCounts }) {
  const { conflicts, againstFolder } = counts
  if (decidedOf(kind, counts) === 0) return <p>{conflictStrings.batch.allAlone({ n: againstFolder })}</p>
  return (
    <>
      {conflicts === againstFolder ? null : <p>{effect(kind, counts)}</p>}
      {againstFolder === 0 ? null : <p>{conflictStrings.batch.againstFolder[kind]({ n: againstFolder })}</p>}
      <p className="muted">{kind === 'keep-both' ? conflictStrings.batch.undoable : conflictStrings.batch.kept}</p>
    </>
  )
}

/** What would be put away whole is decided by itself. */
function decidedOf(kind: BatchKind, { conflicts, againstFolder }: ConflictCounts): number {
  return kind === 'keep-both' ? conflicts : conflicts - againstFolder
}

function effect(kind: BatchKind, counts: ConflictCounts): string {
  const [n, { localNewer, remoteNewer }] = [decidedOf(kind, counts), counts]
  if (kind === 'keep-local') return conflictStrings.batch['keep-local']({ n, newer: remoteNewer })
  if (kind === 'keep-remote') return conflictStrings.batch['keep-remote']({ n, newer: localNewer })
  return conflictStrings.batch['keep-both']({ n: n - counts.againstFolder })
}

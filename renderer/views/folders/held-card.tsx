import { Hand } from 'lucide-react'
import { useId, useState } from 'react'
import { HOLD_TEXTS, type AnswerText, type HoldText } from '../../../common/hold-texts.ts'
import type { Answer, FolderView, HeldView, JobView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { PathText } from '../../components/path-text.tsx'
import { displayName } from '../../names.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { useJobs } from '../activity/use-jobs.ts'

const HELD_READ = 500
const EXAMPLES = 4
/** As they are read: what loses nothing comes first, see `HoldText.careful`. */
const ANSWERS: readonly Answer[] = ['restore', 'keep', 'approve']

/** What the guard holds for one reason, with its counts, and the ways out. No button acts without a second look. */
export function HeldCard({ folder, held }: { readonly folder: FolderView; readonly held: HeldView }) {
  const id = useId()
  const { reason, count } = held
  const { jobs } = useJobs({ state: 'held', folderId: folder.id, reason, limit: HELD_READ }, count)
  const listed = jobs ?? []
  const text = HOLD_TEXTS[reason]
  const counts = countsOf(listed, count)
  return (
    <section className="held" aria-labelledby={id}>
      <Hand size={20} aria-hidden="true" />
      <div className="held-main">
        <h3 id={id}>{text.waiting({ n: count })}</h3>
        <p>{text.why}</p>
        <p className="held-counts numbers">{counts === '' ? null : strings.held.carriedOut({ counts })}</p>
        <HeldExamples held={listed} total={count} />
        <HeldAnswers folder={folder} held={held} text={text} counts={counts} />
      </div>
    </section>
  )
}

interface HeldAnswersProps {
  readonly folder: FolderView
  readonly held: HeldView
  readonly text: HoldText
  readonly counts: string
}

function HeldAnswers({ folder, held, text, counts }: HeldAnswersProps) {
  const client = useClient()
  const [asking, setAsking] = useState<Answer | null>(null)
  // What is asked stays readable while its dialog goes away.
  const [asked, setAsked] = useState<Answer>(text.careful)
  const decide = useAction(() => client.call('folders.decide', { id: folder.id, answer: asked, reason: held.reason }))
  const ask = (answer: Answer): void => {
    setAsked(answer)
    setAsking(answer)
  }
  const answers = ANSWERS.toSorted((a, b) => Number(b === text.careful) - Number(a === text.careful))
  return (
    <>
      <dl className="held-answers">
        {answers.map((answer) => (
          <HeldAnswer
            key={answer}
            text={text.answers[answer]}
            isCareful={answer === text.careful}
            onAsk={() => ask(answer)}
          />
        ))}
      </dl>
      <Confirm
        open={asking !== null}
        onClose={() => setAsking(null)}
        title={strings.held.question({ label: text.answers[asked].label, n: held.count })}
        confirm={text.answers[asked].label}
        look={asked === 'approve' ? 'danger' : 'primary'}
        action={decide}
      >
        <p>{text.answers[asked].does}</p>
        {asked === 'approve' ? (
          <p className="muted">{strings.held.carriedOutAt({ counts, target: displayName(folder.target) })}</p>
        ) : null}
      </Confirm>
    </>
  )
}

interface HeldAnswerProps {
  readonly text: AnswerText
  readonly isCareful: boolean
  readonly onAsk: () => void
}

function HeldAnswer({ text, isCareful, onAsk }: HeldAnswerProps) {
  const id = useId()
  return (
    <div className="held-answer">
      <dt>
        <Button look={isCareful ? 'primary' : 'plain'} aria-describedby={id} onClick={onAsk}>
          {text.label}…
        </Button>
      </dt>
      <dd id={id}>{text.does}</dd>
    </div>
  )
}

function HeldExamples({ held, total }: { readonly held: readonly JobView[]; readonly total: number }) {
  if (held.length === 0) return null
  const shown = held.slice(0, EXAMPLES)
  return (
    <ul className="held-examples" aria-label={strings.held.examples}>
      {shown.map((job) => (
        <li key={job.id} title={job.hold}>
          <PathText path={job.path} />
        </li>
      ))}
      {total > shown.length ? (
        <li className="muted numbers">{strings.held.lessThanHeld({ n: total - shown.length })}</li>
      ) : null}
    </ul>
  )
}

/** `Deletes 214 files, replaces 3 files`. Kinds are counted among the jobs read; what was not read is only counted. */
function countsOf(held: readonly JobView[], total: number): string {
  const deletes = held.filter((job) => job.kind === 'delete').length
  const replaces = held.filter((job) => job.kind === 'upload' || job.kind === 'adopt').length
  const others = held.length - deletes - replaces
  const unlisted = total - held.length
  return [
    deletes > 0 ? strings.held.deletes({ n: deletes }) : '',
    replaces > 0 ? strings.held.overwrites({ n: replaces }) : '',
    others > 0 ? strings.held.others({ n: others }) : '',
    unlisted > 0 ? strings.held.unlisted({ n: unlisted }) : '',
  ]
    .filter((text) => text !== '')
    .join(', ')
}

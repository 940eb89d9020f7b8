import { Waves } from 'lucide-react'
import { useCallback } from 'react'
import { toTidekeepError } from '../../../common/errors.ts'
import type { JobState } from '../../../common/model.ts'
import type { JobView, StatusView } from '../../../common/protocol.ts'
import { Empty } from '../../components/notes.tsx'
import { ProgressBlock } from '../../components/progress-block.tsx'
import { ReasonLine } from '../../components/reason-line.tsx'
import { useToast } from '../../components/toasts.tsx'
import { useInView } from '../../components/use-in-view.ts'
import { skip } from '../../skipping.ts'
import { useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { QueueList } from './queue-list.tsx'
import type { OnSkip } from './skip-entry.ts'
import { SkippedFiles } from './skipped-files.tsx'
import { TransferList } from './transfer-list.tsx'
import { useJobs } from './use-jobs.ts'

const QUEUE_SHOWN = 200
/** What comes next; what runs is told with the status. */
const COMES_NEXT: readonly JobState[] = ['waiting', 'queued']
const NONE: readonly JobView[] = []

/** What moves now and what comes next. */
export function LiveTab({ status }: { readonly status: StatusView }) {
  const { ref: queueRef, isInView } = useInView()
  // Below the window's edge, the queue may be old.
  const { jobs, reload } = useJobs({ state: COMES_NEXT, limit: QUEUE_SHOWN }, isInView ? status : null)
  const onSkip = useSkip(reload)
  const isSomeSkipped = status.folders.some(({ skipped }) => skipped > 0)
  const next = jobs ?? NONE
  if (status.transfers.length === 0 && next.length === 0 && status.progress === null && !isSomeSkipped) {
    return <Empty icon={Waves} title={strings.activity.liveIdle} text={strings.activity.liveIdleText} />
  }
  return (
    <div className="live">
      <section className="card live-progress">
        <ProgressBlock status={status} />
        <ReasonLine status={status} show="all" />
      </section>
      {status.transfers.length === 0 ? null : <TransferList transfers={status.transfers} onSkip={onSkip} />}
      {isSomeSkipped ? <SkippedFiles status={status} /> : null}
      {next.length === 0 ? null : (
        <QueueList jobs={next} isFirstOfMany={next.length === QUEUE_SHOWN} onSkip={onSkip} ref={queueRef} />
      )}
    </div>
  )
}

/** Leaves a file out and says so, with the way back. `reload`: the list without it. */
function useSkip(reload: () => Promise<void>): OnSkip {
  const client = useClient()
  const toast = useToast()
  return useCallback(
    (file) => {
      skip(client, file)
        .then(toast, (thrown: unknown) => toast({ text: toTidekeepError(thrown).message }))
        .then(reload)
        // What could not be read again comes with the next status.
        .catch(() => undefined)
    },
    [client, toast, reload],
  )
}

import { Send } from 'lucide-react'
import { useId } from 'react'
import type { JobView, StatusView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { useRowMenu } from '../../components/row-menu.tsx'
import { useToast } from '../../components/toasts.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { formatBytes } from '../../format.ts'
import { displayName, splitPath } from '../../names.ts'
import { sendNow } from '../../skipping.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { useCopyEntries } from './copy-entries.ts'
import { useJobs } from './use-jobs.ts'

const text = strings.skipping
const SHOWN = 1_000
const ROW_HEIGHT = 38
const ROWS_SHOWN = 6

/** What a person left out, until it changes, with the way to send it all the same. Enter sends, too: nothing is lost by it. */
export function SkippedFiles({ status }: { readonly status: StatusView }) {
  const id = useId()
  const client = useClient()
  const toast = useToast()
  const copyEntries = useCopyEntries()
  const { jobs, reload } = useJobs({ state: 'skipped', limit: SHOWN }, status.folders)
  const send = useAction(async (chosen: readonly JobView[]) => {
    for (const job of chosen) toast(await sendNow(client, { jobId: job.id, path: job.path }))
    await reload()
  })
  const menu = useRowMenu<JobView>({
    label: ({ path }) => displayName(path),
    entries: (job) => [{ label: text.send, icon: Send, onSelect: () => void send.run([job]) }, ...copyEntries(job)],
  })
  if (jobs === null || jobs.length === 0) return null
  return (
    <section className="live-skipped" aria-labelledby={id}>
      <div className="live-skipped-head">
        <h2 className="section-title" id={id}>
          {text.title} <span className="muted numbers">{jobs.length}</span>
        </h2>
        {jobs.length > 1 ? (
          <Button className="push" icon={Send} pending={send.pending} onClick={() => void send.run(jobs)}>
            {text.sendAll}
          </Button>
        ) : null}
      </div>
      <p className="muted">{text.text}</p>
      <ErrorNote error={send.error} />
      <div className="failed-rows" style={{ blockSize: Math.min(ROWS_SHOWN, jobs.length) * ROW_HEIGHT + 2 }}>
        <VirtualRows
          label={text.title}
          rows={jobs}
          keyOf={(job) => job.id}
          wordOf={(job) => splitPath(job.path).name}
          rowHeight={ROW_HEIGHT}
          className="table"
          onMenu={menu.open}
          onRowKey={(key, job) => {
            if (key !== 'Enter' || job === undefined) return false
            void send.run([job])
            return true
          }}
          renderRow={(job) => <SkippedRow job={job} onSend={() => void send.run([job])} />}
        />
      </div>
      {menu.menu}
    </section>
  )
}

function SkippedRow({ job, onSend }: { readonly job: JobView; readonly onSend: () => void }) {
  return (
    <>
      <Cell className="cell-file">
        <PathText path={job.path} />
      </Cell>
      <Cell className="cell-number numbers muted">{formatBytes(job.size)}</Cell>
      <Cell className="cell-send">
        <button
          type="button"
          className="button button-quiet row-undo"
          // The keyboard is with the grid: Enter does the same.
          tabIndex={-1}
          aria-label={text.sendOf({ path: displayName(job.path) })}
          onClick={(event) => {
            event.stopPropagation()
            onSend()
          }}
        >
          {text.send}
        </button>
      </Cell>
    </>
  )
}

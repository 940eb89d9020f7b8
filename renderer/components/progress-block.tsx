import type { StatusView } from '../../common/protocol.ts'
import { formatAgo, formatBytes, formatEta, formatNumber, formatRate, formatShare } from '../format.ts'
import { useNow } from '../state/clock.ts'
import { useSteadyProgress } from '../state/progress.ts'
import { strings } from '../strings.ts'
import { ProgressBar } from './progress-bar.tsx'

/** Bar, speed and time left while busy; what is kept safe otherwise. The same height either way. */
export function ProgressBlock({ status }: { readonly status: StatusView }) {
  const progress = useSteadyProgress(status.progress)
  if (progress === null) return <Kept status={status} />
  const { share, bytesDone, bytesTotal, filesDone, filesTotal, bytesPerSecond, etaMs, addedFiles } = progress
  const eta = etaMs === null ? '' : strings.progress.eta({ eta: formatEta(etaMs) })
  const counted =
    bytesTotal > 0
      ? strings.progress.bytes({ done: bytesDone, total: bytesTotal })
      : strings.progress.files({ done: filesDone, total: filesTotal })
  return (
    <div className="progress numbers">
      <div className="progress-line">
        <strong>{formatShare(share)}</strong>
        <span>{counted}</span>
        <span className="push muted">{eta}</span>
      </div>
      <ProgressBar share={share} label={strings.progress.label} text={`${formatShare(share)}, ${counted} ${eta}`} />
      <div className="progress-line muted">
        <span>{bytesPerSecond > 0 ? formatRate(bytesPerSecond) : ''}</span>
        <span className="push" title={formatBytes(bytesTotal)}>
          {strings.progress.files({ done: filesDone, total: filesTotal })}
          {addedFiles === 0 ? null : (
            <em className="added" key={filesTotal}>
              {' '}
              {strings.progress.more({ n: addedFiles })}
            </em>
          )}
        </span>
      </div>
    </div>
  )
}

function Kept({ status }: { readonly status: StatusView }) {
  const nowMs = useNow()
  const { lastChange, lastCheck, folders, never } = strings.progress
  // The oldest check counts: newer ones of other folders say nothing about it.
  const checks = status.folders.map((folder) => folder.lastReconcileMs)
  const changes = status.folders.flatMap(({ lastChangeMs }) => (lastChangeMs === null ? [] : [lastChangeMs]))
  const facts: readonly (readonly [name: string, value: string])[] = [
    [lastChange, changes.length === 0 ? never : formatAgo(Math.max(...changes), nowMs)],
    [lastCheck, oldestOf(checks) === null ? never : formatAgo(oldestOf(checks) ?? 0, nowMs)],
    [folders, formatNumber(status.folders.length)],
  ]
  return (
    <dl className="progress progress-idle numbers">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Null where one never happened. */
function oldestOf(timesMs: readonly (number | null)[]): number | null {
  return timesMs.reduce(
    (oldest, timeMs) => (oldest === null || timeMs === null ? null : Math.min(oldest, timeMs)),
    timesMs[0] ?? null,
  )
}

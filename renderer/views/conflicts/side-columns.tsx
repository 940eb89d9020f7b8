import { Cloud, HardDrive, Laptop } from 'lucide-react'
import type { ConflictDetail, ConflictSideView, ConflictView } from '../../../common/protocol.ts'
import { conflictStrings } from '../../conflict-strings.ts'
import { formatBytes, formatDuration, formatExact, formatMoment } from '../../format.ts'
import { displayName } from '../../names.ts'
import { useNow } from '../../state/clock.ts'

interface SideColumnsProps {
  readonly conflict: ConflictView
  /** What the sides are called, once that is known. */
  readonly names: ConflictDetail['names'] | undefined
}

/** Both versions, always in the same places: this computer first. The newer one says so, in words. */
export function SideColumns({ conflict, names }: SideColumnsProps) {
  const { local, remote, newer, base } = conflict
  const nowMs = useNow()
  const by = formatDuration(Math.abs(local.mtimeMs - remote.mtimeMs))
  return (
    <>
      <div className="conflict-sides">
        <Side
          title={conflictStrings.sides.local}
          name={names?.local}
          side={local}
          newerBy={newer === 'local' ? by : ''}
        />
        <Side
          title={conflictStrings.sides.remote}
          name={names?.remote}
          side={remote}
          newerBy={newer === 'remote' ? by : ''}
        />
      </div>
      <p className="muted conflict-base">
        {base === undefined
          ? conflictStrings.noBase
          : conflictStrings.base(formatBytes(base.size), formatMoment(base.mtimeMs, nowMs))}
      </p>
    </>
  )
}

interface SideProps {
  readonly title: string
  readonly name: string | undefined
  readonly side: ConflictSideView
  /** Empty where the other one is the newer. */
  readonly newerBy: string
}

function Side({ title, name, side, newerBy }: SideProps) {
  const nowMs = useNow()
  const isLocal = title === conflictStrings.sides.local
  const Icon = isLocal ? Laptop : name !== undefined && /^([/\\]|[A-Za-z]:)/.test(name) ? HardDrive : Cloud
  return (
    <section className="conflict-side" data-newer={newerBy !== '' || undefined} aria-label={title}>
      <h3>
        <Icon size={16} aria-hidden="true" />
        {title}
      </h3>
      <p className="conflict-place muted">
        <bdi title={name === undefined ? undefined : displayName(name)}>
          {name === undefined ? ' ' : displayName(name)}
        </bdi>
      </p>
      <p className="numbers">{side.kind === 'directory' ? conflictStrings.folder : formatBytes(side.size)}</p>
      <p className="numbers" title={formatExact(side.mtimeMs)}>
        <span className="visually-hidden">{conflictStrings.changed} </span>
        {formatMoment(side.mtimeMs, nowMs)}
      </p>
      {newerBy === '' ? null : <p className="tag tag-newer">{conflictStrings.newer(newerBy)}</p>}
    </section>
  )
}

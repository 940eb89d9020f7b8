import { Cloud, HardDrive, Laptop } from 'lucide-react'
import { authorTexts } from '../../../common/conflict-texts.ts'
import type { ConflictDetail, ConflictSideView, ConflictView } from '../../../common/protocol.ts'
import { conflictStrings } from '../../conflict-strings.ts'
import { formatBytes, formatDuration, formatExact, formatMoment } from '../../format.ts'
import { displayName } from '../../names.ts'
import { useNow } from '../../state/clock.ts'

const MINUTE_MS = 60_000
/** Below, a difference is told in minutes alone. */
const ROUGH_FROM_MINUTES = 90

interface SideColumnsProps {
  readonly conflict: ConflictView
  /** What the sides are called, once that is known. */
  readonly names: ConflictDetail['names'] | undefined
}

/** Both versions, always in the same places: this computer first. The newer one says so, in words. */
export function SideColumns({ conflict, names }: SideColumnsProps) {
  const { local, remote, newer, base } = conflict
  const nowMs = useNow()
  const [hereBy, thereBy] = authorTexts(local.changedBy, remote.changedBy)
  const newerByMs = Math.abs((local.mtimeMs ?? 0) - (remote.mtimeMs ?? 0))
  return (
    <>
      <div className="conflict-sides">
        {(['local', 'remote'] as const).map((which) => (
          <Side
            key={which}
            which={which}
            name={names?.[which]}
            side={which === 'local' ? local : remote}
            author={which === 'local' ? hereBy : thereBy}
            newerByMs={newer === which ? newerByMs : undefined}
          />
        ))}
      </div>
      <p className="muted conflict-base">
        {base === undefined
          ? conflictStrings.noBase
          : conflictStrings.base({ size: base.size, when: formatMoment(base.mtimeMs, nowMs) })}
      </p>
    </>
  )
}

interface SideProps {
  readonly which: 'local' | 'remote'
  readonly name: string | undefined
  readonly side: ConflictSideView
  /** Who changed it, in words; empty where that says nothing. */
  readonly author: string
  /** Undefined where it is not the newer one. */
  readonly newerByMs: number | undefined
}

function Side({ which, name, side, author, newerByMs }: SideProps) {
  const nowMs = useNow()
  const title = conflictStrings.sides[which]
  const isDisk = name !== undefined && /^([/\\]|[A-Za-z]:)/.test(name)
  const Icon = which === 'local' ? Laptop : isDisk ? HardDrive : Cloud
  return (
    <section className="conflict-side" data-newer={newerByMs !== undefined || undefined} aria-label={title}>
      <h3>
        <Icon size={16} aria-hidden="true" />
        <span>{title}</span>
      </h3>
      <p className="conflict-place muted">
        <bdi title={name === undefined ? undefined : displayName(name)}>
          {name === undefined ? ' ' : displayName(name)}
        </bdi>
      </p>
      <p className="conflict-facts numbers">
        <span>{side.kind === 'directory' ? conflictStrings.folder : formatBytes(side.size)}</span>
        {side.mtimeMs === undefined ? null : (
          <span title={formatExact(side.mtimeMs)}>
            <span className="visually-hidden">{conflictStrings.changed} </span>
            {formatMoment(side.mtimeMs, nowMs)}
          </span>
        )}
      </p>
      {author === '' ? null : (
        <p className="conflict-author muted">
          <bdi>{displayName(author)}</bdi>
        </p>
      )}
      {newerByMs === undefined ? null : (
        <p className="tag tag-newer" title={conflictStrings.newer({ by: formatDuration(newerByMs) })}>
          {conflictStrings.newer({ by: roughly(newerByMs) })}
        </p>
      )}
    </section>
  )
}

/** `2 h` for two hours and twelve minutes: both times stand above, and there is one line for it. */
function roughly(durationMs: number): string {
  const minutes = Math.round(durationMs / MINUTE_MS)
  return formatDuration(minutes < ROUGH_FROM_MINUTES ? durationMs : Math.round(minutes / 60) * 60 * MINUTE_MS)
}

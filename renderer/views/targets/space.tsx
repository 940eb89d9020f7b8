import type { Look } from '../../../common/protocol.ts'
import { formatAgo, formatExact, formatShare } from '../../format.ts'
import { useNow } from '../../state/clock.ts'
import { targetStrings } from '../../target-strings.ts'

/** From here on there is soon no room. */
const FULL_SHARE = 0.9

interface SpaceProps {
  /** Null while it is asked for the first time. */
  readonly look: Look | null
  readonly name: string
}

/** How full a target is: a bar where its size is known, and the honest words where it is not. */
export function Space({ look, name }: SpaceProps) {
  const text = targetStrings
  const nowMs = useNow()
  if (look === null) return <p className="space muted">{text.asking}</p>
  const { totalBytes, usedBytes, freeBytes } = look.capacity
  const asked = (
    <span className="muted push" title={formatExact(look.askedAtMs)}>
      {text.asked({ ago: formatAgo(look.askedAtMs, nowMs) })}
    </span>
  )
  const used = usedBytes ?? (totalBytes !== undefined && freeBytes !== undefined ? totalBytes - freeBytes : undefined)
  if (totalBytes === undefined || used === undefined) {
    const known = [
      used === undefined ? '' : text.usedOnly({ used }),
      freeBytes === undefined ? '' : text.free({ free: freeBytes }),
    ].filter((part) => part !== '')
    return (
      <p className="space-line numbers">
        <span className={known.length === 0 ? 'muted' : ''}>
          {known.length === 0 ? text.notKnown : known.join(' · ')}
        </span>
        {asked}
      </p>
    )
  }
  const share = Math.min(1, used / totalBytes)
  const words = text.used({ used, total: totalBytes })
  return (
    <div className="space numbers">
      <meter
        className="visually-hidden"
        min={0}
        max={1000}
        value={Math.round(share * 1000)}
        aria-label={`${text.space}: ${name}`}
        aria-valuetext={`${formatShare(share)}, ${words}`}
      />
      <div className="meter" aria-hidden="true" data-full={share >= FULL_SHARE || undefined}>
        <span style={{ inlineSize: `${share * 100}%` }} />
      </div>
      <p className="space-line">
        <span>{words}</span>
        {freeBytes === undefined ? null : <span className="muted">{text.free({ free: freeBytes })}</span>}
        {asked}
      </p>
    </div>
  )
}

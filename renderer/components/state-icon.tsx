import {
  CircleDashed,
  Clock3,
  CloudOff,
  type LucideIcon,
  Pause,
  RefreshCw,
  ScanSearch,
  ShieldCheck,
  TriangleAlert,
} from 'lucide-react'
import type { FolderState, Headline } from '../../common/protocol.ts'

/** Every state has a shape of its own: colour alone says nothing. */
const SHAPES: Readonly<Record<Headline | FolderState, LucideIcon>> = {
  protected: ShieldCheck,
  syncing: RefreshCw,
  checking: ScanSearch,
  scanning: ScanSearch,
  waiting: Clock3,
  paused: Pause,
  attention: TriangleAlert,
  offline: CloudOff,
  unconfigured: CircleDashed,
}

interface StateIconProps {
  readonly state: Headline | FolderState
  readonly size?: 'small' | 'medium' | 'large'
}

const PIXELS = { small: 14, medium: 18, large: 24 }

/** The round badge of a state. Decoration: the words are always beside it. */
export function StateIcon({ state, size = 'medium' }: StateIconProps) {
  const Shape = SHAPES[state]
  return (
    <span className={`state-icon state-icon-${size}`} data-state={state} aria-hidden="true">
      <Shape size={PIXELS[size]} strokeWidth={2.25} />
    </span>
  )
}

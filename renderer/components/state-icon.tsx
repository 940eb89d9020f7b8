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
import type { ReactNode } from 'react'
import type { FolderState, Headline } from '../../common/protocol.ts'
import { useNow } from '../state/clock.ts'

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

/** Of half a turn, after which the shape looks as before. */
const STEPS = 5

const PIXELS = { small: 14, medium: 18, large: 24 }

/** The round badge of a state. Decoration: the words are always beside it. */
export function StateIcon({ state, size = 'medium' }: StateIconProps) {
  const Shape = SHAPES[state]
  const shape = <Shape size={PIXELS[size]} strokeWidth={2.25} />
  return (
    <span className={`state-icon state-icon-${size}`} data-state={state} aria-hidden="true">
      {state === 'syncing' ? <Turning>{shape}</Turning> : shape}
    </span>
  )
}

/** One step a second. An animation, however slow, is computed for every picture of the screen, on processors that the files need. */
function Turning({ children }: { readonly children: ReactNode }) {
  const step = Math.floor(useNow() / 1_000) % STEPS
  return (
    <span className="turning" data-step={step}>
      {children}
    </span>
  )
}

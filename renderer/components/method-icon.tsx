import {
  ArrowDown,
  ArrowUp,
  Check,
  Combine,
  Copy,
  Eraser,
  FolderPlus,
  GitCompare,
  Layers,
  type LucideIcon,
  MoveRight,
  PenLine,
  Shield,
  Trash2,
  Undo2,
} from 'lucide-react'
import { memo } from 'react'
import type { ActionKind, TransferMethod } from '../../common/model.ts'

const ICONS: Readonly<Record<TransferMethod | ActionKind, LucideIcon>> = {
  whole: Check,
  segments: Layers,
  delta: Layers,
  move: MoveRight,
  adopt: Combine,
  metadata: PenLine,
  delete: Trash2,
  directory: FolderPlus,
  'make-directory': FolderPlus,
  forget: Shield,
  upload: ArrowUp,
  undo: Undo2,
  prune: Eraser,
  download: ArrowDown,
  'delete-local': Trash2,
  'remove-local': Trash2,
  'move-local': MoveRight,
  'make-local-directory': FolderPlus,
  settle: Combine,
  conflict: GitCompare,
  'keep-both': Copy,
  'make-way': MoveRight,
}

interface MethodIconProps {
  readonly method: TransferMethod | ActionKind
  readonly isMoving?: boolean
}

/** The shape of what happened. Decoration: the word is beside it. */
export const MethodIcon = memo(function MethodIcon({ method, isMoving = false }: MethodIconProps) {
  const Icon = ICONS[method]
  return (
    <span className="method-icon" data-moving={isMoving || undefined} aria-hidden="true">
      <Icon size={14} strokeWidth={2.25} />
    </span>
  )
})

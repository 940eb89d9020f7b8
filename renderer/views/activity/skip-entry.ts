import { SkipForward } from 'lucide-react'
import type { MenuEntry } from '../../components/action-menu.tsx'
import type { SkippableFile } from '../../skipping.ts'
import { strings } from '../../strings.ts'

/** Leaves a file out, and says what came of it. */
export type OnSkip = (file: SkippableFile) => void

/** The line of a menu that leaves a file out. */
export function skipEntry(onSelect: () => void): MenuEntry {
  return { label: strings.skipping.skip, icon: SkipForward, onSelect }
}

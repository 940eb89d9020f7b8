import type { ConflictKind, Resolution } from './conflict.ts'
import { resolutionMessages } from './messages/en/resolutions.ts'
import { textsOf } from './messages/texts.ts'

const texts = textsOf('resolutions', resolutionMessages)

/** What each kind is called, wherever it is shown. */
export const CONFLICT_KINDS: Readonly<Record<ConflictKind, string>> = texts.kinds

/** What each resolution does, and did. `settled` is nobody's decision. */
export const RESOLUTIONS: Readonly<Record<Resolution['kind'], { readonly does: string; readonly past: string }>> =
  texts.resolutions

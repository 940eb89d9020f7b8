import type { ConflictKind, Resolution } from './conflict.ts'
import type { Author } from './model.ts'
import { resolutionMessages } from './messages/en/resolutions.ts'
import { textsOf } from './messages/texts.ts'

const texts = textsOf('resolutions', resolutionMessages)

/** What each kind is called, wherever it is shown. */
export const CONFLICT_KINDS: Readonly<Record<ConflictKind, string>> = texts.kinds

/** What each resolution does, and did. `settled` is nobody's decision. */
export const RESOLUTIONS: Readonly<Record<Resolution['kind'], { readonly does: string; readonly past: string }>> =
  texts.resolutions

/** Who changed a version, in words; empty where nothing is known. Names are as its side tells them: show them as untrusted text. */
export function authorText({ user, device, program, owner }: Author = {}): string {
  const { changedBy } = texts
  if (user !== undefined && device !== undefined) return changedBy.userOn({ user, device })
  if (user !== undefined && program !== undefined) return changedBy.userWith({ user, program })
  if (user !== undefined) return changedBy.user({ user })
  if (device !== undefined) return changedBy.device({ device })
  if (program !== undefined) return changedBy.program({ program })
  return owner === undefined ? '' : changedBy.owner({ owner })
}

import type { ConflictKind, Resolution, ResolutionKind } from './conflict.ts'
import type { Author, EntryKind } from './model.ts'
import { resolutionMessages } from './messages/en/resolutions.ts'
import { textsOf } from './messages/texts.ts'

const texts = textsOf('resolutions', resolutionMessages)

/** What each kind is called, wherever it is shown. */
export const CONFLICT_KINDS: Readonly<Record<ConflictKind, string>> = texts.kinds

/** What each resolution does, and did. `settled` is nobody's decision. */
export const RESOLUTIONS: Readonly<Record<Resolution['kind'], { readonly does: string; readonly past: string }>> =
  texts.resolutions

/** What each side of a conflict has, as far as its words depend on it. */
export interface SideKinds {
  readonly local: { readonly kind: EntryKind }
  readonly remote: { readonly kind: EntryKind }
}

/** What a resolution of a file against a folder is called, does and did; undefined for conflicts of two files. */
export function wayTexts(
  resolution: Resolution['kind'],
  { local, remote }: SideKinds,
): { readonly name: string; readonly does: string; readonly past: string } | undefined {
  if (local.kind === remote.kind || resolution === 'merge' || resolution === 'settled') return undefined
  const file = local.kind === 'file' ? 'local' : 'remote'
  const { keepBoth, keepFile, keepFolder } = texts.fileAgainstFolder
  const words = resolution === 'keep-both' ? keepBoth : resolution === `keep-${file}` ? keepFile : keepFolder
  return { name: words.name, does: words.does[file], past: words.past }
}

/** What a resolution would do to this conflict. */
export function whatItDoes(resolution: ResolutionKind, sides: SideKinds): string {
  return wayTexts(resolution, sides)?.does ?? RESOLUTIONS[resolution].does
}

/** What a resolution did to this conflict. */
export function whatItDid(resolution: Resolution['kind'], sides: SideKinds): string {
  return wayTexts(resolution, sides)?.past ?? RESOLUTIONS[resolution].past
}

/** What the other name is asked for as, where it is not that of this computer's version. */
export function newNameLabel({ local, remote }: SideKinds): string | undefined {
  return local.kind === remote.kind ? undefined : texts.fileAgainstFolder.newName
}

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

/** Who changed either version, in words. To whom both belong alike says nothing about them, and is left out. */
export function authorTexts(
  local: Author | undefined,
  remote: Author | undefined,
): readonly [local: string, remote: string] {
  const words = [authorText(local), authorText(remote)] as const
  const isOwner = local?.owner !== undefined && words[0] === authorText({ owner: local.owner })
  return isOwner && words[0] === words[1] ? ['', ''] : words
}

import type { RelPath } from './model.ts'

/** Which names a target takes for one. */
export interface NameFolding {
  /**
   * `distinct`: `a` and `A` are two. `simple`: they are one, character by character (NTFS, exFAT,
   * OneDrive). `full`: so are `ß` and `ss`, which differ in length (APFS, ext4 with casefold).
   */
  readonly case: 'distinct' | 'simple' | 'full'
  /** `é` in one code point and in two are one name. */
  readonly normalization: boolean
}

/** Every spelling is a name of its own. */
export const DISTINCT_NAMES: NameFolding = { case: 'distinct', normalization: false }

/** False where no two names are one, and nothing need be folded. */
export function isFolding(folding: NameFolding): boolean {
  return folding.case !== 'distinct' || folding.normalization
}

/** As text, for state. {@link parseFolding} reads it again. */
export function formatFolding(folding: NameFolding): string {
  return `${folding.case}${folding.normalization ? '+normalization' : ''}`
}

/** What {@link formatFolding} made; distinct names for anything else. */
export function parseFolding(text: string | undefined): NameFolding {
  const [letterCase, normalization] = (text ?? '').split('+')
  return {
    case: letterCase === 'simple' || letterCase === 'full' ? letterCase : 'distinct',
    normalization: normalization === 'normalization',
  }
}

/** True where both take the same names for one. */
export function isSameFolding(a: NameFolding, b: NameFolding): boolean {
  return a.case === b.case && a.normalization === b.normalization
}

/**
 * The form that all spellings of one path have in common at a target. Two paths are one there
 * exactly when these are equal. For comparing only, never to be shown, stored under or sent.
 *
 * Source: Unicode 3.13, definitions D144 to D146. Case folding is derived from the runtime's own case
 * mapping, as the standard derives `CaseFolding.txt` from it; dotless `ı` folds to itself, and both small sigmas are one.
 */
export function foldPath(path: RelPath, folding: NameFolding): string {
  if (!isFolding(folding)) return path
  if (isAscii(path)) return folding.case === 'distinct' ? path : path.toLowerCase()
  if (folding.case === 'distinct') return path.normalize('NFC')
  const fold = folding.case === 'simple' ? foldSimply : foldFully
  return folding.normalization ? fold(path.normalize('NFD')).normalize('NFC') : fold(path)
}

const COARSEST: NameFolding = { case: 'full', normalization: true }

/** True for two paths that some target may take for one, equal ones included. */
export function mayBeOne(a: RelPath, b: RelPath): boolean {
  return a === b || foldPath(a, COARSEST) === foldPath(b, COARSEST)
}

function foldFully(text: string): string {
  return Array.from(text, foldCharacterFully).join('')
}

function foldSimply(text: string): string {
  return Array.from(text, foldCharacterSimply).join('')
}

function foldCharacterFully(character: string): string {
  if (character === 'ı') return character
  // Down first: the capital ẞ has a small form, but is no one's capital form.
  return sigma(character.toLowerCase().toUpperCase().toLowerCase())
}

/** As full folding, leaving alone what would change its length. */
function foldCharacterSimply(character: string): string {
  if (character === 'ı') return character
  const lower = sameLength(character.toLowerCase(), character)
  const upper = sameLength(lower.toUpperCase(), lower)
  return sigma(sameLength(upper.toLowerCase(), upper))
}

/** A single character has no word around it, so that a final sigma never comes from lowering one. */
function sigma(text: string): string {
  return text === 'ς' ? 'σ' : text
}

function sameLength(mapped: string, character: string): string {
  return Array.from(mapped).length === 1 ? mapped : character
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false
  return true
}

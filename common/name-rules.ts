import type { Wording } from './messages/wording.ts'
import { sharedWordings } from './shared-wordings.ts'

const texts = sharedWordings.name

/**
 * Whose rules a single name must follow: a computer's, or a store's. `onedrive-root` is OneDrive
 * for names directly in the root of a library, where one more is taken.
 */
export type NameRules = 'posix' | 'win32' | 'onedrive' | 'onedrive-root'

/** Longest file name of every common file system and of OneDrive: bytes on POSIX systems, UTF-16 units elsewhere. */
export const MAX_SEGMENT_LENGTH = 255

const TOO_MANY_BYTES = texts.manyBytes({ most: MAX_SEGMENT_LENGTH })
const TOO_MANY_CHARACTERS = texts.manyCharacters({ most: MAX_SEGMENT_LENGTH })

/** Says that what follows, or came before, is not what it looks like. SINGLE HIGH-REVERSED-9 QUOTATION MARK: legal everywhere, hardly used. */
const MARK = '\u201b'
/** Added to a printable ASCII character, gives its full-width look-alike. */
const FULL_WIDTH = 0xfee0
/** Added to a control character, gives the symbol that stands for it. */
const CONTROL_PICTURES = 0x2400

/** What one set of rules refuses. A name never contains a slash, under any of them. */
interface Refusals {
  /** For messages. */
  readonly owner: string | Wording
  /** Characters that no name may have, as the inside of a character class. */
  readonly forbidden: string
  /** A beginning, or a whole name, that is taken. */
  readonly start: RegExp
  /** An ending that is dropped silently or refused. */
  readonly end: RegExp
  /** A word that no name may contain: its first character, and the rest. */
  readonly word?: readonly [string, string]
}

/** Refusals, and the patterns that encoding and decoding look for. */
interface Rules extends Refusals {
  readonly forbiddenCharacter: RegExp
  /** A character that encoding changes, and one that decoding changes, with the marks in front of it. */
  readonly encodable: RegExp
  readonly decodable: RegExp
  /** Where a word begins that may not be; with any number of marks in it, and with one at least. What follows is only looked at: words may overlap. */
  readonly word0: RegExp
  readonly word1: RegExp
}

/** Matches nothing. */
const NONE = /(?!)/g

/** Source: "Naming Files, Paths, and Namespaces" of the Windows documentation; a device stays one with an extension. */
const WIN32_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)/i
/** What Windows refuses, and OneDrive with it. */
const WINDOWS_FORBIDDEN = String.raw`"*:<>?\\|\u0000-\u001f`
/** Source: Microsoft's "Restrictions and limitations in OneDrive and SharePoint"; any leading tilde, because older servers refuse it. */
const ONEDRIVE_START = /^(?:[\s~]|(?:\.lock|con|prn|aux|nul|com[0-9]|lpt[0-9]|desktop\.ini)$)/i

const ONEDRIVE: Refusals = {
  owner: 'OneDrive',
  forbidden: WINDOWS_FORBIDDEN,
  start: ONEDRIVE_START,
  end: /[.\s]$/,
  word: ['_', 'vti_'],
}

const RULES: Readonly<Record<NameRules, Rules>> = {
  posix: compile({ owner: texts.thisSystem, forbidden: String.raw`\u0000`, start: /^\.\.?$/, end: /(?!)/ }),
  win32: compile({ owner: 'Windows', forbidden: WINDOWS_FORBIDDEN, start: WIN32_DEVICE, end: /[. ]$/ }),
  onedrive: compile(ONEDRIVE),
  'onedrive-root': compile({ ...ONEDRIVE, start: new RegExp(`${ONEDRIVE_START.source}|^forms$`, 'i') }),
}

function compile(refusals: Refusals): Rules {
  const { forbidden, word } = refusals
  const forbiddenCharacter = new RegExp(`[${forbidden}]`)
  const ascii = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code))
  const lookAlikes = ascii.filter((character) => forbiddenCharacter.test(character)).map(lookAlikeOf)
  const inside = (marks: string): RegExp =>
    word === undefined ? NONE : new RegExp(`${word[0]}${marks}(?=${word[1]})`, 'gi')
  return {
    ...refusals,
    forbiddenCharacter,
    encodable: new RegExp(`(${MARK}*)([${forbidden}${lookAlikes.join('')}])`, 'g'),
    decodable: new RegExp(`(${MARK}*)([${lookAlikes.join('')}])`, 'g'),
    word0: inside(`${MARK}*`),
    word1: inside(`${MARK}+`),
  }
}

/**
 * Says why one name cannot be kept under exactly that name, or undefined. A colon would open an
 * alternate stream of Windows, a trailing dot or space is dropped silently, a device name is a device.
 */
export function nameProblem(name: string, rules: NameRules): Wording | undefined {
  if (name === '.' || name === '..') return sharedWordings.path.dots
  const { owner, forbiddenCharacter, start, end, word } = RULES[rules]
  const unit = rules === 'posix' ? 'bytes' : 'characters'
  if (exceeds(name, unit)) return unit === 'bytes' ? TOO_MANY_BYTES : TOO_MANY_CHARACTERS
  if (forbiddenCharacter.test(name)) return texts.character({ owner })
  if (end.test(name)) return texts.end({ owner })
  if (start.test(name)) return rules === 'win32' ? texts.device : texts.start({ owner })
  if (word !== undefined && name.toLowerCase().includes(word.join('')))
    return texts.word({ word: word.join(''), owner })
  return undefined
}

/** True for what {@link nameProblem} says of a name that is only too long. */
export function isTooLong(problem: Wording): boolean {
  return problem === TOO_MANY_BYTES || problem === TOO_MANY_CHARACTERS
}

function exceeds(name: string, unit: 'bytes' | 'characters'): boolean {
  // No UTF-16 unit takes more than three bytes.
  if (name.length * 3 <= MAX_SEGMENT_LENGTH) return false
  return (unit === 'bytes' ? utf8Length(name) : name.length) > MAX_SEGMENT_LENGTH
}

/**
 * One name, as `rules` can hold it; {@link decodeName} gives back exactly what went in. For any set
 * of rules the two are inverse in both directions: a name that is legal and needs no care stays as
 * it is, and a legal name that was made by others decodes to a name that encodes to it again. So the
 * same pair serves a target that is stricter than the source and a source that is stricter than the
 * target. Which is local and which remote is up to the caller; both sides always use the same rules.
 *
 * A forbidden character becomes its full-width look-alike (`:` is `\uff1a`), or the picture of a control
 * character. A name that is itself taken (`CON`, ` x`, `~$x`) begins with {@link MARK}, one with a
 * forbidden end (`x.`) ends with it. Where a name has a look-alike or a mark already in such a place,
 * one more mark says so. Marks and look-alikes anywhere else stay as they are.
 *
 * Total and pure. `name` is one segment, without a slash, and valid Unicode; it may be `..`, which no rules
 * hold. The result can be longer: ask {@link nameProblem} for its length. Names that
 * differ only in case or normal form stay so: whether the other side takes them for one is another question.
 */
export function encodeName(name: string, rules: NameRules): string {
  const { start, end, word0 } = RULES[rules]
  let encoded = encodeCharacters(name, RULES[rules]).replace(word0, (found) => found[0] + MARK + found.slice(1))
  if (end.test(trimMarksAtEnd(encoded))) encoded += MARK
  return start.test(trimMarksAtStart(encoded)) ? MARK + encoded : encoded
}

/**
 * The name that {@link encodeName} made this one from. For text from outside, too: it may answer `.` or
 * `..` or a name with characters that the other side cannot hold, so make a path of it with
 * `joinRelPath` only, which refuses those.
 */
export function decodeName(encoded: string, rules: NameRules): string {
  const { start, end, word1 } = RULES[rules]
  let name = encoded
  if (name.startsWith(MARK) && start.test(trimMarksAtStart(name))) name = name.slice(1)
  if (name.endsWith(MARK) && end.test(trimMarksAtEnd(name))) name = name.slice(0, -1)
  return decodeCharacters(
    name.replace(word1, (found) => found[0] + found.slice(2)),
    RULES[rules],
  )
}

/**
 * As arguments of a Windows command line are quoted: marks mean something only in front of a
 * look-alike, where an even number of them stands for half as many and an odd one says that the
 * look-alike is meant as it is. Every string has exactly one form, and every form is some string's.
 */
function encodeCharacters(name: string, { encodable, forbiddenCharacter }: Rules): string {
  return name.replace(encodable, (_, marks: string, character: string) =>
    forbiddenCharacter.test(character) ? marks + marks + lookAlikeOf(character) : marks + marks + MARK + character,
  )
}

function decodeCharacters(encoded: string, { decodable }: Rules): string {
  return encoded.replace(decodable, (_, marks: string, character: string) => {
    const half = marks.slice(0, Math.floor(marks.length / 2))
    return half + (marks.length % 2 === 1 ? character : originalOf(character))
  })
}

function lookAlikeOf(character: string): string {
  const code = character.charCodeAt(0)
  return String.fromCharCode(code + (code < 0x20 ? CONTROL_PICTURES : FULL_WIDTH))
}

function originalOf(character: string): string {
  const code = character.charCodeAt(0)
  return String.fromCharCode(code - (code < FULL_WIDTH ? CONTROL_PICTURES : FULL_WIDTH))
}

function trimMarksAtStart(text: string): string {
  let at = 0
  while (text[at] === MARK) at++
  return text.slice(at)
}

function trimMarksAtEnd(text: string): string {
  let end = text.length
  while (text[end - 1] === MARK) end--
  return text.slice(0, end)
}

/** Length in bytes as UTF-8. */
function utf8Length(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    // Either half of a pair: a pair is four bytes.
    else bytes += unit >= 0xd800 && unit < 0xe000 ? 2 : 3
  }
  return bytes
}

/** Put in place of what was taken out. */
export const REDACTED = '[secret]'

/** Longest text of one field; more says nothing and could fill the disk. */
const LONGEST = 4_096

/** Field names whose value is never written, whatever it is. */
const SECRET_NAME =
  /pass(word|phrase|wd)?$|secret|token|credential|authorization|cookie|signature|api.?key|access.?key|private.?key|^key$|bearer|session.?id|^pin$/i

const WORDS =
  'pass(?:word|phrase|wd)?|pwd|secret(?:[_-]?access)?(?:[_-]?key)?|(?:[a-z]+[_-]?)?token|credentials?|authorization|cookie|signature|sig|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|client[_-]?secret|x-amz-[a-z0-9-]+'

/**
 * What is taken out of any text, in this order. A text that merely looks like a secret goes too:
 * a log line less readable costs little, a key in a log costs everything in the store.
 */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [^-]*-----[\s\S]*?(?:-----END [^-]*-----|$)/g, REDACTED],
  // Query and fragment of an address: presigned links and upload addresses carry their right there.
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi, `$1?${REDACTED}`],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]+@/gi, `$1${REDACTED}@`],
  [/\b(bearer|basic|digest|negotiate|aws4-hmac-sha256)\s+[^\s,;"'][^\r\n"']*/gi, `$1 ${REDACTED}`],
  [new RegExp(`(["']?\\b(?:${WORDS})["']?\\s*[:=]\\s*)("[^"]*"|'[^']*'|[^\\s,;&"']+)`, 'gi'), `$1${REDACTED}`],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, REDACTED],
  [/\b(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{12,}\b/g, REDACTED],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|sk_live_|rk_live_|ya29\.|AIza|SG\.)[\w.-]{10,}/g, REDACTED],
]

/** Characters that can forge a line, drive a terminal or turn text around: C0, C1, line separators, bidi controls, lone surrogates. */
const CONTROLS =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** True for a field whose value must not be written. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/** Takes out everything that looks like a key, a token, or the right part of an address. */
export function redact(text: string): string {
  let result = text
  for (const [pattern, replacement] of RULES) result = result.replace(pattern, replacement)
  return result.replace(/(?<![\w+/=-])[\w+/=-]{32,}(?![\w+/=-])/g, (run) => (looksRandom(run) ? REDACTED : run))
}

/** Shows characters that are not text as `\u{..}`, so that a file name can neither end a line nor hide one. */
export function neutralise(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}

/** Any text as it may stand in a log: short, harmless, without secrets. */
export function cleanText(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return neutralise(redact(short))
}

/**
 * A run of 32 or more characters that mixes cases and digits as base64 of random bytes does.
 * Neighbours differ in class 0.65 of the time in random base64, seldom in words: digests in hex and
 * paths are left.
 */
function looksRandom(run: string): boolean {
  if (!/[a-z]/.test(run) || !/[A-Z]/.test(run) || !/\d/.test(run)) return false
  let changes = 0
  for (let index = 1; index < run.length; index++) if (classOf(run[index]!) !== classOf(run[index - 1]!)) changes++
  return changes / run.length > 0.42
}

function classOf(character: string): number {
  if (character >= '0' && character <= '9') return 0
  if (character >= 'a' && character <= 'z') return 1
  return character >= 'A' && character <= 'Z' ? 2 : 3
}

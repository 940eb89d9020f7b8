import type { LineEnds, TextEncoding, TextForms } from '../../common/protocol/conflicts.ts'
import { textOf } from './text.ts'

/** A text, and how it is written down. */
export interface WrittenText {
  /** As it was decoded, with its line ends; a mark of byte order is its first character. */
  readonly text: string
  readonly encoding: TextEncoding
  readonly lineEnds: LineEnds
}

const MARK = '\uFEFF'

/** UTF-8, or UTF-16 that begins with its mark; undefined for what is no text. */
export function readText(bytes: Uint8Array): WrittenText | undefined {
  const [first, second] = [bytes[0], bytes[1]]
  if (first === 0xff && second === 0xfe) return utf16(bytes, 'utf-16le')
  if (first === 0xfe && second === 0xff) return utf16(bytes, 'utf-16be')
  const text = textOf(bytes)
  if (text === undefined) return undefined
  return { text, encoding: text.startsWith(MARK) ? 'utf-8-bom' : 'utf-8', lineEnds: lineEndsOf(text) }
}

/** The text alone: without its mark, and with one kind of line ends. */
export function plainText({ text }: WrittenText): string {
  return (text.startsWith(MARK) ? text.slice(1) : text).replaceAll('\r\n', '\n')
}

/** In what two texts are written down differently; empty where they are not. */
export function formsOf(local: WrittenText, remote: WrittenText): TextForms {
  const hasLines = local.lineEnds !== 'none' && remote.lineEnds !== 'none'
  return {
    ...(hasLines && local.lineEnds !== remote.lineEnds
      ? { lineEnds: { local: local.lineEnds, remote: remote.lineEnds } }
      : {}),
    ...(local.encoding === remote.encoding ? {} : { encodings: { local: local.encoding, remote: remote.encoding } }),
  }
}

function utf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): WrittenText | undefined {
  if (bytes.length % 2 !== 0) return undefined
  try {
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes('\0') ? undefined : { text, encoding, lineEnds: lineEndsOf(text) }
  } catch {
    return undefined
  }
}

function lineEndsOf(text: string): LineEnds {
  const all = text.split('\n').length - 1
  const withReturn = text.split('\r\n').length - 1
  if (all === 0) return 'none'
  return withReturn === 0 ? 'lf' : withReturn === all ? 'crlf' : 'mixed'
}

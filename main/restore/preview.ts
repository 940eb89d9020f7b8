import type { RelPath } from '../../common/model.ts'
import type { ImageType, PreviewView } from '../../common/protocol.ts'
import type { KeptVersion, SourceProvider } from '../providers/provider.ts'
import { listedEntry } from './as-of.ts'
import { isArchived } from './compare-content.ts'
import { fileReading, findKept, keptSource, type FileSource } from './kept-source.ts'
import { CURRENT_TOKEN } from './versions.ts'

/** Bytes of text that are shown. */
export const MAX_TEXT_BYTES = 256 * 1024
/** The largest image that is shown. */
export const MAX_IMAGE_BYTES = 4 * 1024 * 1024
/** Of the characters of a text, more control characters than this make it something else. */
const MAX_CONTROL_SHARE = 0.02

/** By the first bytes, and what else is in them. */
const IMAGES: readonly {
  readonly type: ImageType
  readonly begins: string
  readonly also?: readonly [number, string]
}[] = [
  { type: 'image/png', begins: '\x89PNG\r\n\x1a\n' },
  { type: 'image/jpeg', begins: '\xff\xd8\xff' },
  { type: 'image/gif', begins: 'GIF87a' },
  { type: 'image/gif', begins: 'GIF89a' },
  { type: 'image/webp', begins: 'RIFF', also: [8, 'WEBP'] },
  { type: 'image/bmp', begins: 'BM', also: [6, '\0\0\0\0'] },
]

/** Which version to look at. */
export interface PreviewOptions {
  readonly provider: SourceProvider
  readonly path: RelPath
  readonly token: string
  /** What was listed of it: neither it nor its size is asked for again. */
  readonly listed?: KeptVersion | undefined
  readonly signal: AbortSignal
}

/** The beginning of a text, or a whole image. Reads at most {@link MAX_IMAGE_BYTES}. Throws `not-found`. */
export async function preview(options: PreviewOptions): Promise<PreviewView> {
  const { path, listed, signal } = options
  const source = await sourceOf(options)
  const entry = listed === undefined ? await source.stat(path, { signal }) : listedEntry(listed)
  const sizeBytes = entry.size
  if (isArchived(entry)) return { kind: 'none', why: 'archived', sizeBytes }
  if (sizeBytes === 0) return { kind: 'none', why: 'empty', sizeBytes }
  const head = await read(source, path, { start: 0, end: Math.min(sizeBytes, MAX_TEXT_BYTES), signal })
  const type = imageType(head)
  if (type === undefined) {
    const text = textOf(head, sizeBytes > head.length)
    if (text === undefined) return { kind: 'none', why: 'binary', sizeBytes }
    return { kind: 'text', text, isCut: sizeBytes > head.length, sizeBytes }
  }
  if (sizeBytes > MAX_IMAGE_BYTES) return { kind: 'none', why: 'too-large', sizeBytes }
  const rest =
    sizeBytes > head.length ? await read(source, path, { start: head.length, end: sizeBytes, signal }) : Buffer.alloc(0)
  return { kind: 'image', type, base64: Buffer.concat([head, rest]).toString('base64'), sizeBytes }
}

async function sourceOf({ provider, path, token, listed, signal }: PreviewOptions): Promise<FileSource> {
  if (token === CURRENT_TOKEN) return provider
  return keptSource(fileReading(provider), listed ?? (await findKept(provider, path, { token, signal })))
}

async function read(
  source: FileSource,
  path: RelPath,
  { start, end, signal }: { readonly start: number; readonly end: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of source.read(path, { range: { start, end }, signal })) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces)
}

function imageType(head: Buffer): ImageType | undefined {
  const begin = head.toString('latin1', 0, 16)
  return IMAGES.find(({ begins, also: [at, more] = [0, ''] }) => begin.startsWith(begins) && begin.startsWith(more, at))
    ?.type
}

/** UTF-8, UTF-16 with its mark, or one byte a character; undefined for what does not look like text. */
function textOf(bytes: Buffer, isCut: boolean): string | undefined {
  const mark = bytes.toString('latin1', 0, 2)
  if (mark === '\xff\xfe') return new TextDecoder('utf-16le').decode(bytes)
  if (mark === '\xfe\xff') return new TextDecoder('utf-16be').decode(bytes)
  if (bytes.includes(0)) return undefined
  const text = utf8(bytes, isCut) ?? new TextDecoder('windows-1252').decode(bytes)
  return bytes.filter(isControl).length > bytes.length * MAX_CONTROL_SHARE ? undefined : text
}

/** Of any of these encodings, white space and the escape of terminals apart. */
function isControl(byte: number): boolean {
  return byte === 0x7f || (byte < 0x20 && byte !== 0x1b && (byte < 0x09 || byte > 0x0d))
}

/** A character that the end cuts in two is left out. */
function utf8(bytes: Buffer, isCut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
  } catch {
    return undefined
  }
}

import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import type {
  AssembleOptions,
  AssemblyLimits,
  AssemblyPart,
  Content,
  PutResult,
  TargetProvider,
} from '../../main/providers/provider.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'

/** S3's rules at a thousandth of their size, so that a test needs no gigabytes. */
export const SMALL_LIMITS: AssemblyLimits = {
  minPartBytes: 5 * 1024,
  maxPartBytes: 5 * 1024 ** 2,
  maxCopyBytes: 5 * 1024 ** 2,
  maxParts: 10_000,
  minSourceBytes: 5 * 1024,
  segments: true,
}

/** What was asked of {@link assembling}. */
export interface AssembleCall {
  readonly path: RelPath
  readonly parts: readonly AssemblyPart[]
  readonly options: AssembleOptions
}

/** Hooks of {@link assembling}. */
export interface AssemblingOptions {
  readonly limits?: AssemblyLimits | undefined
  readonly onAssemble?: (call: AssembleCall) => void | Promise<void>
}

/** `inner`, which also puts content together from what it holds: pinned, proven as a whole, all or nothing. */
export function assembling(inner: TargetProvider, options: AssemblingOptions = {}): TargetProvider {
  const limits = (): AssemblyLimits | undefined => ('limits' in options ? options.limits : SMALL_LIMITS)
  const able: TargetProvider = {
    ...intercept(inner, {}),
    features: Object.defineProperties(
      {} as TargetProvider['features'],
      Object.getOwnPropertyDescriptors({
        ...inner.features,
        assemblyLimits: () => Promise.resolve(limits()),
        assemble: async (path: RelPath, content: Content, parts: readonly AssemblyPart[], asked: AssembleOptions) => {
          await options.onAssemble?.({ path, parts, options: asked })
          return assemble(inner, { path, content, parts, limits: limits()!, asked })
        },
      }),
    ),
  }
  return able
}

interface Assembly {
  readonly path: RelPath
  readonly content: Content
  readonly parts: readonly AssemblyPart[]
  readonly limits: AssemblyLimits
  readonly asked: AssembleOptions
}

async function assemble(inner: TargetProvider, { path, content, parts, limits, asked }: Assembly): Promise<PutResult> {
  assertParts(parts, limits, { sizeBytes: content.size, oldSizeBytes: asked.from.sizeBytes })
  const { signal, from } = asked
  const held = await collect(inner.read(path, { signal, expect: { kind: 'etag', etag: from.etag } }))
  const pieces: Uint8Array[] = []
  let bytesSent = 0
  for (const part of parts) {
    const { start, end } = part.range
    const literalStart = part.kind === 'literal' ? start : part.kind === 'segment' ? part.literalStart : end
    if (part.kind !== 'literal') pieces.push(held.subarray(part.fromStart, part.fromStart + literalStart - start))
    if (literalStart < end) pieces.push(await collect(content.open({ start: literalStart, end })))
    bytesSent += end - literalStart
  }
  const bytes = Buffer.concat(pieces)
  if (blake3Hex(bytes) !== asked.contentHash) {
    throw new TidekeepError({ code: 'corrupt', message: `${path} is not what was sent.`, retry: { kind: 'never' } })
  }
  const whole: Content = { size: bytes.length, open: () => once(bytes) }
  const result = await inner.put(path, whole, asked)
  return { ...result, bytesSent, bytesReused: content.size - bytesSent }
}

/** As a store would refuse them. Throws `invalid`. */
function assertParts(
  parts: readonly AssemblyPart[],
  limits: AssemblyLimits,
  { sizeBytes, oldSizeBytes }: { readonly sizeBytes: number; readonly oldSizeBytes: number },
): void {
  let covered = 0
  for (const [index, part] of parts.entries()) {
    const length = part.range.end - part.range.start
    const copied = part.kind === 'literal' ? 0 : part.kind === 'copy' ? length : part.literalStart - part.range.start
    const isLegal =
      part.range.start === covered &&
      (index === parts.length - 1 || length >= limits.minPartBytes) &&
      length <= (part.kind === 'literal' ? limits.maxPartBytes : limits.maxCopyBytes) &&
      (part.kind === 'literal' || (part.fromStart >= 0 && part.fromStart + copied <= oldSizeBytes))
    if (!isLegal) throw new TidekeepError({ code: 'invalid', message: `Part ${index} breaks the limits.` })
    covered = part.range.end
  }
  if (covered === sizeBytes && parts.length <= limits.maxParts) return
  throw new TidekeepError({ code: 'invalid', message: 'The parts do not cover the content.' })
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

import { isTidekeepError } from '../../../common/errors.ts'
import type { ByteRange, Precondition } from '../../../common/model.ts'
import { blake3Hex } from '../../../workers/hash/blake3.ts'
import type { AssembleOptions, AssemblyLimits, AssemblyPart, Content, PutResult } from '../provider.ts'
import {
  aborted,
  ANY,
  at,
  contentOf,
  MODE,
  MTIME_NS,
  must,
  mustFail,
  mustHold,
  pattern,
  store,
  type Check,
  type CheckContext,
} from './check.ts'

/** Large enough for a literal that a store does not hold in one buffer, where it sets no greater bound. */
const LEAST_BYTES = 70_000
const TAIL_BYTES = 100

/** An object that content is put together from, and the bounds for it. */
interface Held {
  readonly limits: AssemblyLimits
  readonly bytes: Uint8Array
  readonly from: AssembleOptions['from']
  readonly expect: Precondition
}

/** New content of a held object: its beginning is copied, its end is sent. */
interface Made {
  readonly bytes: Uint8Array
  readonly parts: readonly AssemblyPart[]
}

/** Putting content together from what the target holds gives that content, or changes nothing. */
export const ASSEMBLY_CHECKS: readonly Check[] = [
  {
    name: 'says in what bounds it puts content together',
    needs: ['assemblyLimits', 'assemble'],
    run: async ({ provider, signal }) => {
      const limits = await provider.features.assemblyLimits!({ signal })
      if (limits === undefined) return
      const { minPartBytes, maxPartBytes, maxCopyBytes, maxParts, minSourceBytes } = limits
      for (const [name, value] of Object.entries({ minPartBytes, maxParts, minSourceBytes }))
        must(Number.isSafeInteger(value) && value >= 1, `The limit ${name} is ${value}.`)
      must(maxPartBytes >= 2 * minPartBytes - 1, 'Not every literal can be cut to the bounds of its parts.')
      must(maxCopyBytes >= 2 * minPartBytes - 1, 'Not every copied range can be cut to the bounds of its parts.')
    },
  },
  assembly('puts content together from what it holds and what is sent', async (context, held) => {
    const length = partBytes(held.limits)
    const literalBytes = length + 1
    // The first copy stays where it was, the last one moves: some targets share only the former.
    const parts: readonly AssemblyPart[] = [
      { kind: 'copy', range: range(0, length), fromStart: 0 },
      { kind: 'literal', range: range(length, literalBytes) },
      { kind: 'copy', range: range(length + literalBytes, TAIL_BYTES), fromStart: 7 },
    ]
    const { bytes } = held
    const pieces = [bytes.subarray(0, length), pattern(literalBytes, 8), bytes.subarray(7, 7 + TAIL_BYTES)]
    const made = { parts, bytes: concat(...pieces) }
    const { contentHash, verifiedBy, bytesSent, bytesReused, entry } = await assemble(context, held, made)
    must(contentHash === blake3Hex(made.bytes), 'Assembling told another digest than that of the content.')
    must(verifiedBy !== 'none', 'Assembling did not prove what it stored.')
    must(entry.size === made.bytes.length, 'Assembling told another size than that of the content.')
    must(bytesSent >= literalBytes, 'Assembling told that fewer bytes were sent than are new.')
    must(bytesSent <= literalBytes + TAIL_BYTES, 'Assembling sent what the target holds where it is.')
    must(bytesSent + (bytesReused ?? 0) === entry.size, 'What was sent and what was reused do not add up.')
    await mustHold(context, 'held', made.bytes)
  }),
  assembly('never copies from another version than the pinned one', async (context, held) => {
    const other = pattern(held.bytes.length, 5)
    await store(context, 'held', other, { expect: ANY })
    // A version that is named can be copied from for as long as it is kept.
    const { versionId: _named, ...from } = held.from
    const work = assemble(context, { ...held, from, expect: ANY }, withTail(held))
    await mustFail(work, ['precondition-failed'], 'Copying from an object that was replaced')
    await mustHold(context, 'held', other)
  }),
  assembly('never puts content together over another version than the expected one', async (context, held) => {
    const work = assemble(context, { ...held, expect: { kind: 'absent' } }, withTail(held))
    await mustFail(work, ['precondition-failed'], 'Assembling where nothing was expected, but something is')
    await mustHold(context, 'held', held.bytes)
  }),
  assembly('refuses parts that do not make the content', async (context, held) => {
    const made = withTail(held)
    const shifted = made.parts.map((part) => (part.kind === 'copy' ? { ...part, fromStart: part.fromStart + 1 } : part))
    const work = assemble(context, held, { ...made, parts: shifted })
    await mustFail(work, ['corrupt'], 'Copying other bytes than the content has')
    await mustHold(context, 'held', held.bytes)
  }),
  assembly('refuses parts that break its bounds', async (context, held) => {
    for (const [what, parts] of brokenParts(held)) {
      const work = assemble(context, held, { ...withTail(held), parts })
      await mustFail(work, ['invalid'], `Assembling of ${what}`)
    }
    await mustHold(context, 'held', held.bytes)
  }),
  assembly('refuses to put content together that is not what it was said to be', async (context, held) => {
    const contentHash = blake3Hex(pattern(10))
    const work = assemble(context, held, withTail(held), { contentHash })
    await mustFail(work, ['changed'], 'Assembling of content with another digest')
    await mustHold(context, 'held', held.bytes)
  }),
  assembly('starts no assembly once it is cancelled', async (context, held) => {
    const work = assemble(context, held, withTail(held), { signal: aborted() })
    await mustFail(work, ['cancelled'], 'An assembly that was cancelled before it began')
    await mustHold(context, 'held', held.bytes)
  }),
  assembly('goes on with an assembly that was cancelled in the middle', async (context, held) => {
    const made = withTail(held)
    const content = await contentFor(context, made.bytes)
    const stop = new AbortController()
    const options = { signal: stop.signal, onProgress: () => stop.abort() }
    const first = assemble(context, held, { ...made, content }, options).catch((error: unknown) => {
      must(isTidekeepError(error) && error.code === 'cancelled', 'A cancelled assembly failed otherwise.')
      return undefined
    })
    if ((await first) === undefined) {
      await mustHold(context, 'held', held.bytes)
      await assemble(context, held, { ...made, content })
    }
    await mustHold(context, 'held', made.bytes)
  }),
]

/** A check on an object that is held. Passes where the target turns out not to put content together. */
function assembly(name: string, run: (context: CheckContext, held: Held) => Promise<void>): Check {
  return {
    name,
    needs: ['assemblyLimits', 'assemble'],
    run: async (context) => {
      const limits = await context.provider.features.assemblyLimits!(context)
      if (limits === undefined) return
      const held = await hold(context, limits)
      try {
        await run(context, held)
      } catch (error) {
        // What a store can do may be known by the first attempt only.
        if ((await context.provider.features.assemblyLimits!(context)) !== undefined) throw error
        await mustHold(context, 'held', held.bytes)
      }
    },
  }
}

async function hold(context: CheckContext, limits: AssemblyLimits): Promise<Held> {
  const bytes = pattern(Math.max(partBytes(limits) + TAIL_BYTES, limits.minSourceBytes), 3)
  const { entry } = await store(context, 'held', bytes)
  must(entry.etag !== undefined, 'A target that puts content together has to tell etags.')
  const { etag, versionId } = entry
  const from = { etag, sizeBytes: bytes.length, ...(versionId === undefined ? {} : { versionId }) }
  return { limits, bytes, from, expect: { kind: 'etag', etag } }
}

function assemble(
  context: CheckContext,
  { from, expect }: Held,
  { bytes, parts, content }: Made & { readonly content?: Content },
  options: Partial<AssembleOptions> = {},
): Promise<PutResult> {
  const { provider, signal } = context
  const source = content === undefined ? contentFor(context, bytes) : Promise.resolve(content)
  return source.then((given) =>
    provider.features.assemble!(at(context, 'held'), given, parts, {
      signal,
      metadata: { mtimeNs: MTIME_NS + 1n, mode: MODE },
      contentHash: blake3Hex(bytes),
      from,
      expect,
      ...options,
    }),
  )
}

/** A file of this computer where the caller can make one: some targets put nothing else together. */
async function contentFor({ localContent }: CheckContext, bytes: Uint8Array): Promise<Content> {
  return localContent === undefined ? contentOf(bytes) : (await localContent(bytes)).content
}

/** Length of a part that may stand anywhere. */
function partBytes({ minPartBytes }: AssemblyLimits): number {
  return Math.max(minPartBytes, LEAST_BYTES)
}

function withTail({ bytes, limits }: Held): Made {
  const length = partBytes(limits)
  return {
    bytes: concat(bytes.subarray(1, length + 1), pattern(TAIL_BYTES, 9)),
    parts: [
      { kind: 'copy', range: range(0, length), fromStart: 1 },
      { kind: 'literal', range: range(length, TAIL_BYTES) },
    ],
  }
}

function brokenParts(held: Held): readonly (readonly [string, readonly AssemblyPart[]])[] {
  const { limits, bytes } = held
  const length = partBytes(limits)
  const [copy, literal] = withTail(held).parts as [AssemblyPart & { kind: 'copy' }, AssemblyPart]
  const end = length + TAIL_BYTES
  const short = limits.minPartBytes - 1
  return [
    ['no parts', []],
    ['parts with a gap', [copy, { ...literal, range: { start: length + 1, end } }]],
    ['parts that overlap', [copy, { ...literal, range: { start: length - 1, end } }]],
    ['parts that end too early', [copy, { ...literal, range: { start: length, end: end - 1 } }]],
    ['parts that end too late', [copy, { ...literal, range: { start: length, end: end + 1 } }]],
    ['an empty part', [copy, literal, { kind: 'literal', range: range(end, 0) }]],
    ['a range beyond the end of the held object', [{ ...copy, fromStart: bytes.length - length + 1 }, literal]],
    ['a range before its beginning', [{ ...copy, fromStart: -1 }, literal]],
    ...(short < 1
      ? []
      : [
          [
            'a part that is too short to stand before another',
            [
              { ...copy, range: range(0, short) },
              { kind: 'literal', range: { start: short, end } },
            ],
          ] as const,
        ]),
  ]
}

function range(start: number, length: number): ByteRange {
  return { start, end: start + length }
}

function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(pieces)
}

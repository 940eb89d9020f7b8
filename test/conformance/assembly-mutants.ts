import { readFileSync } from 'node:fs'
import { TidekeepError } from '../../common/errors.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { AssemblyLimits, Content, Features, TargetProvider } from '../../main/providers/provider.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { assembling, SMALL_LIMITS } from '../fakes/assembling-target.ts'
import type { Mutant } from './mutants.ts'

type Assemble = NonNullable<Features['assemble']>

/** The memory provider, which also puts content together as the port promises it. */
export function assemblingMemory(): TargetProvider {
  return changed(assembling(createMemoryProvider({ name: '' })), (honest) => async (path, content, parts, options) => {
    if (options.signal.aborted) throw failure('cancelled')
    const opened = inMemory(content)
    const isEmpty = parts.length === 0 || parts.some(({ range }) => range.end === range.start)
    if (isEmpty) throw failure('invalid')
    if (options.contentHash !== (await digest(opened))) throw failure('changed')
    return honest(path, opened, parts, options)
  })
}

/** For each check of `assemble` a fault that it is there to catch. */
export const ASSEMBLY_MUTANTS: Readonly<Record<string, Mutant>> = {
  'says in what bounds it puts content together': () => limited({ ...SMALL_LIMITS, maxPartBytes: 100 }),
  'puts content together from what it holds and what is sent': sendsItWhole(),
  'never copies from another version than the pinned one': () =>
    mutated((honest, inner) => async (path, content, parts, options) => {
      const { etag = '', size } = await inner.stat(path, options)
      return honest(path, content, parts, { ...options, from: { etag, sizeBytes: size } })
    }),
  'never puts content together over another version than the expected one': () =>
    mutated(
      (honest) => (path, content, parts, options) =>
        honest(path, content, parts, { ...options, expect: { kind: 'any' } }),
    ),
  'refuses parts that do not make the content': () =>
    mutated((_honest, inner) => async (path, content, parts, options) => {
      const held = await bytesOf({ size: options.from.sizeBytes, open: () => inner.read(path, options) })
      const own = await bytesOf(inMemory(content))
      const pieces = parts.map((part) => {
        const { start, end } = part.range
        return part.kind === 'literal'
          ? own.subarray(start, end)
          : held.subarray(part.fromStart, part.fromStart + end - start)
      })
      const bytes = Buffer.concat(pieces)
      const { contentHash: _unchecked, ...unverified } = options
      return inner.put(path, { size: bytes.length, open: () => once(bytes) }, unverified)
    }),
  'refuses parts that break its bounds': sendsItWhole(),
  'refuses to put content together that is not what it was said to be': () =>
    mutated((honest) => async (path, content, parts, options) => {
      const opened = inMemory(content)
      return honest(path, opened, parts, { ...options, contentHash: await digest(opened) })
    }),
  'starts no assembly once it is cancelled': () =>
    mutated(
      (honest) => (path, content, parts, options) =>
        honest(path, content, parts, { ...options, signal: new AbortController().signal }),
    ),
  'goes on with an assembly that was cancelled in the middle': () =>
    mutated((honest, inner) => async (path, content, parts, options) => {
      try {
        return await honest(path, content, parts, options)
      } catch (error) {
        const half = (await bytesOf(inMemory(content))).subarray(0, content.size / 2)
        const { signal } = new AbortController()
        await inner.put(path, { size: half.length, open: () => once(half) }, { ...options, signal, contentHash: '' })
        throw error
      }
    }),
}

function sendsItWhole(): Mutant {
  return () =>
    mutated((_honest, inner) => (path, content, _parts, options) => inner.put(path, inMemory(content), options))
}

function mutated(fault: (honest: Assemble, inner: TargetProvider) => Assemble): TargetProvider {
  const honest = assemblingMemory()
  return changed(honest, (assemble) => fault(assemble, honest))
}

function limited(limits: AssemblyLimits): TargetProvider {
  return assembling(createMemoryProvider({ name: '' }), { limits })
}

function changed(provider: TargetProvider, change: (assemble: Assemble) => Assemble): TargetProvider {
  const features = Object.create(provider.features) as Features
  const value = change((...call) => provider.features.assemble!(...call))
  Object.defineProperty(features, 'assemble', { value, enumerable: true })
  return { ...provider, features }
}

/** The fake opens everything; the port lets a provider read files by itself. */
function inMemory(content: Content): Content {
  if (content.file === undefined) return content
  const bytes = readFileSync(content.file.absolutePath)
  return { size: bytes.length, open: (range) => once(bytes.subarray(range?.start ?? 0, range?.end ?? bytes.length)) }
}

async function bytesOf(content: Content): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of content.open()) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function digest(content: Content): Promise<string> {
  return blake3Hex(await bytesOf(content))
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function failure(code: 'cancelled' | 'invalid' | 'changed'): TidekeepError {
  return new TidekeepError({ code, message: `The fake says "${code}".` })
}

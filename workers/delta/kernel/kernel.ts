import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { TidekeepError } from '../../../common/errors.ts'
import { threadWordings } from '../../thread-wordings.ts'

/** As much of the global as is used here: its types come with those of browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => CompiledModule
  readonly Instance: new (module: CompiledModule, imports: object) => { readonly exports: object }
}
type CompiledModule = object
interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** What `assembly/kernel.ts` exports; see there. Addresses are offsets into `memory`. */
interface KernelExports {
  readonly memory: Memory
  fillGear(): void
  nextCut(start: number, at: number, end: number, gap: number): number
  isCut(start: number, at: number, gap: number): number
  gapAt(at: number, end: number, average: number): number
  chunkEnd(at: number, end: number, average: number, most: number): number
  weakHash(at: number, length: number): number
  useTables(mapAt: number, tableAt: number, slots: number): void
  addWeak(weak: number, number: number): number
  dropWeak(weak: number): void
  roll(at: number, last: number, length: number): number
  found(): number
}

/** One instance of the compiled loops, with a memory of its own. One user at a time. */
export interface Kernel extends KernelExports {
  /** All of its memory. */
  readonly bytes: Uint8Array
}

/** First address that is free for bytes; below it lies the gear table. */
export const KERNEL_FREE_AT = 64 * 1024

/** A cut depends on this many bytes before it. */
export const GEAR_REACH_BYTES = 64

const PAGE_BYTES = 64 * 1024

/** In a checkout the sources run beside a build of the loops in out/. */
const COMPILED = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../../out/workers/delta/kernel/kernel.wasm' : 'kernel.wasm',
    import.meta.url,
  ),
)

let compiled: CompiledModule | undefined

/** One that was given back. Instances hold memory until they are collected, which can be long after their last use. */
let spare: KernelExports | undefined
const MOST_SPARE_BYTES = 64 * 1024 * 1024

/**
 * A kernel whose memory has `byteCount` bytes at least from `KERNEL_FREE_AT` on, filled with anything.
 * Pages that are not touched take no memory.
 */
export function takeKernel(byteCount: number): Kernel {
  const kernel = spare ?? instantiate()
  spare = undefined
  const missing = KERNEL_FREE_AT + byteCount - kernel.memory.buffer.byteLength
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE_BYTES))
  return { ...kernel, bytes: new Uint8Array(kernel.memory.buffer) }
}

/** Gives a kernel back; neither it nor its memory may be used any more. */
export function giveBackKernel(kernel: Kernel): void {
  if (kernel.bytes.length <= MOST_SPARE_BYTES) spare = kernel
}

function instantiate(): KernelExports {
  compiled ??= compile()
  const kernel = new WebAssembly.Instance(compiled, {}).exports as KernelExports
  kernel.fillGear()
  return kernel
}

function compile(): CompiledModule {
  if (!existsSync(COMPILED)) {
    throw new TidekeepError({
      code: 'internal',
      message: threadWordings.delta.loopsMissing({ path: COMPILED }),
      path: COMPILED,
      fix: threadWordings.delta.loopsMissingFix,
      retry: { kind: 'never' },
    })
  }
  return new WebAssembly.Module(readFileSync(COMPILED))
}

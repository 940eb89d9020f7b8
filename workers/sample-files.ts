import { closeSync, fstatSync, readSync } from 'node:fs'
import { openSource } from './fs/stable-read.ts'
import type { ContentSample, SampleFiles } from './tasks.ts'

/** What is looked at from the beginning of a file; of a middle and an end as well, for zeros. */
export const SAMPLE_BYTES = 64 * 1024
const HEAD_BYTES = 4 * 1024
const PROBE_BYTES = 4 * 1024
const MAGIC_BYTES = 16

/**
 * Looks into each file, wherever it stands by now: a guess at what became of it, never content to be
 * kept. Undefined where there is no file, or none that can be read.
 */
export function sampleFiles({ paths }: SampleFiles): readonly (ContentSample | undefined)[] {
  const buffer = new Uint8Array(SAMPLE_BYTES)
  return paths.map((path) => {
    try {
      return sampleOne(path, buffer)
    } catch {
      return undefined
    }
  })
}

function sampleOne(absolutePath: string, buffer: Uint8Array): ContentSample | undefined {
  const fd = openSource({ absolutePath })
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) return undefined
    const first = readAt(fd, buffer, 0)
    const bits = entropyBits(first)
    const headBits = entropyBits(first.subarray(0, HEAD_BYTES))
    const head = Buffer.from(first.subarray(0, MAGIC_BYTES)).toString('hex')
    const isZero = stat.size > 0 && isAllZero(first) && restIsZero(fd, stat.size, buffer.subarray(0, PROBE_BYTES))
    return { sampledBytes: first.length, bits, headBits, head, isZero }
  } finally {
    closeSync(fd)
  }
}

function readAt(fd: number, into: Uint8Array, position: number): Uint8Array {
  let length = 0
  for (let read = -1; read !== 0 && length < into.length; length += read)
    read = readSync(fd, into, length, into.length - length, position + length)
  return into.subarray(0, length)
}

function restIsZero(fd: number, size: number, into: Uint8Array): boolean {
  return [size / 2, size - into.length].every((position) =>
    isAllZero(readAt(fd, into, Math.max(0, Math.floor(position)))),
  )
}

function isAllZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

/** Shannon entropy in bits a byte; 0 of nothing. */
function entropyBits(bytes: Uint8Array): number {
  const counts = new Uint32Array(256)
  for (const byte of bytes) counts[byte]!++
  let bits = 0
  for (const count of counts) if (count > 0) bits -= (count / bytes.length) * Math.log2(count / bytes.length)
  return bits
}

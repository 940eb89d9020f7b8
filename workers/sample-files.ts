import { closeSync, fstatSync, readSync } from 'node:fs'
import { isAllZero, SAMPLE_BYTES, sampleOf } from './content-sample.ts'
import { openSource } from './fs/stable-read.ts'
import type { ContentSample, SampleFiles } from './tasks.ts'

/** Of a middle and an end, which are looked at for zeros. */
const PROBE_BYTES = 4 * 1024

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
    const sample = sampleOf(first)
    const isZero = stat.size > 0 && isAllZero(first) && restIsZero(fd, stat.size, buffer.subarray(0, PROBE_BYTES))
    return { ...sample, isZero }
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

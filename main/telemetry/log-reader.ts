import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { LogRow, LogView } from '../../common/protocol.ts'

const WINDOW_BYTES = 256 * 1024
const MAX_ROWS = 500
const LEVELS: readonly unknown[] = ['debug', 'info', 'warn', 'error'] satisfies readonly LogRow['level'][]

/** Where the log of an installation is; older parts have a number after it. */
export function logFile(logs: string): string {
  return join(logs, 'tidekeep.log')
}

/** A stretch of whole lines of the log as they are written, and where it ends. */
export interface LogStretch {
  readonly lines: readonly { readonly id: string; readonly text: string }[]
  readonly after: string
}

/**
 * The last 256 KiB of the log, or what came after a place that an earlier stretch told, at most as much. A log that was
 * begun anew meanwhile is read from its end, too; one that is not there is empty.
 */
export function readLog(path: string, after?: string): LogStretch {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch {
    return { lines: [], after: after ?? '0:0' }
  }
  try {
    const { ino, size } = fstatSync(descriptor)
    const [inode, offset] = (after ?? '').split(':')
    const isGoingOn = inode === String(ino) && Number(offset) <= size
    const start = isGoingOn ? Number(offset) : Math.max(0, size - WINDOW_BYTES)
    const bytes = Buffer.alloc(Math.min(WINDOW_BYTES, size - start))
    const read = bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, start))
    return wholeLines(read, { inode: String(ino), start, isCut: !isGoingOn && start > 0 })
  } finally {
    closeSync(descriptor)
  }
}

/** The newest 500 lines of a stretch, taken apart. */
export function viewLog(stretch: LogStretch): LogView {
  return { rows: stretch.lines.slice(-MAX_ROWS).map(({ id, text }) => toRow(id, text)), after: stretch.after }
}

/** `isCut`: it begins in the middle of a line. What follows the last line break is left for the next time. */
function wholeLines(
  bytes: Buffer,
  at: { readonly inode: string; readonly start: number; readonly isCut: boolean },
): LogStretch {
  const lines: { id: string; text: string }[] = []
  let from = at.isCut ? bytes.indexOf(0x0a) + 1 : 0
  for (let end = bytes.indexOf(0x0a, from); end >= 0; end = bytes.indexOf(0x0a, from)) {
    lines.push({ id: `${at.inode}:${at.start + from}`, text: bytes.toString('utf8', from, end) })
    from = end + 1
  }
  return { lines, after: `${at.inode}:${at.start + from}` }
}

function toRow(id: string, text: string): LogRow {
  const { time, level, event, ...rest } = parseLine(text)
  const atMs = typeof time === 'string' ? Date.parse(time) : Number.NaN
  return {
    id,
    atMs: Number.isNaN(atMs) ? 0 : atMs,
    level: LEVELS.includes(level) ? (level as LogRow['level']) : 'info',
    event: typeof event === 'string' ? event : text.slice(0, 200),
    details: Object.entries(rest)
      .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(' '),
  }
}

/** The members of a line; none of one that is not as the log writes them. */
export function parseLine(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

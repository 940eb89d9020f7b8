import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, Host, Log, LogFields, Notice, Paths, Random } from '../../main/host.ts'
import { VirtualClock } from './virtual-clock.ts'

/** One line a test can look at. */
export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: LogFields
}

/** A log that keeps its lines. */
export class RecordingLog implements Log {
  readonly lines: LoggedLine[] = []
  debug(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'debug', event, fields })
  }
  info(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'info', event, fields })
  }
  warn(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'warn', event, fields })
  }
  error(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'error', event, fields })
  }
}

/** mulberry32: small, fast, and the same everywhere for one seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    hex: (byteCount) =>
      Array.from({ length: byteCount }, () =>
        Math.floor(next() * 256)
          .toString(16)
          .padStart(2, '0'),
      ).join(''),
  }
}

/** A host for tests: recorded log and notices, seeded randomness, directories in a fresh temporary place. */
export interface FakeHost extends Host {
  readonly log: RecordingLog
  readonly notices: Notice[]
}

/** `clock` defaults to a virtual one. */
export function createFakeHost<C extends Clock = VirtualClock>(
  options: { readonly clock?: C; readonly seed?: number } = {},
): FakeHost & { readonly clock: C } {
  const notices: Notice[] = []
  return {
    clock: options.clock ?? (new VirtualClock() as unknown as C),
    random: seededRandom(options.seed ?? 1),
    paths: temporaryPaths(),
    notify: (notice) => void notices.push(notice),
    log: new RecordingLog(),
    notices,
  }
}

/** Directories of an installation below a fresh temporary directory. */
export function temporaryPaths(): Paths {
  const home = mkdtempSync(join(tmpdir(), 'tidekeep-test-'))
  return {
    home,
    config: join(home, 'config'),
    state: join(home, 'state'),
    cache: join(home, 'cache'),
    logs: join(home, 'logs'),
    run: join(home, 'run'),
  }
}

import type { KeptWhy, RelPath } from './model.ts'
import { RESERVED_DIRECTORY, relPathProblem } from './paths.ts'

/** Below a target: earlier versions, each at `<time>-<why>[-since-<time>]/<path it had>`. See docs/formats/kept.md. */
export const KEPT_AREA = `${RESERVED_DIRECTORY}/kept` as RelPath

/** How often a name is tried with a later millisecond where an earlier version has it already. */
export const KEPT_NAME_TRIES = 100

/** What the place of a kept version tells of it. */
export interface KeptPlace {
  /** The path it had. */
  readonly path: RelPath
  readonly why: KeptWhy
  /** By the clock of who kept it, milliseconds since the epoch. */
  readonly keptAtMs: number
  /** When the path got it, by the same clock or that of another who keeps versions here; absent where the name does not tell. */
  readonly storedAtMs?: number
}

const STAMP = String.raw`\d{4,6}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}`
const NAME = new RegExp(`^(${STAMP})-(replaced|deleted|foreign)(?:-since-(${STAMP}))?$`)
const STAMP_PARTS = /[-T.]/

/**
 * Where a version is kept, relative to the target. No colon in it: Windows allows none. A beginning that is not before the
 * end is left out: the clock was set back, or both came in one moment.
 */
export function keptPath({ path, why, keptAtMs, storedAtMs }: KeptPlace): RelPath {
  const since = storedAtMs !== undefined && storedAtMs < keptAtMs ? `-since-${stampOf(storedAtMs)}` : ''
  return `${KEPT_AREA}/${stampOf(keptAtMs)}-${why}${since}/${path}` as RelPath
}

/** True for a place that {@link keptPath} makes. */
export function isKeptPlace(path: RelPath): boolean {
  return parseKeptPath(path) !== undefined
}

/** The inverse of {@link keptPath}; undefined for a path that it does not make. */
export function parseKeptPath(kept: string): KeptPlace | undefined {
  if (!kept.startsWith(`${KEPT_AREA}/`)) return undefined
  const rest = kept.slice(KEPT_AREA.length + 1)
  const cut = rest.indexOf('/')
  const match = cut < 0 ? null : NAME.exec(rest.slice(0, cut))
  const path = rest.slice(cut + 1)
  if (match === null || path === '' || relPathProblem(path) !== undefined) return undefined
  const keptAtMs = momentOf(match[1]!)
  const storedAtMs = match[3] === undefined ? undefined : momentOf(match[3])
  const tells = storedAtMs !== undefined && storedAtMs < keptAtMs
  return { path: path as RelPath, why: match[2] as KeptWhy, keptAtMs, ...(tells ? { storedAtMs } : {}) }
}

function stampOf(atMs: number): string {
  return new Date(atMs).toISOString().replace(/^\+/, '').replaceAll(':', '-').replace('Z', '')
}

function momentOf(stamp: string): number {
  const [year, month, day, hours, minutes, seconds, milliseconds] = stamp.split(STAMP_PARTS).map(Number)
  return Date.UTC(year!, month! - 1, day, hours, minutes, seconds, milliseconds)
}

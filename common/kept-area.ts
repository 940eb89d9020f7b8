import type { KeptWhy, RelPath } from './model.ts'
import { RESERVED_DIRECTORY, relPathProblem } from './paths.ts'

/** Below a target: earlier versions, each at `<time>-<why>/<path it had>`. See docs/formats/kept.md. */
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
}

const NAME = /^(\d{4,6})-(\d\d)-(\d\d)T(\d\d)-(\d\d)-(\d\d)\.(\d{3})-(replaced|deleted|foreign)$/

/** Where a version is kept, relative to the target. No colon in it: Windows allows none. */
export function keptPath({ path, why, keptAtMs }: KeptPlace): RelPath {
  const stamp = new Date(keptAtMs).toISOString().replace(/^\+/, '').replaceAll(':', '-').replace('Z', '')
  return `${KEPT_AREA}/${stamp}-${why}/${path}` as RelPath
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
  const [year, month, day, hours, minutes, seconds, milliseconds] = match.slice(1, 8).map(Number)
  const keptAtMs = Date.UTC(year!, month! - 1, day, hours, minutes, seconds, milliseconds)
  return { path: path as RelPath, why: match[8] as KeptWhy, keptAtMs }
}

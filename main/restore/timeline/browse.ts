import type { ListRow, ListView, Standing } from '../../../common/protocol.ts'
import { comparePaths } from '../../../common/paths.ts'
import { NOW, beginningOf, coveringVersion, placeOf, standingOf, type Timeline } from './timeline.ts'

/** Which folder, when. `gone`: also what was there at any other time. */
export interface Browse {
  readonly path: string
  /** {@link NOW} for the present. */
  readonly atMs: number
  readonly gone: boolean
}

/** One folder at one moment; its rows are made as they are asked for. */
export interface Listing extends Omit<ListView, 'rows'> {
  rows(offset: number, limit: number): readonly ListRow[]
}

/** More names than this are left in the order of the paths: putting them in a person's order would be felt. */
const MAX_COLLATED = 20_000
const byName = new Intl.Collator(undefined, { numeric: true })

type Tally = { files: number; bytes: number; unsure: number; lost: number; archived: number }
interface Directory extends Tally {
  readonly name: string
  /** Files of other times. */
  gone: number
  isGoneNow: boolean
}

/** What a folder held at a moment: folders first, by name. Takes time by what is below it, a million files about 50 ms. */
export function browse(timeline: Timeline, wanted: Browse): Listing {
  const prefix = wanted.path === '' ? '' : `${wanted.path}/`
  const [from, to] = rangeBelow(timeline, prefix)
  const total: Tally = { files: 0, bytes: 0, unsure: 0, lost: 0, archived: 0 }
  const directories: Directory[] = []
  const files: number[] = []
  for (let at = from; at < to;) {
    const path = timeline.paths[at]!
    const cut = path.indexOf('/', prefix.length)
    if (cut < 0) {
      if (shown(tallied(timeline, at, { wanted, tally: total }), wanted)) files.push(at)
      at++
      continue
    }
    const name = path.slice(prefix.length, cut)
    const [, end] = rangeBelow(timeline, `${prefix}${name}/`, at)
    const directory = directoryOf(timeline, { name, from: at, to: end, wanted })
    add(total, directory)
    if (directory.files + directory.lost + directory.gone > 0) directories.push(directory)
    at = end
  }
  if (directories.length <= MAX_COLLATED) directories.sort((a, b) => byName.compare(a.name, b.name))
  if (files.length <= MAX_COLLATED)
    files.sort((a, b) =>
      byName.compare(timeline.paths[a]!.slice(prefix.length), timeline.paths[b]!.slice(prefix.length)),
    )
  return {
    ...total,
    total: directories.length + files.length,
    rows: (offset, limit) => [
      ...directories.slice(offset, offset + limit).map((directory) => directoryRow(prefix, directory)),
      ...files
        .slice(Math.max(0, offset - directories.length), Math.max(0, offset + limit - directories.length))
        .map((at) => fileRow(timeline, at, wanted)),
    ],
  }
}

/** The paths below a prefix that ends in a slash; those of everything for ''. */
function rangeBelow({ paths }: Timeline, prefix: string, from?: number): readonly [number, number] {
  if (prefix === '') return [0, paths.length]
  // '0' comes right after '/'.
  return [from ?? placeOf(paths, prefix, comparePaths), placeOf(paths, `${prefix.slice(0, -1)}0`, comparePaths)]
}

function directoryOf(
  timeline: Timeline,
  range: { readonly name: string; readonly from: number; readonly to: number; readonly wanted: Browse },
): Directory {
  const { name, from, to, wanted } = range
  const directory: Directory = { name, files: 0, bytes: 0, unsure: 0, lost: 0, archived: 0, gone: 0, isGoneNow: true }
  for (let at = from; at < to; at++) {
    const standing = tallied(timeline, at, { wanted, tally: directory })
    if (standing === 'gone' && shown(standing, wanted)) directory.gone++
    if (directory.isGoneNow && isThereNow(timeline, at)) directory.isGoneNow = false
  }
  return directory
}

function tallied(
  timeline: Timeline,
  at: number,
  { wanted, tally }: { readonly wanted: Browse; readonly tally: Tally },
): Standing {
  const standing = standingOf(timeline, at, wanted.atMs)
  if (standing === 'absent' || standing === 'younger') return 'gone'
  if (standing === 'lost') {
    tally.lost++
    return standing
  }
  const version = coveringVersion(timeline, at, wanted.atMs)
  tally.files++
  tally.bytes += timeline.sizeBytes[version]!
  if (timeline.isArchived[version]) tally.archived++
  if (standing === 'unsure') tally.unsure++
  return standing
}

function shown(standing: Standing, { gone }: Browse): boolean {
  return standing !== 'gone' || gone
}

function add(total: Tally, part: Tally): void {
  total.files += part.files
  total.bytes += part.bytes
  total.unsure += part.unsure
  total.lost += part.lost
  total.archived += part.archived
}

function directoryRow(prefix: string, directory: Directory): ListRow {
  const { name, files, bytes, unsure, lost, archived, gone, isGoneNow } = directory
  const standing = files > unsure ? 'there' : unsure > 0 ? 'unsure' : lost > 0 ? 'lost' : 'gone'
  return {
    kind: 'directory',
    name,
    path: `${prefix}${name}`,
    standing,
    sizeBytes: bytes,
    count: files === 0 ? lost + gone : files,
    isGoneNow,
    archived,
  }
}

function fileRow(timeline: Timeline, at: number, { atMs }: Browse): ListRow {
  const path = timeline.paths[at]!
  const found = standingOf(timeline, at, atMs)
  const standing = found === 'absent' || found === 'younger' ? 'gone' : found
  const [begin, end] = [timeline.first[at]!, timeline.first[at + 1]!]
  const version = standing === 'gone' ? end - 1 : coveringVersion(timeline, at, atMs)
  const sinceMs = standing === 'lost' ? undefined : beginningOf(timeline, at, version)
  return {
    kind: 'file',
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    standing,
    sizeBytes: standing === 'lost' ? 0 : timeline.sizeBytes[version]!,
    count: end - begin,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    isGoneNow: !isThereNow(timeline, at),
    archived: standing !== 'lost' && timeline.isArchived[version] === true ? 1 : 0,
  }
}

function isThereNow(timeline: Timeline, at: number): boolean {
  return coveringVersion(timeline, at, NOW) < timeline.first[at + 1]!
}

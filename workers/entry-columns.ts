import type { BigIntStats } from 'node:fs'
import type { Entry, EntryKind, RelPath } from '../common/model.ts'
import type { Stretch } from '../common/stretch.ts'
import { heldNs } from './fs/held-times.ts'
import { bornAtMs, etagFor, kindOf } from './fs/target-stat.ts'
import type { TargetPlace } from './tasks.ts'

const KINDS: readonly EntryKind[] = ['file', 'directory', 'symlink', 'special']
/** How `EntryColumns.kinds` says so. */
export const FILE_KIND = KINDS.indexOf('file')

/** Entries of a target as they cross the thread boundary: one column for each field. */
export interface EntryColumns {
  /** Joined by NUL, which no path contains. */
  readonly paths: string
  readonly kinds: Uint8Array
  readonly sizes: Float64Array
  readonly mtimesNs: BigInt64Array
  /** What etags are made of besides, by those who want one: where nothing changed, nobody does. Empty where they are made of sizes and times alone. */
  readonly inodes: BigInt64Array
  readonly ctimesNs: BigInt64Array
  readonly modes: Uint16Array
  /** 0 where it is not known. */
  readonly bornAtMs: Float64Array
}

/** Gathers entries of a target in their order, `most` at most. */
export class EntryColumnsBuilder {
  readonly #paths: string[] = []
  readonly #kinds: Uint8Array
  readonly #sizes: Float64Array
  readonly #mtimesNs: BigInt64Array
  readonly #inodes: BigInt64Array
  readonly #ctimesNs: BigInt64Array
  readonly #modes: Uint16Array
  readonly #bornAtMs: Float64Array

  constructor(etagBy: TargetPlace['etagBy'], most: number) {
    this.#kinds = new Uint8Array(most)
    this.#sizes = new Float64Array(most)
    this.#mtimesNs = new BigInt64Array(most)
    this.#inodes = new BigInt64Array(etagBy === 'inode' ? most : 0)
    this.#ctimesNs = new BigInt64Array(etagBy === 'inode' ? most : 0)
    this.#modes = new Uint16Array(most)
    this.#bornAtMs = new Float64Array(most)
  }

  get count(): number {
    return this.#paths.length
  }

  /** What `toTargetStat` tells of it, without an object for each entry. Precondition: fewer than `most` are there. */
  add(path: string, stat: BigIntStats): void {
    const at = this.#paths.push(path) - 1
    const kind = kindOf(stat)
    this.#kinds[at] = KINDS.indexOf(kind)
    this.#sizes[at] = kind === 'file' ? Number(stat.size) : 0
    this.#mtimesNs[at] = heldNs(stat.mtimeNs)
    // Beyond the end of an empty one nothing is kept.
    this.#inodes[at] = stat.ino
    this.#ctimesNs[at] = heldNs(stat.ctimeNs)
    this.#modes[at] = Number(stat.mode) & 0o777
    this.#bornAtMs[at] = bornAtMs(stat) ?? 0
  }

  finish(): EntryColumns {
    const count = this.#paths.length
    return {
      paths: this.#paths.join('\0'),
      // What lies beyond would cross the boundary, too.
      kinds: this.#kinds.slice(0, count),
      sizes: this.#sizes.slice(0, count),
      mtimesNs: this.#mtimesNs.slice(0, count),
      inodes: this.#inodes.slice(0, count),
      ctimesNs: this.#ctimesNs.slice(0, count),
      modes: this.#modes.slice(0, count),
      bornAtMs: this.#bornAtMs.slice(0, count),
    }
  }
}

/** The entries of columns, in their order. */
export function entriesOfColumns(columns: EntryColumns): readonly Entry[] {
  if (columns.kinds.length === 0) return []
  const by = columns.inodes.length === 0 ? 'times' : 'inode'
  return columns.paths.split('\0').map((path, at) => {
    // Spreading objects would take three times as long, for every file of a target.
    const entry: Writable<Entry> = {
      path: path as RelPath,
      kind: KINDS[columns.kinds[at]!]!,
      size: columns.sizes[at]!,
      mtimeNs: columns.mtimesNs[at]!,
      mode: columns.modes[at]!,
    }
    if (columns.kinds[at] === FILE_KIND) {
      const { size, mtimeNs } = entry
      entry.etag = etagFor({ size, mtimeNs, ino: columns.inodes[at] ?? 0n, ctimeNs: columns.ctimesNs[at] ?? 0n }, by)
    }
    if (columns.bornAtMs[at] !== 0) entry.storedAtMs = columns.bornAtMs[at]!
    return entry
  })
}

/** Columns that are not empty, as a stretch. `digest`: see `digestOfListing`. */
export function stretchOfColumns(
  columns: EntryColumns,
  digest: (columns: EntryColumns) => string,
): Stretch & { readonly first: RelPath } {
  const { paths, kinds, sizes } = columns
  let files = 0
  let bytes = 0
  for (let at = 0; at < kinds.length; at++) {
    if (kinds[at] !== FILE_KIND) continue
    files++
    bytes += sizes[at]!
  }
  const last = paths.slice(paths.lastIndexOf('\0') + 1) as RelPath
  const first = paths.split('\0', 1)[0] as RelPath
  return { first, last, count: kinds.length, files, bytes, digest: () => digest(columns) }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

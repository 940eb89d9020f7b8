import { hash } from 'node:crypto'
import type { RelPath } from '../../../common/model.ts'
import { RESERVED_DIRECTORY } from '../../../common/paths.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import type { S3Context } from './context.ts'
import { removeVersion } from './leftover-calls.ts'
import { listCurrent, listVersions, type ListedVersion } from './listings.ts'
import { headObject } from './objects.ts'
import { lockOf } from './version-lock.ts'

/** When a version ended, written down before the one that followed it goes. Milliseconds since the epoch, by the store's clock. */
export interface VersionEnd {
  readonly key: string
  readonly versionId: string
  readonly begunMs: number
  readonly endedMs: number
}

/** Below a target: when versions ended whose followers are gone. See docs/formats/kept.md. */
export const ENDS_AREA = `${RESERVED_DIRECTORY}/ends` as RelPath

/** With more records than this, and one for each that is full, they are put together. */
const MAX_RECORDS = 16
const FULL_BYTES = 4 * 1024 ** 2
/** A record may be put together with others while it is read. */
const MAX_READS = 5

interface KnownEnd extends VersionEnd {
  /** The last look at the bucket that met the version. */
  seen: number
}

/**
 * A bucket tells a version's end by the beginning of the next one. Before that goes, the end is written down, in records
 * that are only ever added to the bucket, or put together: each line is true for as long as the version is there. About
 * 300 bytes of memory a line.
 */
export class VersionEnds {
  readonly #context: S3Context
  readonly #records = new Map<string, ReadonlyMap<string, KnownEnd>>()
  #looks = 0
  #wholeLook = 0

  constructor(context: S3Context) {
    this.#context = context
  }

  /**
   * Reads what was written down by now. Ask for it after a page of versions was listed: what is not on it had its end written
   * down before.
   */
  async refresh(signal: AbortSignal): Promise<void> {
    for (let turn = 0; ; turn++) {
      const names = await this.#names(signal)
      for (const name of this.#records.keys()) if (!names.has(name)) this.#records.delete(name)
      const missing = [...names].filter((name) => !this.#records.has(name))
      const isRead = await Promise.all(missing.map((name) => this.#read(name, signal)))
      if (isRead.every(Boolean) || turn >= MAX_READS) return
    }
  }

  /** When it ended by what was written down; undefined where the next one tells. */
  endOf({ key, versionId, writtenAtMs }: ListedVersion): number | undefined {
    const name = nameOf(key, versionId ?? '')
    let endedMs: number | undefined
    for (const record of this.#records.values()) {
      const known = record.get(name)
      if (known === undefined) continue
      known.seen = this.#looks
      // Another content may have the id "null" by now.
      if (known.begunMs === writtenAtMs) endedMs = Math.min(endedMs ?? Infinity, known.endedMs)
    }
    return endedMs
  }

  /** To be called before all versions are listed; what it returns, once all were. What was not met is forgotten then. */
  look(): () => void {
    const look = ++this.#looks
    return () => (this.#wholeLook = Math.max(this.#wholeLook, look))
  }

  /** Durable when it resolves. */
  async write(ends: readonly VersionEnd[], signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#context.host
    for (const lines of inRecords(ends)) {
      const stamp = new Date(clock.now()).toISOString().replaceAll(':', '-')
      const key = `${this.#area()}${stamp}-${random.hex(4)}.jsonl`
      const body = Buffer.from(lines.map(lineOf).join(''))
      failpoint('s3.put.before')
      await this.#context.client.send({
        method: 'PUT',
        key,
        headers: { 'content-type': 'application/x-ndjson', 'content-md5': hash('md5', body, 'base64') },
        body: { kind: 'bytes', bytes: body },
        payloadHash: hash('sha256', body),
        signal,
      })
      failpoint('s3.put.after')
      this.#records.set(key, new Map(lines.map((end) => [nameOf(end.key, end.versionId), this.#known(end)])))
    }
  }

  /** Puts many records together, once they are many; leaves out versions that are gone. */
  async tidy(signal: AbortSignal): Promise<void> {
    const lines = [...this.#records.values()].reduce((sum, record) => sum + record.size, 0)
    if (this.#records.size <= MAX_RECORDS + lines / 10_000) return
    const names = new Set<string>()
    for (const name of this.#records.keys()) {
      const head = await headObject(this.#context, name, signal)
      if (head !== undefined && lockOf(head.headers) === undefined) names.add(name)
    }
    if (names.size <= MAX_RECORDS / 2) return
    const known = new Map([...names].flatMap((name) => [...(this.#records.get(name) ?? [])]))
    await this.write(
      [...known.values()].filter(({ seen }) => seen >= this.#wholeLook),
      signal,
    )
    for await (const version of listVersions(this.#context, this.#area(), { signal }))
      if (names.has(version.key)) await removeVersion(this.#context, version)
    for (const name of names) this.#records.delete(name)
  }

  async #names(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const names = new Set<string>()
    for await (const { key } of listCurrent(this.#context, this.#area(), signal)) names.add(key)
    return names
  }

  /** False where it is there no longer. */
  async #read(name: string, signal: AbortSignal): Promise<boolean> {
    const reply = await this.#context.client.sendIfPresent({ method: 'GET', key: name, signal })
    if (reply === undefined) return false
    const ends = reply.body
      .toString()
      .split('\n')
      .flatMap((line) => endIn(line) ?? [])
    this.#records.set(name, new Map(ends.map((end) => [nameOf(end.key, end.versionId), this.#known(end)])))
    return true
  }

  /** What was just read or written counts as met. */
  #known(end: VersionEnd): KnownEnd {
    return { ...end, seen: this.#looks }
  }

  #area(): string {
    return `${this.#context.keyOf(ENDS_AREA)}/`
  }
}

const all = new WeakMap<S3Context, VersionEnds>()

/** Of one target; what was read stays known. */
export function versionEnds(context: S3Context): VersionEnds {
  const known = all.get(context) ?? new VersionEnds(context)
  all.set(context, known)
  return known
}

function nameOf(key: string, versionId: string): string {
  return `${versionId} ${key}`
}

function lineOf({ key, versionId, begunMs, endedMs }: VersionEnd): string {
  return `${JSON.stringify([key, versionId, begunMs, endedMs])}\n`
}

/** Undefined for what is no such line: its version ends where the next one begins, as it did before there were records. */
function endIn(line: string): VersionEnd | undefined {
  try {
    const [key, versionId, begunMs, endedMs] = JSON.parse(line) as unknown[]
    const isText = typeof key === 'string' && typeof versionId === 'string'
    const isTimed = typeof begunMs === 'number' && typeof endedMs === 'number' && begunMs <= endedMs
    return isText && isTimed ? { key, versionId, begunMs, endedMs } : undefined
  } catch {
    return undefined
  }
}

function* inRecords(ends: readonly VersionEnd[]): Generator<readonly VersionEnd[]> {
  let record: VersionEnd[] = []
  let bytes = 0
  for (const end of ends) {
    record.push(end)
    bytes += end.key.length * 3 + 100
    if (bytes < FULL_BYTES) continue
    yield record
    record = []
    bytes = 0
  }
  if (record.length > 0) yield record
}

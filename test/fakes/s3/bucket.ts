import type { ContentStore } from './content.ts'
import { S3Error, type Upload, type Version } from './types.ts'

const DAY_MS = 86_400_000

/** A bucket: every key with its versions, oldest first, and the unfinished uploads. */
export class Bucket {
  readonly name: string
  readonly contents: ContentStore
  readonly uploads = new Map<string, Upload>()
  versioning: 'off' | 'enabled' | 'suspended' = 'off'
  /** When a copy of an archived object is there: `at-once`, or once the test says so, see {@link thawAll}. */
  thawing: 'at-once' | 'when-told' = 'at-once'
  /** `default`: every new version is locked for a month; nobody can remove it. */
  objectLock: 'off' | 'enabled' | 'default' = 'off'
  readonly #versionsByKey = new Map<string, Version[]>()
  #sortedKeys: readonly string[] | undefined
  #serial = 0

  constructor(name: string, contents: ContentStore) {
    this.name = name
    this.contents = contents
  }

  /** The copies that were asked for are there now. */
  thawAll(nowMs: number): void {
    for (const versions of this.#versionsByKey.values())
      for (const version of versions) {
        if (version.thawingDays === undefined) continue
        version.restoredUntilMs = nowMs + version.thawingDays * DAY_MS
        delete version.thawingDays
      }
  }

  /** What a plain GET sees: the newest version, which may be a delete marker. */
  current(key: string): Version | undefined {
    return this.#versionsByKey.get(key)?.at(-1)
  }

  /** The current object, or a version of it. Throws NoSuchKey, NoSuchVersion, MethodNotAllowed for delete markers. */
  require(key: string, versionId?: string): Version {
    const versions = this.#versionsByKey.get(key) ?? []
    const found =
      versionId === undefined ? versions.at(-1) : versions.find((version) => version.versionId === versionId)
    if (found === undefined) {
      throw new S3Error(
        404,
        versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion',
        'The specified key does not exist.',
      )
    }
    if (found.deleteMarker) {
      const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': found.versionId }
      if (versionId !== undefined)
        throw new S3Error(405, 'MethodNotAllowed', 'The resource is a delete marker.', headers)
      throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', headers)
    }
    return found
  }

  /** Adds a version as the bucket's versioning has it. */
  add(draft: Omit<Version, 'versionId'>): Version {
    const version: Version = { ...draft, versionId: this.versioning === 'enabled' ? this.nextId('v') : 'null' }
    const older = this.#versionsByKey.get(draft.key) ?? []
    const kept = version.versionId === 'null' ? older.filter((one) => one.versionId !== 'null') : older
    if (older.length === 0) this.#sortedKeys = undefined
    this.#versionsByKey.set(draft.key, [...kept, version])
    return version
  }

  /** Removes one version for good. */
  drop(key: string, versionId: string): Version | undefined {
    const versions = this.#versionsByKey.get(key) ?? []
    const left = versions.filter((version) => version.versionId !== versionId)
    if (left.length > 0) this.#versionsByKey.set(key, left)
    else if (this.#versionsByKey.delete(key)) this.#sortedKeys = undefined
    return versions.find((version) => version.versionId === versionId)
  }

  versions(key: string): readonly Version[] {
    return this.#versionsByKey.get(key) ?? []
  }

  /** Every key that has versions, in the order of UTF-8 bytes. */
  keys(): readonly string[] {
    this.#sortedKeys ??= [...this.#versionsByKey.keys()]
      .map((key) => ({ key, bytes: Buffer.from(key) }))
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
      .map(({ key }) => key)
    return this.#sortedKeys
  }

  nextId(prefix: string): string {
    return `${prefix}${String(++this.#serial).padStart(8, '0')}`
  }

  upload(id: string, key: string): Upload {
    const upload = this.uploads.get(id)
    if (upload === undefined || upload.key !== key) {
      throw new S3Error(404, 'NoSuchUpload', 'The specified multipart upload does not exist.')
    }
    return upload
  }
}

import { TidekeepError } from '../../../common/errors.ts'
import { KEPT_AREA, parseKeptPath } from '../../../common/kept-area.ts'
import type { ByteRange, Entry, Kept, RelPath } from '../../../common/model.ts'
import { isReserved, isWithin, relPathProblem } from '../../../common/paths.ts'
import type { CallOptions, Features, KeptVersion } from '../provider.ts'
import { storageClassHeaders, type S3Context } from './context.ts'
import { copyObject, moveObject } from './copy.ts'
import { versionIn, versionToken } from './keep.ts'
import { listCurrent, listVersions, type ListedVersion } from './listings.ts'
import { toEntry } from './metadata.ts'
import { shownPath, statObject } from './objects.ts'
import { readObject } from './read.ts'
import { releaseVersions } from './release-versions.ts'
import { versionEnds } from './version-ends.ts'
import { versioningOf } from './versioning.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** Kept versions of a bucket: copies in the reserved area, and the versions the bucket itself keeps. */
export function keptAbilities(context: S3Context): Partial<Features> {
  return {
    keptVersions: (path, options) => keptVersions(context, path, options),
    statKept: (kept, options) => statKept(context, kept, options),
    readKept: (kept, options) => readKept(context, kept, options),
    removeKept: (kept, options) => removeKept(context, kept, options),
    putBackKept: (kept, options) => putBackKept(context, kept, options),
    releaseKept: (kept, options) => releaseVersions(context, kept, options),
  }
}

async function* keptVersions(context: S3Context, path: RelPath, { signal }: CallOptions): AsyncGenerator<KeptVersion> {
  for await (const { key, sizeBytes, ageMs, storageClass } of listCurrent(
    context,
    `${context.keyOf(KEPT_AREA)}/`,
    signal,
  )) {
    const token = key.slice(context.keyOf('' as RelPath).length)
    const place = parseKeptPath(token)
    if (place === undefined || !isWithin(place.path, path)) continue
    yield { ...place, sizeBytes, token, ageMs, keptBy: 'tidekeep', ...(storageClass && { storageClass }) }
  }
  if ((await versioningOf(context, signal)) !== 'none') yield* versionsOfBucket(context, path, signal)
}

/** Every version that another one, or a delete marker, took the place of: the newest of a key comes first. */
async function* versionsOfBucket(context: S3Context, below: RelPath, signal: AbortSignal): AsyncGenerator<KeptVersion> {
  const root = context.keyOf('' as RelPath)
  const ends = versionEnds(context)
  const isWhole = ends.look()
  let newer: ListedVersion | undefined
  const prefix = below === '' ? root : context.keyOf(below)
  for await (const version of listVersions(context, prefix, { signal, onPage: () => ends.refresh(signal) })) {
    const successor = newer?.key === version.key ? newer : undefined
    newer = version
    // Asked of every version: what was written down of those that are gone is forgotten.
    const endedMs = ends.endOf(version)
    const path = version.key.slice(root.length) as RelPath
    const isEarlier = successor !== undefined && !version.isDeleteMarker && version.versionId !== undefined
    if (!isEarlier || relPathProblem(path) !== undefined || isReserved(path) || !isWithin(path, below)) continue
    yield {
      path,
      ...(endedMs === undefined ? endedBy(successor) : endedAt(version, endedMs)),
      storedAtMs: version.writtenAtMs,
      sizeBytes: version.sizeBytes,
      token: versionToken({ versionId: version.versionId, path }),
      keptBy: 'store',
      versionId: version.versionId,
      ...(version.storageClass && { storageClass: version.storageClass }),
    }
  }
  if (below === '') isWhole()
}

type Ended = Pick<KeptVersion, 'why' | 'keptAtMs' | 'ageMs'>

function endedBy({ isDeleteMarker, writtenAtMs, ageMs }: ListedVersion): Ended {
  return { why: isDeleteMarker ? 'deleted' : 'replaced', keptAtMs: writtenAtMs, ageMs }
}

/** Its follower is gone; that was a version, as delete markers are never let go of. */
function endedAt({ writtenAtMs, ageMs }: ListedVersion, endedMs: number): Ended {
  return { why: 'replaced', keptAtMs: endedMs, ageMs: ageMs - (endedMs - writtenAtMs) }
}

async function statKept(context: S3Context, kept: Kept, { signal }: CallOptions): Promise<Entry> {
  const versionId = versionIn(kept.token)
  if (versionId === undefined)
    return { ...(await statObject(context, areaPath(context, kept), signal)), path: kept.path }
  return toEntry(kept.path, (await headVersion(context, kept, versionId, signal)).headers)
}

async function headVersion(context: S3Context, { path }: Kept, versionId: string, signal: AbortSignal) {
  const head = await context.client.sendIfPresent({
    method: 'HEAD',
    key: context.keyOf(path),
    query: { versionId },
    headers: { 'x-amz-checksum-mode': 'ENABLED' },
    signal,
  })
  if (head !== undefined) return head
  throw new TidekeepError({
    code: 'not-found',
    message: s3FailureTexts.keptVersions.theBucketKeepsThatVersion({ path: shownPath(context, path) }),
    path: shownPath(context, path),
  })
}

function readKept(
  context: S3Context,
  kept: Kept,
  options: CallOptions & { readonly range?: ByteRange },
): AsyncIterable<Uint8Array> {
  const versionId = versionIn(kept.token)
  if (versionId === undefined) return readObject(context, areaPath(context, kept), options)
  return readObject(context, kept.path, { ...options, versionId })
}

async function removeKept(context: S3Context, kept: Kept, { signal }: CallOptions): Promise<void> {
  const { path } = kept
  if (versionIn(kept.token) !== undefined) {
    throw new TidekeepError({
      code: 'unsupported',
      message: s3FailureTexts.keptVersions.isKeptByTheBucket({ path: shownPath(context, path) }),
      path: shownPath(context, path),
      fix: s3FailureTexts.keptVersions.isKeptByTheBucketFix,
    })
  }
  await context.client.sendIfPresent({ method: 'DELETE', key: context.keyOf(areaPath(context, kept)), signal })
}

async function putBackKept(context: S3Context, kept: Kept, { signal }: CallOptions): Promise<Entry> {
  const { path } = kept
  const versionId = versionIn(kept.token)
  if (versionId === undefined) {
    const expect = { kind: 'any' } as const
    return moveObject(context, areaPath(context, kept), path, { expect, signal })
  }
  const source = await headVersion(context, kept, versionId, signal)
  const headers = storageClassHeaders(context.options, path)
  return copyObject(context, { from: path, to: path, source, fromVersion: versionId, headers, signal })
}

/** Where what a token names lies: a copy under a name of its own, a version under the path it had. */
export function placeOfKept(
  context: S3Context,
  kept: Pick<Kept, 'path' | 'token'>,
): { readonly path: RelPath; readonly versionId?: string } {
  const versionId = versionIn(kept.token)
  return versionId === undefined ? { path: areaPath(context, kept) } : { path: kept.path, versionId }
}

function areaPath(context: S3Context, { token }: Pick<Kept, 'token'>): RelPath {
  if (parseKeptPath(token) !== undefined) return token as RelPath
  throw new TidekeepError({
    code: 'invalid',
    message: s3FailureTexts.keptVersions.isNotTheNameOf({ token: JSON.stringify(token), location: context.location }),
  })
}

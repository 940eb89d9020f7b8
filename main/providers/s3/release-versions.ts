import { isTidekeepError, TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { Kept } from '../../../common/model.ts'
import { inLanes } from '../../lanes.ts'
import type { CallOptions, ReleaseOutcome } from '../provider.ts'
import type { S3Context } from './context.ts'
import { deleteVersions } from './delete-versions.ts'
import { versionIn } from './keep.ts'
import { listVersions, type ListedVersion } from './listings.ts'
import { isOurWriting } from './metadata.ts'
import { preconditionFailed, shownPath } from './objects.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'
import { versionEnds, type VersionEnd } from './version-ends.ts'
import { lockOf } from './version-lock.ts'

/** The version that an object had before versioning was turned on, or has while it is suspended: its content may change. */
const UNVERSIONED = 'null'
/** Requests under way at once. */
const AT_ONCE = 16

interface Candidate {
  readonly kept: Kept
  readonly key: string
  readonly versionId: string
  /** Undefined while nothing speaks against it. */
  outcome?: ReleaseOutcome
}

/**
 * Removes versions that a bucket keeps for good. An id always names the same content, so it is the precondition; that each
 * is an earlier one is looked up right before, in a listing of its path, as no store can be asked to check that. When the
 * one before it ended is written down first. Delete markers are never removed: what they hide would come back. Idempotent.
 * Each succeeds or fails alone; outcomes are in the order of `versions`: `unsupported` for what Tidekeep did not write, `locked`
 * for what is under Object Lock or a legal hold, `precondition-failed` for what became the present version, `forbidden` where
 * the keys may not, or the store does not let it go.
 */
export async function releaseVersions(
  context: S3Context,
  versions: readonly Kept[],
  { signal, dryRun }: CallOptions & { readonly dryRun?: boolean },
): Promise<readonly ReleaseOutcome[]> {
  const candidates = versions.map((kept) => candidateOf(context, kept))
  const open = (): readonly Candidate[] => candidates.filter(({ outcome }) => outcome === undefined)
  await inLanes(AT_ONCE, open(), (candidate) => settled(candidate, signal, () => lookAt(context, candidate, signal)))
  const byKey = Map.groupBy(open(), ({ key }) => key)
  const ends: VersionEnd[] = []
  const known = versionEnds(context)
  await known.refresh(signal)
  await inLanes(AT_ONCE, [...byKey], async ([key, of]) => {
    ends.push(...(await endsAround(context, { key, of, signal })))
  })
  if (dryRun !== true) {
    await known.write(ends, signal)
    await remove(context, open(), signal)
    await known.tidy(signal).catch((error: unknown) => {
      // What stays is read as well as before; the next run tries again.
      if (signal.aborted) throw error
    })
  }
  return candidates.map(({ outcome }) => outcome ?? { ok: true })
}

function candidateOf(context: S3Context, kept: Kept): Candidate {
  const versionId = versionIn(kept.token) ?? UNVERSIONED
  const candidate = { kept, key: context.keyOf(kept.path), versionId }
  return versionId === UNVERSIONED ? { ...candidate, outcome: failed(notOurs(context, kept)) } : candidate
}

/** What the version says of itself. */
async function lookAt(context: S3Context, candidate: Candidate, signal: AbortSignal): Promise<void> {
  const { key, versionId, kept } = candidate
  const head = await context.client.sendIfPresent({ method: 'HEAD', key, query: { versionId }, signal })
  if (head === undefined) return void (candidate.outcome = { ok: true })
  if (!isOurWriting(head.headers)) throw notOurs(context, kept)
  const lock = lockOf(head.headers)
  if (lock !== undefined) throw locked(context, kept, lock)
}

/** What the versions around say: which of them is the present one, and whose end is told by one that goes. */
async function endsAround(
  context: S3Context,
  { key, of, signal }: { readonly key: string; readonly of: readonly Candidate[]; readonly signal: AbortSignal },
): Promise<readonly VersionEnd[]> {
  try {
    const listed: ListedVersion[] = []
    for await (const version of listVersions(context, key, { signal })) {
      // Those of other keys that begin alike come after.
      if (version.key !== key) break
      listed.push(version)
    }
    if (listed.some(({ versionId }) => versionId === undefined)) throw refused(context, of[0]!.kept)
    for (const candidate of of) {
      const place = listed.findIndex(({ versionId }) => versionId === candidate.versionId)
      if (place === 0) candidate.outcome = failed(preconditionFailed(context, candidate.kept.path))
      else if (place < 0) candidate.outcome = { ok: true }
    }
    const going = new Set(of.flatMap(({ versionId, outcome }) => (outcome === undefined ? [versionId] : [])))
    return endsToldBy(context, listed, going)
  } catch (error) {
    if (signal.aborted) throw error
    for (const candidate of of) candidate.outcome ??= failed(toTidekeepError(error))
    return []
  }
}

/** Of every version whose follower goes; also where it goes itself, as its removal may fail. */
function endsToldBy(
  context: S3Context,
  listed: readonly ListedVersion[],
  going: ReadonlySet<string>,
): readonly VersionEnd[] {
  const known = versionEnds(context)
  return listed.flatMap((version, at) => {
    const next = listed[at - 1]
    if (version.isDeleteMarker || next === undefined || !going.has(next.versionId!)) return []
    if (known.endOf(version) !== undefined) return []
    const { key, versionId, writtenAtMs: begunMs } = version
    return [{ key, versionId: versionId!, begunMs, endedMs: next.writtenAtMs }]
  })
}

async function remove(context: S3Context, going: readonly Candidate[], signal: AbortSignal): Promise<void> {
  const errors = await deleteVersions(context, going, signal)
  for (const [at, error] of errors.entries()) {
    if (error === undefined) continue
    const candidate = going[at]!
    const isRefusal = isTidekeepError(error) && error.code === 'forbidden'
    candidate.outcome = failed(isRefusal ? refused(context, candidate.kept, error) : error)
  }
}

async function settled(candidate: Candidate, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (signal.aborted) throw error
    candidate.outcome = failed(toTidekeepError(error))
  }
}

function failed(error: Error): ReleaseOutcome {
  return { ok: false, error }
}

function notOurs(context: S3Context, { path }: Kept): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: s3FailureTexts.releaseVersion.anEarlierVersionOfStays({ path: shownPath(context, path) }),
    path: shownPath(context, path),
    fix: s3FailureTexts.releaseVersion.anEarlierVersionOfStaysFix,
  })
}

function locked(context: S3Context, { path }: Kept, lock: string): TidekeepError {
  return new TidekeepError({
    code: 'locked',
    message: s3FailureTexts.releaseVersion.anEarlierVersionOfStays2({ path: shownPath(context, path), lock }),
    path: shownPath(context, path),
    retry: { kind: 'never' },
  })
}

function refused(context: S3Context, { path }: Kept, cause?: Error): TidekeepError {
  return new TidekeepError({
    code: 'forbidden',
    message: s3FailureTexts.releaseVersion.theBucketOfDoesNot({ path: shownPath(context, path) }),
    path: shownPath(context, path),
    fix: s3FailureTexts.releaseVersion.theBucketOfDoesNotFix,
    ...(cause === undefined ? {} : { cause }),
  })
}

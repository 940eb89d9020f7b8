import { createReadStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { TidekeepError, toTidekeepError, type ErrorCode } from '../../common/errors.ts'
import type { BaselineEntry, Entry, FolderId, RelPath, RestoreProof } from '../../common/model.ts'
import { heldNs } from '../../workers/fs/held-times.ts'
import { inodeOf } from '../../workers/fs/stable-read.ts'
import type { Clock, Random } from '../host.ts'
import type { SourceProvider } from '../providers/provider.ts'
import type { BaselineStore } from '../state/store.ts'
import { isArchived } from './compare-content.ts'
import type { Destination } from './destination.ts'
import { digestStream } from '../digests.ts'
import { openLocalDestination } from './local-destination.ts'
import { drawSample, type SampleLimits } from './proof-sample.ts'
import { restore } from './restore.ts'
import { removeScratch } from './scratch.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** What a proof of restore needs. */
export interface ProofWork {
  readonly provider: SourceProvider
  readonly baseline: Pick<BaselineStore, 'get' | 'page' | 'put'>
  readonly folderId: FolderId
  /** Absolute path of the folder that the target is a copy of. */
  readonly source: string
  /** Absolute; made for the proof and removed after it. */
  readonly scratch: string
  /** Others change the target, too, and that is no damage: only what is still the version that was agreed on is judged. */
  readonly isTwoWay: boolean
  readonly limits: SampleLimits
  /** The proof before this one. */
  readonly before: RestoreProof | undefined
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
}

type Verdict =
  | { readonly kind: 'proven'; readonly hash: string; readonly isSameAsSource: boolean }
  | { readonly kind: 'failed'; readonly message: string }
  /** It changed meanwhile, or nothing is known of what it was: it proves nothing, either way. */
  | { readonly kind: 'skipped' }

/** Failures that are kept; the number is always whole. */
const KEPT_FAILURES = 100

/** Errors that say nothing of what the target holds: the proof is made another time. */
const NO_VERDICT: readonly ErrorCode[] = [
  'unavailable',
  'timeout',
  'unauthenticated',
  'cancelled',
  'quota-exceeded',
  'internal',
]

/**
 * Brings a sample back from the target into a scratch place, the way a restore does, and compares
 * each file with the source it was made from, or with the recorded digest where the source has
 * changed since. Before a file counts as failed it is looked at once more, so that a backup that
 * goes on meanwhile causes no false alarm. Undefined where nothing could be judged. Throws what
 * concerns the target or the scratch place as a whole.
 */
export async function proveRestore(work: ProofWork): Promise<RestoreProof | undefined> {
  const { baseline, folderId, clock, random, signal, limits, before } = work
  const again = (before?.failures ?? []).map(({ path }) => path as RelPath)
  const sample = await drawSample({ baseline, folderId, again, limits, clock, random, signal })
  const verdicts = new Map<BaselineEntry, Verdict>()
  removeScratch(work.scratch)
  const destination = openLocalDestination(work.scratch)
  try {
    for (const [record, verdict] of await broughtBack(sample, { ...work, destination })) verdicts.set(record, verdict)
  } finally {
    await destination.close()
    removeScratch(work.scratch)
  }
  signal.throwIfAborted()
  const judged = [...verdicts].filter(([record, { kind }]) => kind !== 'skipped' && isStillRecorded(record, work))
  for (const [record, verdict] of judged) settle(record, verdict, work)
  return summary(judged, work)
}

type Running = ProofWork & { readonly destination: Destination }

async function broughtBack(sample: readonly BaselineEntry[], work: Running): Promise<Map<BaselineEntry, Verdict>> {
  const { provider, destination, clock, signal } = work
  const verdicts = new Map<BaselineEntry, Verdict>()
  const entries = new Map<RelPath, Entry>()
  for (const record of sample) {
    const entry = await lookAt(record, work)
    if (work.isTwoWay && entry?.etag !== record.remote.etag) verdicts.set(record, { kind: 'skipped' })
    else if (entry === undefined)
      verdicts.set(record, { kind: 'failed', message: restoreFailureTexts.proof.itIsMissingAtThe })
    else if (isArchived(entry)) verdicts.set(record, { kind: 'skipped' })
    else entries.set(record.path, entry)
  }
  const byPath = new Map(sample.map((record) => [record.path, record]))
  const result = await restore({
    provider,
    destination,
    // Without its mode, which may forbid reading what was brought back.
    records: { get: (path) => [byPath.get(path) ?? []].flat().map(withoutMode), trees: () => [] },
    path: '' as RelPath,
    selected: async function* () {
      for (const entry of entries.values()) yield { kind: 'there', entry: withoutMode(entry), isCertain: true }
    },
    dryRun: false,
    overwrite: false,
    clock,
    stop: signal,
    kill: signal,
    onEvent: () => undefined,
  })
  const failures = new Map(result.failures.map(({ path, code, message }) => [path, { code, message }]))
  for (const record of sample) {
    if (!entries.has(record.path)) continue
    const failure = failures.get(record.path)
    if (failure !== undefined) throwUnlessVerdict(failure)
    verdicts.set(
      record,
      failure === undefined ? await compare(record, work) : { kind: 'failed', message: failure.message },
    )
  }
  return verdicts
}

async function lookAt({ path }: BaselineEntry, { provider, signal }: ProofWork): Promise<Entry | undefined> {
  try {
    return await provider.stat(path, { signal })
  } catch (error) {
    if (toTidekeepError(error).code === 'not-found') return undefined
    throw error
  }
}

function throwUnlessVerdict({ code, message }: { readonly code: ErrorCode; readonly message: string }): void {
  if (NO_VERDICT.includes(code)) throw new TidekeepError({ code, message })
}

/** The source decides while it is the very file that was sent; its recorded digest does afterwards. */
async function compare(record: BaselineEntry, work: Running): Promise<Verdict> {
  const { hex: hash, size } = await digestStream(work.destination.read(record.path), 'blake3')
  const source = await sourceHash(record, work)
  const expected = source ?? record.contentHash
  if (expected === undefined) return { kind: 'skipped' }
  if (hash === expected) return { kind: 'proven', hash, isSameAsSource: source !== undefined }
  const message =
    size === record.size
      ? restoreFailureTexts.proof.otherContent
      : restoreFailureTexts.proof.otherSize({ size, wanted: record.size })
  return { kind: 'failed', message }
}

/** Undefined where the source is no longer the file that was sent, or cannot be read. */
async function sourceHash(record: BaselineEntry, { source }: ProofWork): Promise<string | undefined> {
  const path = join(source, record.path)
  try {
    if (!(await isSentFile(path, record))) return undefined
    const { hex } = await digestStream(createReadStream(path, { highWaterMark: 1024 * 1024 }), 'blake3')
    return (await isSentFile(path, record)) ? hex : undefined
  } catch {
    return undefined
  }
}

async function isSentFile(path: string, { size, mtimeNs, identity }: BaselineEntry): Promise<boolean> {
  const stat = await lstat(path, { bigint: true })
  if (!stat.isFile() || identity === undefined) return false
  const isSameTime = heldNs(stat.mtimeNs) === mtimeNs && heldNs(stat.ctimeNs) === identity.ctimeNs
  return isSameTime && stat.size === BigInt(size) && inodeOf(stat) === identity.inode
}

function isStillRecorded(record: BaselineEntry, { baseline, folderId }: ProofWork): boolean {
  const now = baseline.get(folderId, record.path)
  return (
    now !== undefined &&
    now.recordedAtMs === record.recordedAtMs &&
    now.mtimeNs === record.mtimeNs &&
    now.remote.etag === record.remote.etag &&
    now.contentHash === record.contentHash
  )
}

/** What was only believed when the copy was taken over has been read by now. */
function settle(record: BaselineEntry, verdict: Verdict, { baseline, folderId }: ProofWork): void {
  if (verdict.kind !== 'proven' || !verdict.isSameAsSource || record.remote.verifiedBy !== 'recorded') return
  baseline.put(folderId, {
    ...record,
    contentHash: verdict.hash,
    remote: { ...record.remote, verifiedBy: 'read-back' },
  })
}

function summary(
  judged: readonly (readonly [BaselineEntry, Verdict])[],
  { clock, before }: ProofWork,
): RestoreProof | undefined {
  if (judged.length === 0) return undefined
  const failures = judged.flatMap(([{ path }, verdict]) =>
    verdict.kind === 'failed' ? [{ path, message: verdict.message }] : [],
  )
  const atMs = clock.now()
  const provenAtMs = failures.length === 0 ? atMs : before?.provenAtMs
  return {
    atMs,
    files: judged.length,
    bytes: judged.reduce((sum, [{ size }]) => sum + size, 0),
    failedFiles: failures.length,
    failures: failures.slice(0, KEPT_FAILURES),
    ...(provenAtMs === undefined ? {} : { provenAtMs }),
  }
}

function withoutMode<T extends { readonly mode?: number }>(entry: T): Omit<T, 'mode'> {
  const { mode: _mode, ...rest } = entry
  return rest
}

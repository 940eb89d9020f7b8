import { TidekeepError } from '../../../common/errors.ts'
import type { BaselineEntry, Checksum, Entry, Precondition } from '../../../common/model.ts'
import { createBlake3 } from '../../../workers/hash/blake3.ts'
import type { Pool } from '../../../workers/tasks.ts'
import type { TargetProvider } from '../../providers/provider.ts'
import { localFile } from './local-content.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/** What comparing needs. */
export interface CompareContext {
  readonly root: string
  readonly target: TargetProvider
  readonly pool: Pool
}

/**
 * The BLAKE3 hex both sides share, or undefined when they differ. Goes by the target's own digest
 * where it has a BLAKE3 one, and reads the object back otherwise: size and time prove nothing.
 * Throws `precondition-failed` where the target holds another version by now than `remote`.
 */
export async function sameContent(
  context: CompareContext,
  pair: { readonly local: Entry; readonly remote: Entry },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { local, remote } = pair
  if (local.kind !== 'file' || local.size !== remote.size) return undefined
  const localHash = await context.pool.run('hashFile', localFile(context.root, local), { signal })
  const remoteHash = await hashAtTarget(context.target, remote, signal)
  return localHash === remoteHash ? localHash : undefined
}

/**
 * Whether the target still holds what was agreed on, the very file and its bytes, although its etag is
 * another one, as a change leaves it that a crash cut off. What somebody put there anew is theirs,
 * also where its bytes are the same. Throws `precondition-failed` where it holds another version by
 * now than `remote`.
 */
export async function isAgreedFile(
  { target }: Pick<CompareContext, 'target'>,
  pair: { readonly base: BaselineEntry; readonly remote: Entry },
  signal: AbortSignal,
): Promise<boolean> {
  const { base, remote } = pair
  const [before, now] = [base.remote.etag, remote.etag]
  if (base.contentHash === undefined || before === undefined || now === undefined) return false
  if (target.features.isSameFile?.(before, now) !== true) return false
  return (await hashAtTarget(target, remote, signal)) === base.contentHash
}

/** The BLAKE3 hex of what the target holds: its own digest where it has one, read back otherwise. Throws `precondition-failed` as `sameContent` does. */
export async function hashAtTarget(target: TargetProvider, remote: Entry, signal: AbortSignal): Promise<string> {
  // What a listing told may be from before a crash, or from hours ago.
  const computed = blake3Of(remote.checksums) ?? blake3Of([await target.features.checksum?.(remote.path, { signal })])
  if (computed !== undefined) {
    await assertSameVersion(target, remote, signal)
    return computed
  }
  const expect: Precondition = remote.etag === undefined ? { kind: 'any' } : { kind: 'etag', etag: remote.etag }
  const hasher = createBlake3()
  for await (const piece of target.read(remote.path, { signal, expect })) hasher.update(piece)
  return hasher.digestHex()
}

/** A digest is of what is there now; it must be the version that is going to be agreed on. */
async function assertSameVersion(target: TargetProvider, remote: Entry, signal: AbortSignal): Promise<void> {
  const { etag } = await target.stat(remote.path, { signal })
  if (etag === remote.etag) return
  throw new TidekeepError({
    code: 'precondition-failed',
    message: engineFailureTexts.sameContent.wasChangedAfterItWas({ path: remote.path }),
    path: remote.path,
  })
}

function blake3Of(checksums: readonly (Checksum | undefined)[] | undefined): string | undefined {
  return checksums?.find((checksum) => checksum?.algorithm === 'blake3')?.value
}

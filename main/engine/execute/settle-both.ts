import type {
  Action,
  BaselineEntry,
  Entry,
  Outcome,
  RelPath,
  SettleAction,
  UploadAction,
} from '../../../common/model.ts'
import { parentOf, ROOT_PATH } from '../../../common/paths.ts'
import { metadataOf } from './baseline-entry.ts'
import { conflict, type BothSides } from './conflict.ts'
import { fetchOver, followMetadata, isOlder } from './fetch.ts'
import {
  changedMeanwhile,
  belowFile,
  expectOf,
  hereNow,
  lookAgain,
  removedIfEmpty,
  sourceOf,
  waitForWay,
} from './here.ts'
import { lookFor } from './objects-below.ts'
import { isSourceItself, putApart } from './own-bytes.ts'
import { put } from './put.ts'
import { failedWith, type Run } from './run.ts'
import { hashAtTarget } from './same-content.ts'
import { coarserStepNs, isSameMetadata } from './same-metadata.ts'

/** Compares what both sides have by now. Throws `vanished` where one has nothing: the next look decides. */
export async function settle(
  run: Run,
  action: Action & Pick<SettleAction, 'base'> & { readonly remote?: Entry },
): Promise<Outcome> {
  const { path, remote: seen } = action
  const local = await hereNow(run, path)
  // Only a file here is against what lies below its name there.
  const kind = local?.kind === 'file' && seen?.kind === 'directory' ? 'directory' : 'file'
  const remote = await lookFor(run.context.target, { path, kind }, run.signal)
  if (local === undefined || remote === undefined) throw lookAgain(action.path)
  return settleBoth(run, action, { local, remote, base: action.base })
}

/** The target refused an upload: it has another version than the one that was agreed on, or lost it. */
export async function settleUpload(run: Run, action: UploadAction): Promise<Outcome> {
  const { path, local, base } = action
  const remote = await run.remoteNow(path)
  if (remote !== undefined) return settleBoth(run, action, { local, remote, base })
  await waitForFolder(run, path)
  return put(run, { ...action, expect: { kind: 'absent' } })
}

/** A file at the target where the source has a folder has to be settled itself: see {@link belowFile}. */
export async function waitForFolder(run: Run, path: RelPath): Promise<void> {
  for (let above = parentOf(path); above !== ROOT_PATH; above = parentOf(above)) {
    const remote = await run.remoteNow(above)
    if (remote !== undefined && remote.kind !== 'directory') throw belowFile(run, path)
  }
}

/**
 * Ends two versions in one of: agreed on (equal content; the newer times and mode win), the one that
 * did not change replaced by the other, which is kept, or a conflict that leaves both as they are
 * (I3, I5). One file that both sides have a name for becomes two. Throws `changed` where a side changed meanwhile.
 */
export async function settleBoth(run: Run, action: Action, found: BothSides): Promise<Outcome> {
  try {
    // A listing tells names as they are spelled; what was found by looking a path up may be spelled otherwise, and would never be met again.
    const remote = action.kind === 'settle' ? found.remote : await run.respell(found.remote, action.path)
    const sides = { ...found, remote }
    if (sides.local.kind !== sides.remote.kind) return await settleKinds(run, action, sides)
    if (sides.local.kind === 'directory') return folderAgreed(run, action, sides)
    return await settleFiles(run, action, sides)
  } catch (error) {
    if (!failedWith(error, 'precondition-failed', 'already-exists', 'not-found')) throw error
    throw changedMeanwhile(action.path, error)
  }
}

async function settleFiles(run: Run, action: Action, sides: BothSides): Promise<Outcome> {
  const { local, remote, base } = sides
  const { path } = action
  if (await isSourceItself(run, local, remote)) return putApart(run, action, sides)
  const mayBeAgreed = base?.kind === 'file' && remote.size === base.remote.size
  const localHash = await run.hash(local)
  const remoteHash =
    local.size === remote.size || mayBeAgreed ? await hashAtTarget(run.context.target, remote, run.signal) : undefined
  if (localHash === remoteHash) return contentAgreed(run, action, { ...sides, hash: localHash })
  const agreed = base?.contentHash
  const difference = { ...sides, localHash, remoteHash }
  if (base === undefined || agreed === undefined) return conflict(run, action, { ...difference, kind: 'create-create' })
  if (remoteHash === agreed) {
    const upload = { kind: 'upload', path, local, base: asNow(base, remote), expect: expectOf(remote) } as const
    return put(run, upload)
  }
  if (localHash !== agreed) return conflict(run, action, { ...difference, kind: 'edit-edit' })
  if (isOlder(run, remote, base)) return conflict(run, action, { ...difference, kind: 'rolled-back' })
  const download = { kind: 'download', path, local, remote, base, expect: expectOf(remote) } as const
  return fetchOver(run, download, { remote, here: local, hereHash: localHash })
}

/** What was agreed on, as the target tells of it by now. */
function asNow(base: BaselineEntry, { etag, versionId, size }: Entry): BaselineEntry {
  const remote = { size, verifiedBy: base.remote.verifiedBy }
  const told = { ...(etag === undefined ? {} : { etag }), ...(versionId === undefined ? {} : { versionId }) }
  return { ...base, remote: { ...remote, ...told } }
}

/** Equal content: where times or mode differ, the newer ones win; of equal times, those that were agreed on give way. */
async function contentAgreed(run: Run, action: Action, sides: BothSides & { readonly hash: string }): Promise<Outcome> {
  const { local, remote, base, hash } = sides
  const stepNs = coarserStepNs(run.context)
  const [here, there] = [local.mtimeNs / stepNs, remote.mtimeNs / stepNs]
  const isSame = isSameMetadata(run.context, local, remote)
  const followsTarget = there > here || (there === here && base !== undefined && base.mode === local.mode)
  if (!isSame && followsTarget) return { ...(await followMetadata(run, action, { remote, here: local, hash })), action }
  const { features } = run.context.target
  const kept: Entry =
    isSame || features.setMetadata === undefined
      ? remote
      : await features.setMetadata(action.path, metadataOf(local), { expect: expectOf(remote), signal: run.signal })
  const baseline = run.baselineOf(local, { remote: kept, hash, verifiedBy: 'checksum' })
  return run.done({ action, method: 'adopt', baseline, bytesReused: local.size })
}

function folderAgreed(run: Run, action: Action, { local, remote }: BothSides): Outcome {
  const baseline = run.baselineOf(local, { remote, hash: undefined, verifiedBy: 'checksum' })
  return run.done({ action, method: 'adopt', baseline })
}

/** A folder on one side, a file on the other: a folder that was agreed on gives way once it is empty. */
async function settleKinds(run: Run, action: Action, sides: BothSides): Promise<Outcome> {
  const { local, remote, base } = sides
  const { path } = action
  const { target } = run.context
  if (base?.kind === 'directory' && local.kind === 'file' && remote.kind === 'directory') {
    if (await removedIfEmpty(run, target, path))
      return put(run, { kind: 'upload', path, local, expect: { kind: 'absent' } })
    waitForWay(run, path, 'targetFolder')
  }
  if (base?.kind === 'directory' && local.kind === 'directory' && remote.kind === 'file') {
    const download = { kind: 'download', path, remote, base, expect: expectOf(remote) } as const
    if (await removedIfEmpty(run, sourceOf(run), path)) return fetchOver(run, download, { remote, here: undefined })
    waitForWay(run, path, 'folder')
  }
  return conflict(run, action, { ...sides, kind: 'type' })
}

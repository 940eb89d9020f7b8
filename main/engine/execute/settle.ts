import { TidekeepError } from '../../../common/errors.ts'
import type {
  Action,
  BaselineEntry,
  Entry,
  EntryKind,
  Outcome,
  Precondition,
  RelPath,
  UploadAction,
} from '../../../common/model.ts'
import { putAside, type PutAside } from './aside.ts'
import { metadataOf, type Agreed } from './baseline-entry.ts'
import { put } from './put.ts'
import { isSourceItself, putApart } from './own-bytes.ts'
import { failedWith, type Run } from './run.ts'
import { asRecorded } from './recorded.ts'
import { hashAtTarget, sameContent } from './same-content.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/** Attempts to replace what is ours: each may have touched it anew. */
const REPLACE_TURNS = 3

/** An action that brings something of the source to the target. */
type Bringing = Action & { readonly local: Entry }

/** Compares with what the target has; a copy of the same content is only written down, other content kept aside first. */
export async function adopt(run: Run, action: Bringing, remote: Entry): Promise<Outcome> {
  try {
    return await adoptOrReplace(run, action, remote)
  } catch (error) {
    if (!failedWith(error, 'precondition-failed', 'not-found')) throw error
    // It changed since it was looked at: once more with what is there now.
    const now = await run.remoteNow(action.path)
    if (now !== undefined) return adoptOrReplace(run, action, now)
    const upload = { kind: 'upload', path: action.path, local: action.local, expect: { kind: 'absent' } } as const
    return { ...(await put(run, upload)), action }
  }
}

async function adoptOrReplace(run: Run, action: Bringing, found: Entry): Promise<Outcome> {
  const { local } = action
  if (await isSourceItself(run, local, found)) return putApart(run, action, { local, remote: found })
  const recorded = action.kind === 'adopt' ? await asRecorded(run, action, found) : undefined
  if (recorded?.agrees === true)
    return adopted(run, action, { remote: recorded.remote, hash: recorded.hash, verifiedBy: 'recorded' })
  const remote = recorded?.remote ?? found
  if (remote.kind === 'file') {
    const hash = await sameContent(run.context, { local, remote }, run.signal)
    if (hash !== undefined) return adopted(run, action, { remote, hash, verifiedBy: 'checksum' })
    const replaced = await replaceAgreed(run, action, remote)
    if (replaced !== undefined) return replaced
  }
  await assertWanted(run, action.path, local.kind)
  const aside = await putAside(run.context, remote, run.signal)
  const outcome = await put(run, { kind: 'upload', path: action.path, local, expect: { kind: 'absent' } })
  return run.done({ ...outcome, action, ...aside })
}

async function adopted(run: Run, action: Bringing, found: Agreed): Promise<Outcome> {
  const { local } = action
  const { features } = run.context.target
  // A listing tells names as they are spelled; what was found by looking a path up may be spelled otherwise.
  const remote = action.kind === 'adopt' ? found.remote : await run.respell(found.remote)
  const expect = expectNow(remote)
  const stepNs = features.limits.mtimeStepNs
  const stale =
    remote.mtimeNs / stepNs !== local.mtimeNs / stepNs || (remote.mode !== undefined && remote.mode !== local.mode)
  const entry =
    features.setMetadata !== undefined && stale
      ? await features.setMetadata(action.path, metadataOf(local), { expect, signal: run.signal })
      : remote
  const baseline = run.baselineOf(local, { remote: entry, hash: found.hash, verifiedBy: found.verifiedBy })
  return run.done({ action, method: 'adopt', baseline, bytesReused: local.size })
}

/** The precondition failed: the target holds something we did not put there, or lost what we did. */
export async function afterRefusal(run: Run, action: UploadAction): Promise<Outcome> {
  const aside = await clearWay(run, action.path)
  if (aside !== undefined) return { ...(await put(run, { ...action, expect: { kind: 'absent' } })), ...aside }
  const remote = await run.remoteNow(action.path)
  if (remote === undefined) return put(run, { ...action, expect: { kind: 'absent' } })
  return adopt(run, action, remote)
}

/**
 * A crash, or a disk that failed, between keeping the agreed version (a second name for it, which moves
 * its ctime and so its etag) and replacing it: what is there is still ours, and nobody's conflict.
 * Undefined where it is not. Throws `internal`, which is of this one file, where replacing fails again and again.
 */
async function replaceAgreed(run: Run, action: Bringing, seen: Entry): Promise<Outcome | undefined> {
  const { path, local } = action
  const { base } = action as { readonly base?: BaselineEntry }
  let remote: Entry | undefined = seen
  for (let turn = 0; turn < REPLACE_TURNS; turn++) {
    if (base === undefined || remote === undefined || !(await isAgreed(run, remote, base))) return undefined
    try {
      const outcome = await put(run, { kind: 'upload', path, local, base, expect: expectNow(remote) })
      return { ...outcome, action }
    } catch (error) {
      if (!failedWith(error, 'precondition-failed', 'already-exists', 'not-found')) throw error
      remote = await run.remoteNow(path)
    }
  }
  throw new TidekeepError({
    code: 'internal',
    message: engineFailureTexts.settle.couldNotBeReplacedAt({ path, location: run.context.target.location }),
    path,
    fix: engineFailureTexts.settle.couldNotBeReplacedAtFix,
  })
}

/** Times first: content is read back only where nobody seems to have written it. */
async function isAgreed({ context, signal }: Run, remote: Entry, base: BaselineEntry): Promise<boolean> {
  const stepNs = context.target.features.limits.mtimeStepNs
  if (base.contentHash === undefined || remote.kind !== 'file' || remote.size !== base.remote.size) return false
  if (remote.mtimeNs / stepNs !== base.mtimeNs / stepNs) return false
  return (await hashAtTarget(context.target, remote, signal)) === base.contentHash
}

function expectNow({ etag }: Entry): Precondition {
  return etag === undefined ? { kind: 'any' } : { kind: 'etag', etag }
}

/** A file at the target where the source has a folder by now (what ends in '/' is one): it goes aside, and what is below has room. */
export async function clearWay(run: Run, path: string): Promise<PutAside | undefined> {
  if (run.context.target.features.makeDirectory === undefined) return undefined
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    const remote = await run.remoteNow(path.slice(0, end) as RelPath)
    if (remote === undefined) return undefined
    if (remote.kind === 'directory') continue
    if (path.endsWith('/')) await assertWanted(run, path.slice(0, -1) as RelPath, 'directory')
    else await assertWanted(run, path as RelPath, 'file')
    try {
      return await putAside(run.context, remote, run.signal)
    } catch (error) {
      // Another job needed the same way, and was faster.
      if (!failedWith(error, 'not-found')) throw error
      return {}
    }
  }
  return undefined
}

/** Nothing makes way for what the source no longer has: it may be what the source has instead. */
async function assertWanted(run: Run, path: RelPath, kind: EntryKind): Promise<void> {
  if ((await run.context.presence(path, kind)) === 'carried') return
  throw new TidekeepError({ code: 'vanished', message: engineFailureTexts.settle.isNoLongerThere({ path }), path })
}

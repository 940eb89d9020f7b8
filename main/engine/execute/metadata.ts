import type { BaselineEntry, Entry, MakeDirectoryAction, MetadataAction, Outcome } from '../../../common/model.ts'
import { metadataOf } from './baseline-entry.ts'
import { conflict } from './conflict.ts'
import { expectOf, hereNow, lookAgain } from './here.ts'
import { failedWith, keepFor, keptOf, type Run } from './run.ts'
import { settleUpload, waitForFolder } from './settle-both.ts'
import { afterRefusal, clearWay } from './settle.ts'

/** Times and mode; what the target lost or changed is brought back instead. */
export async function metadata(run: Run, action: MetadataAction): Promise<Outcome> {
  const { local, base } = action
  const unchanged = base.mtimeNs === local.mtimeNs && base.mode === local.mode
  const { features } = run.context.target
  if (unchanged || features.setMetadata === undefined) {
    if (!(await isStillThere(run, action))) return bringBack(run, action)
    return run.done({ action, method: 'metadata', baseline: rebased(run, local, base), bytesReused: local.size })
  }
  try {
    const remote = await features.setMetadata(action.path, metadataOf(local), {
      expect: action.expect,
      signal: run.signal,
    })
    await run.context.delta?.moved({ from: action.path, base }, remote, run.signal)
    const { etag, verifiedBy } = base.remote
    const isThatVery = action.expect.kind === 'etag' && action.expect.etag === etag
    const storedAtMs = isThatVery ? base.remote.storedAtMs : undefined
    const baseline = run.baselineOf(local, { remote, hash: base.contentHash, verifiedBy, storedAtMs })
    return run.done({ action, method: 'metadata', baseline, bytesReused: local.size })
  } catch (error) {
    if (!failedWith(error, 'precondition-failed', 'not-found')) throw error
    return bringBack(run, action)
  }
}

/** Makes a folder; a file in its way goes aside. */
export async function makeDirectory(run: Run, action: MakeDirectoryAction): Promise<Outcome> {
  const { features } = run.context.target
  if (features.makeDirectory === undefined) return run.done({ action, method: 'forget', baseline: undefined })
  // What took its place since is for the next look: a folder is agreed on only where one is.
  if (run.isTwoWay && (await hereNow(run, action.path))?.kind !== 'directory') throw lookAgain(action.path)
  const { onMade } = run.options
  const make = async (): Promise<Entry> =>
    features.makeDirectory!(action.path, metadataOf(action.local), { signal: run.signal, ...(onMade && { onMade }) })
  try {
    await respellFolder(run, action)
    return directoryMade(run, action, await make())
  } catch (error) {
    if (!failedWith(error, 'already-exists', 'precondition-failed')) throw error
    if (run.isTwoWay) return settleFolder(run, action, make)
    const aside = await clearWay(run, `${action.path}/`)
    if (aside === undefined) throw error
    return { ...directoryMade(run, action, await make()), ...aside }
  }
}

/** Two-way: only the file that was agreed on gives way to a folder, and is kept. */
async function settleFolder(run: Run, action: MakeDirectoryAction, make: () => Promise<Entry>): Promise<Outcome> {
  const { path, local, base } = action
  const remote = await run.remoteNow(path)
  if (remote === undefined || remote.kind === 'directory') {
    await waitForFolder(run, path)
    return directoryMade(run, action, await make())
  }
  const isAgreed = base?.kind === 'file' && base.remote.etag !== undefined && base.remote.etag === remote.etag
  if (!isAgreed) return conflict(run, action, { kind: 'type', local, remote, base })
  // A decision that was taken back since this began may have put it there: then it is against the folder.
  if (run.context.isAgreedOn?.(base.path) === false) throw lookAgain(path)
  const expect = expectOf(remote)
  const keep = keepFor(run.context, { base, expect })
  const kept = await run.context.target.remove(path, { expect, signal: run.signal, ...(keep && { keep }) })
  return { ...directoryMade(run, action, await make()), ...keptOf(base, kept) }
}

/** A folder that is at the target under another spelling is given this one, with all that is in it. */
async function respellFolder(run: Run, { path, expect }: MakeDirectoryAction): Promise<void> {
  const { twins } = run.context
  if (twins?.areThere !== true || expect.kind !== 'absent') return
  const { findsExactNames } = run.context.target.features.limits
  if (findsExactNames === true && twins.agreed(path).length === 0) return
  const there = await run.remoteNow(twins.agreed(path)[0] ?? path)
  if (there !== undefined) await run.respell(there, path)
}

function directoryMade(run: Run, action: MakeDirectoryAction, remote: Entry): Outcome {
  return run.done({
    action,
    method: 'directory',
    baseline: run.baselineOf(action.local, { remote, hash: undefined, verifiedBy: 'checksum' }),
  })
}

type Touched = Pick<MetadataAction, 'path' | 'expect' | 'local' | 'base'>

/** Where nothing is sent, nothing else tells whether the target still holds what was agreed on. */
async function isStillThere(run: Run, { path, expect, local }: Touched): Promise<boolean> {
  if (local.kind === 'directory' || expect.kind !== 'etag') return true
  return (await run.remoteNow(path))?.etag === expect.etag
}

async function bringBack(run: Run, { path, expect, local, base }: Touched): Promise<Outcome> {
  if (local.kind === 'directory') return makeDirectory(run, { kind: 'make-directory', path, local, expect })
  if (run.isTwoWay) return settleUpload(run, { kind: 'upload', path, local, base, expect })
  return afterRefusal(run, { kind: 'upload', path, local, expect })
}

function rebased(run: Run, local: Entry, base: BaselineEntry): BaselineEntry {
  const { identity, mode } = local
  return {
    ...base,
    mtimeNs: local.mtimeNs,
    recordedAtMs: run.context.clock.now(),
    ...(identity === undefined ? {} : { identity }),
    ...(mode === undefined ? {} : { mode }),
  }
}

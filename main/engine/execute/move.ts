import { TidekeepError } from '../../../common/errors.ts'
import type { Entry, MoveAction, Outcome } from '../../../common/model.ts'
import { isWithin, nameOf } from '../../../common/paths.ts'
import { metadataOf } from './baseline-entry.ts'
import { failedWith, type Run } from './run.ts'
import { upload } from './upload.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/** Gives the same content another name at the target; sends it where that cannot be. */
export async function move(run: Run, action: MoveAction): Promise<Outcome> {
  const { target, delta } = run.context
  const moveThere = target.features.move?.bind(target.features)
  const hash = await run.hash(action.local)
  // A folder that took the file's name and holds it now cannot be made around it.
  const isAround = isWithin(action.path, action.from)
  const isSame = hash === action.base.contentHash && !run.isOthers(action.from)
  if (moveThere === undefined || isAround || !isSame) return uploadInstead(run, action)
  // What a target rewrote is not what was sent.
  const isAltered = action.base.remote.verifiedBy === 'altered'
  const options = { expect: action.expect, signal: run.signal, ...(isAltered ? {} : { contentHash: hash }) }
  try {
    const moved = isInPlace(run, action)
      ? await remoteAs(run, action)
      : await moveThere(action.from, action.path, options)
    const entry = await applyMetadata(run, action, moved)
    await delta?.moved(action, entry, run.signal)
    const baseline = run.baselineOf(action.local, {
      remote: entry,
      hash,
      verifiedBy: action.base.remote.verifiedBy,
    })
    return run.done({ action, method: 'move', baseline, bytesReused: action.local.size })
  } catch (error) {
    if (!failedWith(error, 'not-found', 'precondition-failed', 'already-exists', 'unsupported')) throw error
    return uploadInstead(run, action)
  }
}

/** Only a folder above it is spelled otherwise by now, which is a change of that folder. */
function isInPlace({ context }: Run, { from, path }: MoveAction): boolean {
  return nameOf(from) === nameOf(path) && context.twins?.isOne(from, path) === true
}

async function remoteAs({ context, signal }: Run, { path, expect }: MoveAction): Promise<Entry> {
  const remote = await context.target.stat(path, { signal })
  if (expect.kind !== 'etag' || remote.etag === expect.etag) return remote
  throw new TidekeepError({
    code: 'precondition-failed',
    message: engineFailureTexts.move.wasChangedBySomeoneElse({ path }),
    path,
  })
}

async function uploadInstead(run: Run, { path, local }: MoveAction): Promise<Outcome> {
  const action = { kind: 'upload', path, local, expect: { kind: 'absent' } } as const
  // An upload by name, too, so that the record knows the old path is done with only where the target no longer needs it.
  return { ...(await upload(run, action)), action }
}

/** A moved object keeps the old mtime and mode, which may have changed with the rename. */
async function applyMetadata(run: Run, action: MoveAction, moved: Entry): Promise<Entry> {
  const { local, base } = action
  const { features } = run.context.target
  if (features.setMetadata === undefined || (local.mode === base.mode && local.mtimeNs === base.mtimeNs)) return moved
  const expect = moved.etag === undefined ? ({ kind: 'any' } as const) : ({ kind: 'etag', etag: moved.etag } as const)
  return features.setMetadata(action.path, metadataOf(local), { expect, signal: run.signal })
}

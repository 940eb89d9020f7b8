import type { Outcome, UploadAction } from '../../../common/model.ts'
import { localFile } from './local-content.ts'
import { metadata } from './metadata.ts'
import { put } from './put.ts'
import { failedWith, type Run } from './run.ts'
import { settleUpload } from './settle-both.ts'
import { afterRefusal } from './settle.ts'

/** Sends a file; one that was only touched is not sent, and what is in the way is compared and kept aside. */
export async function upload(run: Run, action: UploadAction): Promise<Outcome> {
  if (action.resolves !== undefined) return sendDecided(run, action)
  const { root, delta } = run.context
  const prepared = await delta?.prepare(action, localFile(root, action.local), run.signal)
  const isUnchanged =
    prepared === undefined ? await contentUnchanged(run, action) : prepared.contentHash === action.base?.contentHash
  if (isUnchanged) return metadata(run, { ...action, kind: 'metadata', base: action.base! })
  try {
    return await put(run, action, prepared)
  } catch (error) {
    if (!failedWith(error, 'precondition-failed', 'already-exists')) throw error
    return run.isTwoWay ? settleUpload(run, action) : afterRefusal(run, action)
  }
}

/** Touched, chmodded or rewritten with the same content: worth one local read before sending anything. */
async function contentUnchanged(run: Run, { base, local }: UploadAction): Promise<boolean> {
  if (base?.contentHash === undefined || base.size !== local.size) return false
  return (await run.hash(local)) === base.contentHash
}

/** What it takes the place of is another version than the one that was agreed on: it goes whole, whatever that was. */
async function sendDecided(run: Run, action: UploadAction): Promise<Outcome> {
  const { base: _base, ...upload } = action
  try {
    return await put(run, upload)
  } catch (error) {
    if (!failedWith(error, 'precondition-failed', 'already-exists', 'not-found')) throw error
    const { resolves: _resolves, ...plain } = action
    return settleUpload(run, plain)
  }
}

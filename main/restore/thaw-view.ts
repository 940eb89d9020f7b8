import type { ThawView } from '../../common/protocol.ts'
import type { Notice } from '../host.ts'
import type { ThawRecord } from '../state/thaw-record.ts'
import type { ThawStore } from '../state/thaw-store.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

const LISTED = 20

/** True once nothing of it goes on any more. */
export function isThawOver(state: ThawView['state']): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled'
}

/** How a thaw stands, as it is shown. */
export function thawView(record: ThawRecord, thaws: Pick<ThawStore, 'sums' | 'refusals'>): ThawView {
  const { wish, target: _target, nextLookMs: _next, failures = [], failed = 0, ...shown } = record
  const sums = thaws.sums(record.id)
  const refusals = thaws.refusals(record.id, LISTED)
  return {
    ...shown,
    paths: wish.paths.slice(0, LISTED),
    pathCount: wish.paths.length,
    to: wish.to,
    files: sums.wanted + sums.asked + sums.ready + sums.refused,
    bytes: sums.bytes,
    readyFiles: sums.ready,
    refusedFiles: sums.refused,
    // What was refused fails in the restore once more.
    failures: failures.length > 0 ? failures : refusals,
    failed: Math.max(failed, sums.refused),
  }
}

/** What a person is told of a thaw whose state just changed. One notice for each: the next takes its place. */
export function thawNotice({ id, folderId, state, files, restoredFiles = 0, failed, error }: ThawView): Notice {
  const notice = { id: `thaw:${id}`, route: `restore/${folderId}` }
  if (state === 'restoring')
    return {
      ...notice,
      title: restoreFailureTexts.thaw.readable,
      body: restoreFailureTexts.thaw.readableBody({ n: files }),
    }
  if (state === 'failed')
    return {
      ...notice,
      title: restoreFailureTexts.thaw.notRestored,
      body: error?.message ?? restoreFailureTexts.thaw.notHad,
    }
  const body =
    failed === 0
      ? restoreFailureTexts.thaw.back({ n: restoredFiles })
      : restoreFailureTexts.thaw.backInPart({ n: restoredFiles, failed })
  return { ...notice, title: restoreFailureTexts.thaw.restored, body }
}

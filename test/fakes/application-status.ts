import { count, formatBytes } from '../../common/format.ts'
import type { AttentionView, Headline, ReasonView, StatusView } from '../../common/protocol.ts'
import type { FakeState } from './application-state.ts'

/** What every window is shown of a scripted application. */
export function statusOf(state: FakeState): StatusView {
  const attention = attentionOf(state)
  const headline = headlineOf(state, attention)
  return {
    headline,
    sentence: sentenceOf(state, headline),
    version: '0.1.0-fake',
    pausedUntil: state.paused,
    folders: state.folders.map((folder) => ({ ...folder, conflicts: state.conflicts.count(folder.id) })),
    transfers: state.paused === 0 ? state.transfers : [],
    progress: state.transfers.length === 0 || state.paused !== 0 ? null : progressOf(state),
    reasons: state.transfers.length === 0 ? [] : [limitReason(state)],
    attention,
    ...state.patch,
  }
}

function limitReason({ isLifted }: FakeState): ReasonView {
  if (isLifted) return { kind: 'limit', text: 'Full speed for now', lift: 'lifted' }
  return { kind: 'limit', text: 'Limited to 24 MiB/s up', lift: 'possible' }
}

function progressOf(state: FakeState): StatusView['progress'] {
  const bytesDone = state.transfers.reduce((sum, each) => sum + each.bytesDone, 0)
  const waiting = state.jobs.reduce((sum, each) => sum + (each.state === 'queued' ? each.size : 0), 0)
  const bytesTotal = waiting + state.transfers.reduce((sum, each) => sum + each.bytesTotal, 0)
  const bytesPerSecond = 24 * 1024 * 1024
  return {
    filesDone: Math.max(0, 43 - state.jobs.length),
    filesTotal: 43,
    bytesDone,
    bytesTotal,
    bytesPerSecond,
    etaMs: Math.round(((bytesTotal - bytesDone) / bytesPerSecond) * 1000),
  }
}

function attentionOf(state: FakeState): AttentionView[] {
  return state.folders.flatMap((folder): AttentionView[] => [
    ...(state.conflicts.count(folder.id) > 0
      ? [
          {
            kind: 'conflict' as const,
            folderId: folder.id,
            message: `${folder.name}: ${count(state.conflicts.count(folder.id), 'file')} changed on both sides. Both versions are safe.`,
            fix: 'Look at Conflicts, or at "tidekeep conflicts".',
            count: state.conflicts.count(folder.id),
          },
        ]
      : []),
    ...(folder.holds.some(({ reason }) => reason === 'mass-delete')
      ? [
          {
            kind: 'held' as const,
            folderId: folder.id,
            message: `${count(folder.held, 'deletion')} in ${folder.name} wait for your decision.`,
            fix: 'Look at them, then approve or drop them.',
            count: folder.held,
          },
        ]
      : []),
    ...(folder.dead > 0
      ? [
          {
            kind: 'dead' as const,
            folderId: folder.id,
            message: `${count(folder.dead, 'file')} of ${folder.name} could not be kept safe.`,
            fix: 'Check the permissions of the keys, then try again.',
            count: folder.dead,
          },
        ]
      : []),
    ...(folder.state === 'offline'
      ? [
          {
            kind: 'target-unreachable' as const,
            folderId: folder.id,
            message: `${folder.target} cannot be reached.`,
            fix: 'Connect the drive or the network.',
            count: 1,
          },
        ]
      : []),
  ])
}

function headlineOf(state: FakeState, attention: readonly AttentionView[]): Headline {
  if (state.folders.length === 0) return 'unconfigured'
  if (state.paused !== 0) return 'paused'
  if (attention.some((each) => each.kind === 'held' || each.kind === 'dead' || each.kind === 'conflict'))
    return 'attention'
  if (state.folders.every((each) => each.state === 'offline')) return 'offline'
  if (state.transfers.length > 0) return 'syncing'
  if (state.folders.some((each) => each.state === 'scanning')) return 'checking'
  return 'protected'
}

function sentenceOf(state: FakeState, headline: Headline): string {
  const files = state.folders.reduce((sum, each) => sum + each.files, 0)
  const bytes = state.folders.reduce((sum, each) => sum + each.bytes, 0)
  const sentences: Readonly<Record<Headline, string>> = {
    protected: `${count(files, 'file')} (${formatBytes(bytes)}) are safe.`,
    checking: 'Looking for changes',
    syncing: `Sending ${count(state.jobs.length, 'file')}.`,
    waiting: 'Waiting to try again.',
    paused: 'Paused. Changes are remembered and sent later.',
    attention: 'Something needs your decision.',
    offline: 'No target can be reached. Changes are remembered and sent later.',
    unconfigured: 'No folder is kept safe yet.',
  }
  return sentences[headline]
}

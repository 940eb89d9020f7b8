import type { FolderId, Problem } from '../../common/model.ts'
import type { AttentionView, FolderView } from '../../common/protocol.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import type { Clock } from '../host.ts'
import type { Store } from '../state/store.ts'
import type { PipelineState } from './pipeline-ports.ts'
import type { Protection } from './protection-clock.ts'
import { statusTexts } from './status-texts.ts'

/** What of a folder's protection is shown. */
export type ProtectionView = Pick<FolderView, 'safeUpToMs' | 'lateMs' | 'overdueMs' | 'proof'>

/** Links and special files are not carried by design; unreadable and unnameable ones are files at risk. */
export const AT_RISK: readonly Problem['reason'][] = ['unreadable', 'bad-name', 'collision']

/** Of the time after which the alarm comes: a target away for so long is no laptop that left the network for a day. */
const LATE_SHARE = 0.5
/** Failures that a row names. */
const NAMED_FAILURES = 3
/** From an event that is on its way to the moment it is looked at, beyond the settling. */
const EVENT_MS = 1_000

/**
 * Until when every change of a folder is at its target, going by what is known now; undefined where
 * that cannot be said. A folder that is watched live is as of now, but for what may still be settling;
 * any other as of the beginning of the last whole look. Files with an open conflict are apart: both their versions stay
 * where they are until somebody decides, and that must not hide that all else is safe. Whoever shows this names them.
 */
export function safeUpToNow(
  folder: { readonly settings: Pick<FolderSettings, 'id'>; readonly state: PipelineState | undefined },
  { store, settings, clock }: { readonly store: Store; readonly settings: Settings; readonly clock: Clock },
): number | undefined {
  const { state } = folder
  const id = folder.settings.id as FolderId
  if (state?.lookedAtMs === undefined || !state.reconciled || state.phase !== 'idle') return undefined
  if (state.passError !== undefined || state.targetError !== undefined) return undefined
  const { queued, running, waiting, held, dead, skipped } = store.queue.counts(id)
  if (queued + running + waiting + held + dead + skipped > 0 || store.folders.problemCount(id, AT_RISK) > 0)
    return undefined
  const isLive = state.coverage.kind === 'live' && !state.paused
  return isLive ? Math.max(state.lookedAtMs, clock.now() - settings.settleMaxMs - EVENT_MS) : state.lookedAtMs
}

/** How far a folder is safe, whether that is too long ago, and what its last proof of restore showed. */
export function protectionView(
  folder: Pick<FolderSettings, 'id' | 'alarmAfterMs'>,
  protection: Protection,
  { store, settings }: { readonly store: Store; readonly settings: Pick<Settings, 'alarmAfterMs'> },
): ProtectionView {
  const { proof } = store.folders.get(folder.id as FolderId)
  const alarmAfterMs = folder.alarmAfterMs ?? settings.alarmAfterMs
  const { safeUpToMs, unsafeAwakeMs } = protection
  return {
    ...(safeUpToMs === undefined ? {} : { safeUpToMs }),
    ...(alarmAfterMs > 0 && unsafeAwakeMs >= alarmAfterMs * LATE_SHARE ? { lateMs: unsafeAwakeMs } : {}),
    ...(alarmAfterMs > 0 && unsafeAwakeMs >= alarmAfterMs ? { overdueMs: unsafeAwakeMs } : {}),
    ...(proof === undefined ? {} : { proof }),
  }
}

/** Rows for what is overdue although nothing may have failed, and for what could not be brought back. */
export function protectionRows(view: FolderView): readonly Omit<AttentionView, 'folderId'>[] {
  const { name, target, proof, overdueMs, paused } = view
  const texts = statusTexts.attention
  const rows: Omit<AttentionView, 'folderId'>[] = []
  if (proof !== undefined && proof.failedFiles > 0)
    rows.push({
      kind: 'unproven',
      count: proof.failedFiles,
      message: texts.unproven({ name, unproven: unprovenText(view) }),
      fix: texts.unprovenFix({ target }),
    })
  if (overdueMs !== undefined)
    rows.push({
      kind: 'overdue',
      count: 1,
      message: overdueText(view, overdueMs),
      fix: paused ? texts.overduePausedFix : texts.overdueFix,
    })
  return rows
}

/** "2 of 40 files could not be brought back: a.txt (…)". */
export function unprovenText({ proof }: Pick<FolderView, 'proof'>): string {
  if (proof === undefined) return ''
  const named = proof.failures
    .slice(0, NAMED_FAILURES)
    .map(({ path, message }) => `${path} (${message.replace(/\.$/, '')})`)
  const { failedFiles: failed, files: n } = proof
  return statusTexts.unproven({ failed, n, named: named.join(', '), more: Math.max(0, failed - named.length) })
}

function overdueText({ name, safeUpToMs }: FolderView, unsafe: number): string {
  const { overdue, overdueNever } = statusTexts.attention
  return safeUpToMs === undefined
    ? overdueNever({ name, unsafe })
    : overdue({ name, unsafe, safeUpTo: localTime(safeUpToMs) })
}

/** `2026-11-21 14:02`, as the clock on the wall has it. */
export function localTime(atMs: number): string {
  const at = new Date(atMs)
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}

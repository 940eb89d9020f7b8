import { HOLD_TEXTS } from '../../common/hold-texts.ts'
import type { RestoreProof } from '../../common/model.ts'
import type { AttentionView, FolderState, FolderView, HeldView, Headline } from '../../common/protocol.ts'
import type { Clock } from '../host.ts'
import { unprovenText } from './protection-rows.ts'
import type { FolderStatusInput } from './status-input.ts'
import { statusTexts as texts } from './status-texts.ts'

/** What one folder says of itself. */
export function folderSentence(
  state: FolderState,
  folder: FolderStatusInput,
  view: {
    readonly files: number
    readonly alteredFiles?: number
    readonly recordedFiles?: number
    readonly pendingFiles: number
    readonly held: number
    readonly holds: readonly HeldView[]
    readonly refused: number
    readonly skipped: number
    readonly dead: number
    readonly conflicts: number
    readonly targetFull?: { readonly message: string }
    readonly problems: number
    readonly atRisk: number
    readonly proof?: RestoreProof
    readonly overdueMs?: number
    readonly overdue: boolean
    /** Why it may not go on by itself. */
    readonly stopped: string | undefined
  },
): string {
  const { files, pendingFiles: pending } = view
  const leftOut = skippedPart(view.skipped)
  switch (state) {
    case 'protected':
      return protectedSentence(view)
    case 'scanning':
      return texts.scanning({ n: folder.state?.scanned ?? 0 })
    case 'syncing':
      return texts.syncing({ pending, files }) + leftOut
    case 'waiting':
      if (pending > 0) return texts.waiting({ pending }) + leftOut
      return (view.overdue ? texts.due : texts.safe({ files })) + leftOut
    case 'paused': {
      const paused = view.stopped ?? texts.paused
      return (pending > 0 ? texts.pausedWaiting({ paused, pending }) : paused) + leftOut
    }
    case 'offline':
      return folder.state?.targetError?.message ?? folder.state?.passError?.message ?? texts.unreachable
    case 'attention':
      return attentionSentence(folder, view)
  }
}

function protectedSentence(
  view: Pick<FolderView, 'files' | 'recordedFiles' | 'alteredFiles' | 'problems' | 'refused'>,
): string {
  const { files, recordedFiles, problems, refused } = view
  return [
    texts.safe({ files }),
    recordedFiles === undefined ? '' : texts.taken({ n: recordedFiles }),
    rewrittenPart(view.alteredFiles ?? 0),
    problems > 0 ? texts.notCarried({ n: problems }) : '',
    // A person decided that the target keeps what it has: not what the folder holds, and not to be called so.
    refused > 0 ? texts.refused({ n: refused }) : '',
  ].join('')
}

function attentionSentence(
  folder: FolderStatusInput,
  view: Pick<FolderView, 'held' | 'holds' | 'dead' | 'conflicts' | 'proof' | 'overdueMs'> & {
    readonly atRisk: number
    readonly targetFull?: { readonly message: string }
  },
): string {
  if (folder.openError !== undefined) return folder.openError.message
  if (folder.state?.passError !== undefined) return folder.state.passError.message
  if (view.held > 0) return waitingText(view)
  if (view.targetFull !== undefined) return view.targetFull.message
  if (view.conflicts > 0) return texts.conflicts({ n: view.conflicts })
  if (view.dead > 0) return texts.dead({ n: view.dead })
  if (view.atRisk > 0) return texts.atRisk({ n: view.atRisk })
  if (view.proof !== undefined && view.proof.failedFiles > 0) return unprovenText(view)
  return texts.overdue({ unsafe: view.overdueMs ?? 0 })
}

/** What most of the folder waits for; the other reasons are counted. */
export function waitingText({ held, holds }: Pick<FolderView, 'held' | 'holds'>): string {
  const [first] = holds
  if (first === undefined) return texts.held({ n: held })
  const others = held - first.count
  const waiting = HOLD_TEXTS[first.reason].waiting({ n: first.count })
  return others > 0 ? texts.heldOthers({ waiting, n: others }) : waiting
}

/** Kept, but not what was sent: never counted as safe. */
function rewrittenPart(files: number): string {
  return files > 0 ? texts.rewritten({ n: files }) : ''
}

/** Not at the target, and nobody may take it for safe. */
function skippedPart(files: number): string {
  return files > 0 ? texts.skipped({ n: files }) : ''
}

/** What the sentence about everything is made of. */
export interface SentenceFacts {
  readonly folders: readonly FolderView[]
  readonly attention: readonly AttentionView[]
  readonly clock: Clock
  readonly pausedUntil: number | 'forever'
  /** Why work may not go on by itself. */
  readonly stopped: string | undefined
}

/** The one sentence about all folders. */
export function sentenceOf(headline: Headline, facts: SentenceFacts): string {
  const { folders } = facts
  const sum = (pick: (folder: FolderView) => number): number =>
    folders.reduce((total, folder) => total + pick(folder), 0)
  const files = sum((folder) => folder.files)
  const pending = sum((folder) => folder.pendingFiles)
  const leftOut = skippedPart(sum((folder) => folder.skipped))
  switch (headline) {
    case 'unconfigured':
      return texts.unconfigured
    case 'protected':
      return `${texts.safe({ files })}${rewrittenPart(sum((folder) => folder.alteredFiles ?? 0))}`
    case 'checking':
      return texts.checking({ files }) + leftOut
    case 'syncing':
      return pending > 0 ? texts.syncing({ pending, files }) + leftOut : texts.looking
    case 'waiting':
      if (pending > 0) return texts.waitingAndSafe({ pending, files }) + leftOut
      return (folders.some(isOnlyDue) ? texts.due : texts.safe({ files })) + leftOut
    case 'paused':
      return texts.pausedWaiting({ paused: pausedText(facts), pending }) + leftOut
    case 'offline':
      return facts.attention[0]?.message ?? texts.unreachable
    case 'attention':
      return (
        facts.attention[0]?.message ??
        folders.find((folder) => folder.state === 'attention')?.sentence ??
        texts.somethingNeedsYou
      )
  }
}

/** Nothing of it waits, or was left out: it was not looked at for too long. */
function isOnlyDue({ state, pendingFiles, skipped }: FolderView): boolean {
  return state === 'waiting' && pendingFiles === 0 && skipped === 0
}

function pausedText({ pausedUntil, stopped, clock }: SentenceFacts): string {
  if (pausedUntil === 0 && stopped !== undefined) return stopped
  if (pausedUntil === 'forever' || pausedUntil === 0) return texts.pausedForever
  return texts.pausedFor({ left: pausedUntil - clock.now() })
}

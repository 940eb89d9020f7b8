import { formatRate } from '../../common/format.ts'
import type { Clock } from '../host.ts'
import type { RunEvent } from '../run-once.ts'
import type { Output } from './output.ts'
import { printable } from './printable.ts'
import { cliTexts } from './cli-texts.ts'
import { runTexts } from './run-texts.ts'

type Progress = Extract<RunEvent, { readonly type: 'progress' }>

/** Shows a run while it goes on: one progress line on a terminal, lines with `--verbose`, events with `--jsonl`. Failures of the same words in a row are one line. */
export interface RunReport {
  readonly onEvent: (event: RunEvent) => void
  end(): void
}

/** Progress is told at most five times a second. */
const PROGRESS_MS = 200
/** Conflicts that are named one by one. */
const CONFLICTS_NAMED = 20
/** An estimate before this would jump. */
const ETA_AFTER_MS = 5000

/** A report that ends with `end`. */
export function createRunReport(output: Output, clock: Clock): RunReport {
  const startedMs = clock.monotonic()
  let toldMs = Number.NEGATIVE_INFINITY
  let warned: string | undefined
  /** A full disk says the same of every file; once is enough. */
  const warn = (sentence: string): void => {
    if (sentence !== warned) output.warn(sentence)
    warned = sentence
  }
  let conflicts = 0
  const tellAction = (event: Extract<RunEvent, { readonly type: 'action' }>): void => {
    const isConflict = event.method === 'conflict'
    if (output.showsDetail) output.detail(isConflict ? conflictLine(event) : actionLine(event))
    else if (isConflict && ++conflicts <= CONFLICTS_NAMED) output.note(conflictLine(event))
  }
  const tellOtherConflicts = (): void => {
    if (conflicts > CONFLICTS_NAMED) output.note(runTexts.runReport.moreConflicts({ n: conflicts - CONFLICTS_NAMED }))
    conflicts = 0
  }
  const tellProgress = (event: Progress): void => {
    const nowMs = clock.monotonic()
    if (nowMs - toldMs < PROGRESS_MS) return
    toldMs = nowMs
    output.event(event)
    if (output.showsProgress) output.progress(progressLine(event, nowMs - startedMs))
  }
  return {
    onEvent: (event) => {
      if (event.type === 'progress') return tellProgress(event)
      output.event(event)
      if (event.type === 'action') tellAction(event)
      else if (event.type === 'failure') warn(withFix(event.message, event.fix))
      else if (event.type === 'problem') output.warn(event.message)
      else if (event.type === 'left-out') output.detail(runTexts.runReport.leftOut({ path: printable(event.path) }))
      else {
        tellOtherConflicts()
        output.note(printable(event.message))
      }
    },
    end: () => {
      output.clearProgress()
      tellOtherConflicts()
    },
  }
}

/** `1,204 of 3,000 files · 1.2 of 4.5 GiB · 6.1 MiB/s · about 2 min`. */
function progressLine(event: Progress, elapsedMs: number): string {
  if (event.phase === 'scanning') return runTexts.runReport.lookingFilesSeen({ scanned: event.scanned })
  const parts = [
    runTexts.runReport.filesOf({ done: event.filesDone, total: event.filesTotal }),
    cliTexts.status.bytesOf({ done: event.bytesDone, total: event.bytesTotal }),
  ]
  const bytesPerSecond = elapsedMs > 0 ? (event.bytesDone * 1000) / elapsedMs : 0
  if (bytesPerSecond > 0) parts.push(formatRate(bytesPerSecond))
  if (bytesPerSecond > 0 && elapsedMs > ETA_AFTER_MS && event.bytesTotal > event.bytesDone) {
    parts.push(runTexts.runReport.about({ bytesTotal: ((event.bytesTotal - event.bytesDone) * 1000) / bytesPerSecond }))
  }
  return parts.join(' · ')
}

function actionLine(event: Extract<RunEvent, { readonly type: 'action' }>): string {
  return `${event.kind} ${printable(event.path)}`
}

function conflictLine(event: Extract<RunEvent, { readonly type: 'action' }>): string {
  return runTexts.runReport.conflict({ path: printable(event.path) })
}

function withFix(message: string, fix: string | undefined): string {
  return fix === undefined ? message : `${message} ${fix}`
}

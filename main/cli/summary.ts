import { formatBytes } from '../../common/format.ts'
import type { Summary } from '../../common/protocol.ts'
import { EXIT } from './exit-codes.ts'
import type { Output } from './output.ts'
import { printable } from './printable.ts'
import { runTexts } from './run-texts.ts'

const SIGN_BY_KIND: Readonly<Record<string, string>> = {
  upload: '+',
  download: '<',
  'make-directory': '+',
  'make-local-directory': '<',
  'move-local': '>',
  'remove-local': '-',
  settle: '?',
  'keep-both': '=',
  'make-way': '=',
  adopt: '=',
  move: '>',
  metadata: '~',
  delete: '-',
  forget: '.',
  conflict: '!',
}

/** Prints the end of a pass: sentences for people, the object for programs. */
export function printSummary(output: Output, summary: Summary, options: { readonly listActions: boolean }): void {
  if (options.listActions) for (const action of summary.actions) output.line(actionLine(action))
  if (!output.flags.quiet) for (const sentence of summarySentences(summary)) output.line(sentence)
  output.result({ ...summary })
}

/** `+ upload a/b.txt  1.2 MiB`. */
function actionLine(action: Summary['actions'][number]): string {
  const size = action.bytesSent > 0 ? `  ${formatBytes(action.bytesSent)}` : ''
  const whole = isDifference(action) ? runTexts.summary.of({ whole: action.bytesSent + action.bytesReused }) : ''
  // In a plan, comparing is known to end in one.
  const kind = action.method === 'conflict' ? 'conflict' : action.kind
  return `${SIGN_BY_KIND[kind] ?? ' '} ${kind} ${printable(action.path)}${size}${whole}`
}

/** What happened, most important first. */
export function summarySentences(summary: Summary): readonly string[] {
  const sentences = [headline(summary), ...savings(summary), ...estimate(summary)]
  const { counts } = summary
  if (counts.failed > 0) sentences.push(runTexts.summary.failedSeeAbove({ failed: counts.failed }))
  if (counts.held > 0) {
    sentences.push(runTexts.summary.heldByTheGuardNothing({ held: counts.held }))
  }
  if (counts.conflicts > 0) sentences.push(runTexts.summary.toDecideBothVersionsAre({ conflicts: counts.conflicts }))
  if (counts.waiting > 0) sentences.push(runTexts.summary.waitForAConflict({ waiting: counts.waiting }))
  if ((counts.vanished ?? 0) > 0) sentences.push(runTexts.summary.vanished({ vanished: counts.vanished ?? 0 }))
  if ((counts.putAside ?? 0) > 0) sentences.push(runTexts.summary.putAside({ putAside: counts.putAside ?? 0 }))
  if (summary.exitCode === EXIT.interrupted) sentences.push(runTexts.summary.interruptedWhatWasFinishedIs)
  return sentences
}

/** What differences spare, against sending the same files whole. */
function savings({ actions, dryRun }: Summary): readonly string[] {
  const differences = actions.filter(isDifference)
  if (differences.length === 0) return []
  const sent = differences.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
  const whole = differences.reduce((sum, { bytesReused }) => sum + bytesReused, sent)
  const share = (1 - sent / whole) * 100
  const values = { n: differences.length, sent, whole, share }
  return [dryRun ? runTexts.summary.savingsPlanned(values) : runTexts.summary.savings(values)]
}

/** What a plan's uploads take: bytes, requests, time and money, as far as each can be known. */
function estimate({ estimate: expected }: Summary): readonly string[] {
  if (expected === undefined || expected.bytesSent === 0) return []
  const { bytesSent, requests, bytesPerSecond, seconds, dollars } = expected
  const parts = [runTexts.summary.toSend({ bytes: bytesSent })]
  const total = Object.values(requests).reduce((sum, each) => sum + each, 0)
  const copies = requests['UploadPartCopy'] ?? 0
  if (total > 0)
    parts.push(
      copies === 0 ? runTexts.summary.requests({ total }) : runTexts.summary.requestsAndCopies({ total, copies }),
    )
  if (seconds !== undefined && bytesPerSecond !== undefined)
    parts.push(runTexts.summary.aboutAt({ seconds: Math.ceil(seconds) * 1000, bytesPerSecond }))
  if (dollars !== undefined) parts.push(runTexts.summary.aboutForRequests({ dollars }))
  return [runTexts.summary.uploads({ parts: parts.join('; ') })]
}

function isDifference({ method }: Summary['actions'][number]): boolean {
  return method === 'delta' || method === 'segments'
}

function headline(summary: Summary): string {
  const { counts, bytes } = summary
  const texts = summary.dryRun ? runTexts.summary.planned : runTexts.summary.done
  const kinds = ['uploaded', 'downloaded', 'moved', 'metadata', 'deleted'] as const
  const done = kinds.flatMap((kind) => (counts[kind] > 0 ? [texts[kind]({ n: counts[kind] })] : []))
  const transferred = bytes.sent + bytes.received
  if (transferred > 0) done.push(formatBytes(transferred))
  if (bytes.reused > 0) done.push(runTexts.summary.reused({ bytes: bytes.reused }))
  // Whoever was interrupted may not have come to what there was to do.
  const isCut = counts.failed > 0 || summary.exitCode === EXIT.interrupted
  const nothing = isCut ? runTexts.summary.nothingWasDone : runTexts.summary.nothingToDo
  const what = done.length === 0 ? nothing : done.join(', ')
  const looked = runTexts.summary.lookedAtIn({ scanned: counts.scanned, durationMs: summary.durationMs })
  const skipped = counts.skipped === 0 ? '' : `, ${skippedText(summary)}`
  return `${what}. ${looked}${skipped}.`
}

/** A restore skips what is there already, a pass what it cannot carry. */
function skippedText({ command, counts }: Summary): string {
  const { skipped, thereAlready } = runTexts.summary.skippedSuffix
  return (command === 'restore' ? thereAlready : skipped)({ n: counts.skipped })
}

import { count, formatBytes, formatDuration, formatRate } from '../../common/format.ts'
import type { Summary } from '../../common/protocol.ts'
import { EXIT } from './exit-codes.ts'
import type { Output } from './output.ts'
import { printable } from './printable.ts'

const SIGN_BY_KIND: Readonly<Record<string, string>> = {
  upload: '+',
  download: '<',
  'make-directory': '+',
  'make-local-directory': '<',
  'move-local': '>',
  'remove-local': '-',
  settle: '?',
  'keep-both': '=',
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
  const saved = isDifference(action) ? ` of ${formatBytes(action.bytesSent + action.bytesReused)}` : ''
  return `${SIGN_BY_KIND[action.kind] ?? ' '} ${action.kind} ${printable(action.path)}${size}${saved}`
}

/** What happened, most important first. */
export function summarySentences(summary: Summary): readonly string[] {
  const sentences = [headline(summary), ...savings(summary), ...estimate(summary)]
  const { counts } = summary
  if (counts.failed > 0) sentences.push(`${count(counts.failed, 'file')} failed, see above.`)
  if (counts.held > 0) {
    sentences.push(
      `${count(counts.held, 'change')} held by the guard: nothing of them was deleted or overwritten. Run again with --held approve, keep or restore.`,
    )
  }
  if (counts.conflicts > 0) sentences.push(`${count(counts.conflicts, 'conflict')} to decide; both versions are kept.`)
  if (summary.exitCode === EXIT.interrupted)
    sentences.push('Interrupted: what was finished is saved, run it again to go on.')
  return sentences
}

/** What differences spare, against sending the same files whole. */
function savings({ actions, dryRun }: Summary): readonly string[] {
  const differences = actions.filter(isDifference)
  if (differences.length === 0) return []
  const sent = differences.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
  const whole = differences.reduce((sum, { bytesReused }) => sum + bytesReused, sent)
  const share = ((1 - sent / whole) * 100).toFixed(1)
  const what = `${count(differences.length, 'large file')} ${dryRun ? 'to be sent' : 'sent'} as differences`
  return [`${what}: ${formatBytes(sent)} of ${formatBytes(whole)}, ${share} % saved.`]
}

/** What a plan's uploads take: bytes, requests, time and money, as far as each can be known. */
function estimate({ estimate: expected }: Summary): readonly string[] {
  if (expected === undefined || expected.bytesSent === 0) return []
  const { bytesSent, requests, bytesPerSecond, seconds, dollars } = expected
  const parts = [`${formatBytes(bytesSent)} to send`]
  const total = Object.values(requests).reduce((sum, each) => sum + each, 0)
  const copies = requests['UploadPartCopy'] ?? 0
  const copied = copies === 0 ? '' : `, ${copies.toLocaleString('en')} of them copies inside the store`
  if (total > 0) parts.push(`${count(total, 'request')}${copied}`)
  if (seconds !== undefined && bytesPerSecond !== undefined)
    parts.push(`about ${formatDuration(Math.ceil(seconds) * 1000)} at ${formatRate(bytesPerSecond)}`)
  if (dollars !== undefined) parts.push(`about ${formatDollars(dollars)} for requests`)
  return [`Uploads: ${parts.join('; ')}.`]
}

function formatDollars(dollars: number): string {
  if (dollars === 0) return '$0'
  return dollars < 0.01 ? `$${dollars.toPrecision(2)}` : `$${dollars.toFixed(2)}`
}

function isDifference({ method }: Summary['actions'][number]): boolean {
  return method === 'delta' || method === 'segments'
}

function headline(summary: Summary): string {
  const { counts, bytes } = summary
  const done: string[] = []
  const add = (number: number, noun: string, verb: string): void => {
    if (number > 0) done.push(`${count(number, noun)} ${verb}`)
  }
  const future = summary.dryRun ? 'to be ' : ''
  add(counts.uploaded, 'file', `${future}uploaded`)
  add(counts.downloaded, 'file', `${future}downloaded`)
  add(counts.moved, 'file', `${future}moved`)
  add(counts.metadata, 'item', `${future}updated without sending content`)
  add(counts.deleted, 'file', `${future}deleted`)
  const transferred = bytes.sent + bytes.received
  if (transferred > 0) done.push(formatBytes(transferred))
  if (bytes.reused > 0) done.push(`${formatBytes(bytes.reused)} reused`)
  const nothing = counts.failed > 0 ? 'Nothing was done' : 'Nothing to do'
  const what = done.length === 0 ? nothing : done.join(', ')
  const looked = `${count(counts.scanned, 'file')} looked at in ${formatDuration(summary.durationMs)}`
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped.toLocaleString('en')} ${skippedWord(summary)}`
  return `${what}. ${looked}${skipped}.`
}

/** A restore skips what is there already, a pass what it cannot carry. */
function skippedWord({ command }: Summary): string {
  return command === 'restore' ? 'there already' : 'skipped'
}

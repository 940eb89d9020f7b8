import { count, formatBytes, formatDuration, formatRate } from '../../../common/format.ts'
import type { FolderView, ReasonView, StatusView } from '../../../common/protocol.ts'
import { withClient } from '../client.ts'
import type { Command } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { localTime } from '../../engine/protection-rows.ts'
import { printable } from '../printable.ts'

/** `tidekeep status`. */
export const status: Command = (context) =>
  withClient(context, 'look', async (client, isRunning) => {
    const view = await client.call('status.get', {})
    const exitCode = view.folders.length === 0 ? EXIT.notConfigured : EXIT.ok
    print(context.output, view, isRunning)
    context.output.result({ type: 'status', running: isRunning, ...view })
    return exitCode
  })

function print(output: Output, view: StatusView, isRunning: boolean): void {
  if (!isRunning)
    output.line('The Tidekeep service is not running, so nothing is watched. Start it with "tidekeep serve".')
  if (view.folders.length === 0) {
    output.line('No folder is kept safe yet. Add one with "tidekeep folder add PATH --target URI".')
    return
  }
  if (isRunning) output.line(output.style('bold', view.sentence))
  if (view.progress !== null) output.line(progressText(view.progress))
  for (const reason of view.reasons) output.line(reasonLine(reason))
  for (const item of view.attention) output.line(`! ${item.message}${item.fix === undefined ? '' : ` ${item.fix}`}`)
  for (const folder of view.folders) for (const line of folderLines(folder)) output.line(line)
}

/** With the command that sets it aside, where there is one. */
function reasonLine({ text, lift }: ReasonView): string {
  return `${printable(text)}.${lift === 'possible' ? ' To go on anyway: "tidekeep resume --anyway".' : ''}`
}

function progressText(progress: NonNullable<StatusView['progress']>): string {
  const parts = [
    `${progress.filesDone.toLocaleString('en')} of ${count(progress.filesTotal, 'file')}`,
    `${formatBytes(progress.bytesDone)} of ${formatBytes(progress.bytesTotal)}`,
    formatRate(progress.bytesPerSecond),
  ]
  if (progress.etaMs !== null) parts.push(`about ${formatDuration(progress.etaMs)}`)
  return parts.join(' · ')
}

function folderLines(folder: FolderView): readonly string[] {
  const pending = folder.pendingFiles > 0 ? `, ${count(folder.pendingFiles, 'file')} waiting` : ''
  return [
    '',
    `${printable(folder.name)} (${folder.state}): ${printable(folder.sentence)}`,
    `  ${printable(folder.path)} -> ${printable(folder.target)}, ${folder.mode}`,
    `  ${count(folder.files, 'file')} safe, ${formatBytes(folder.bytes)}${pending}`,
    `  ${protectionText(folder)}`,
  ]
}

/** Until when nothing is lost, and when that was last seen by bringing files back. */
export function protectionText({ safeUpToMs, proof }: Pick<FolderView, 'safeUpToMs' | 'proof'>): string {
  const safe = safeUpToMs === undefined ? 'not complete yet' : `safe up to ${localTime(safeUpToMs)}`
  const proven = proof?.provenAtMs
  const last = proof === undefined ? '' : ` (${count(proof.files, 'file')}, ${formatBytes(proof.bytes)})`
  if (proven === undefined) return `${safe}; not proven restorable yet`
  return `${safe}; last proven restorable ${localTime(proven)}${proven === proof?.atMs ? last : ''}`
}

import { formatRate } from '../../../common/format.ts'
import type { FolderView, ReasonView, StatusView } from '../../../common/protocol.ts'
import { withClient } from '../client.ts'
import type { Command } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { localTime } from '../../engine/protection-rows.ts'
import { printable } from '../printable.ts'
import { cliTexts } from '../cli-texts.ts'

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
  if (!isRunning) output.line(cliTexts.status.theTidekeepServiceIsNot)
  if (view.folders.length === 0) {
    output.line(cliTexts.status.noFolderIsKeptSafe)
    return
  }
  if (isRunning) output.line(output.style('bold', view.sentence))
  if (view.progress !== null) output.line(progressText(view.progress))
  // What needs attention is often the reason, too, and then says what to do as well.
  const isTold = ({ text }: ReasonView): boolean => view.attention.some(({ message }) => message.startsWith(text))
  for (const reason of view.reasons) if (!isTold(reason)) output.line(reasonLine(reason))
  // The first line has said of all folders that nothing is watched.
  const attention = isRunning
    ? view.attention
    : view.attention.filter(({ message }) => message !== cliTexts.offlineClient.nothingIsWatchedTheService)
  for (const item of attention) output.line(`! ${item.message}${item.fix === undefined ? '' : ` ${item.fix}`}`)
  for (const folder of view.folders) for (const line of folderLines(folder)) output.line(line)
}

/** With the command that sets it aside, where there is one. */
function reasonLine({ text, lift }: ReasonView): string {
  return lift === 'possible' ? cliTexts.status.liftable({ text: printable(text) }) : `${printable(text)}.`
}

function progressText(progress: NonNullable<StatusView['progress']>): string {
  const parts = [
    cliTexts.status.filesOf({ done: progress.filesDone, total: progress.filesTotal }),
    cliTexts.status.bytesOf({ done: progress.bytesDone, total: progress.bytesTotal }),
    formatRate(progress.bytesPerSecond),
  ]
  if (progress.etaMs !== null) parts.push(cliTexts.status.about({ etaMs: progress.etaMs }))
  return parts.join(' · ')
}

function folderLines(folder: FolderView): readonly string[] {
  const { files, bytes, pendingFiles: pending } = folder
  return [
    '',
    `${printable(folder.name)} (${folder.state}): ${printable(folder.sentence)}`,
    `  ${printable(folder.path)} -> ${printable(folder.target)}, ${folder.mode}`,
    `  ${pending > 0 ? cliTexts.status.safeAndWaiting({ files, bytes, pending }) : cliTexts.status.safe({ files, bytes })}`,
    `  ${protectionText(folder)}`,
  ]
}

/** Until when nothing is lost, and when that was last seen by bringing files back. */
export function protectionText({
  safeUpToMs,
  conflicts,
  proof,
}: Pick<FolderView, 'safeUpToMs' | 'conflicts' | 'proof'>): string {
  const upTo =
    safeUpToMs === undefined
      ? cliTexts.status.notCompleteYet
      : cliTexts.status.safeUpTo({ safeUpToMs: localTime(safeUpToMs) })
  const safe = conflicts === 0 ? upTo : cliTexts.status.safeBut({ safe: upTo, conflicts })
  const proven = proof?.provenAtMs
  if (proven === undefined) return cliTexts.status.notProvenRestorableYet({ safe })
  const values = { safe, proven: localTime(proven) }
  return proof === undefined || proven !== proof.atMs
    ? cliTexts.status.lastProvenRestorable(values)
    : cliTexts.status.lastProvenRestorableBy({ ...values, files: proof.files, bytes: proof.bytes })
}

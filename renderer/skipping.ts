import type { ActionKind } from '../common/model.ts'
import type { Client } from '../common/protocol.ts'
import type { Toast } from './components/toasts.tsx'
import { splitPath } from './names.ts'
import { strings } from './strings.ts'

const text = strings.skipping
/** Content on its way; the service leaves nothing else out. */
const KINDS: ReadonlySet<ActionKind> = new Set(['upload', 'adopt', 'download'])

/** What can be left out, or is. */
export interface SkippableFile {
  readonly jobId: number
  readonly path: string
}

/** Whether leaving it out is worth offering. */
export function isSkippable({ kind }: { readonly kind: ActionKind }): boolean {
  return KINDS.has(kind)
}

/** Leaves a file out until it changes. What came of it, with the way back where there is one. */
export async function skip(client: Client, file: SkippableFile): Promise<Toast> {
  const { name } = splitPath(file.path)
  const { count } = await client.call('queue.skip', { id: file.jobId })
  if (count === 0) return { text: text.tooLate({ name }) }
  return {
    text: text.skipped({ name }),
    undo: async () => void (await client.call('queue.retry', { id: file.jobId })),
  }
}

/** Takes that back. What came of it. */
export async function sendNow(client: Client, file: SkippableFile): Promise<Toast> {
  const { name } = splitPath(file.path)
  const { count } = await client.call('queue.retry', { id: file.jobId })
  return { text: count === 0 ? text.gone({ name }) : text.sent({ name }) }
}

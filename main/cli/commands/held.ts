import { HOLD_TEXTS } from '../../../common/hold-texts.ts'
import type { HoldReason } from '../../../common/model.ts'
import type { Answer, FolderView, HeldView, JobView } from '../../../common/protocol.ts'
import { withClient, withService } from '../client.ts'
import type { Command, Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { findFolder } from '../find-folder.ts'
import type { Connection } from '../ports.ts'
import { printable } from '../printable.ts'
import { cliTexts } from '../cli-texts.ts'

const EXAMPLES = 5

/** `tidekeep held list [FOLDER]`: what waits for a decision, why, and what each answer does. */
export const heldList: Command = (context, { args }) =>
  withClient(context, 'look', async (client) => {
    const named = args[0] as string | undefined
    const folders =
      named === undefined ? await client.call('folders.list', {}) : [await findFolder(client, context, named)]
    const listed: { folder: FolderView; held: HeldView; examples: readonly JobView[] }[] = []
    for (const folder of folders) {
      for (const held of folder.holds) {
        const query = { state: 'held', folderId: folder.id, reason: held.reason, limit: EXAMPLES } as const
        listed.push({ folder, held, examples: await client.call('queue.list', query) })
      }
    }
    if (listed.length === 0) context.output.line(cliTexts.held.nothingWaitsForADecision)
    for (const each of listed) for (const line of linesOf(each)) context.output.line(line)
    context.output.result({
      type: 'held',
      held: listed.map(({ folder, held, examples }) => ({
        folderId: folder.id,
        name: folder.name,
        ...held,
        examples: examples.map(({ path, kind, hold }) => ({ path, kind, hold })),
      })),
    })
    return EXIT.ok
  })

/** `tidekeep held approve FOLDER`. */
export const heldApprove: Command = (context, input) => decide(context, input, 'approve')

/** `tidekeep held keep FOLDER`. */
export const heldKeep: Command = (context, input) => decide(context, input, 'keep')

/** `tidekeep held restore FOLDER`. */
export const heldRestore: Command = (context, input) => decide(context, input, 'restore')

function decide(context: Context, { args, options }: Parameters<Command>[1], answer: Answer): Promise<number> {
  const carryOut = async (client: Connection): Promise<number> => {
    const folder = await findFolder(client, context, args[0] as string)
    const only = options['reason'] as HoldReason | undefined
    const holds = folder.holds.filter(({ reason }) => only === undefined || reason === only)
    for (const { reason } of holds) await client.call('folders.decide', { id: folder.id, answer, reason })
    const left = await findFolder(client, context, folder.id)
    if (holds.length === 0) context.output.line(cliTexts.held.nothingOfWaitsForThis({ name: printable(folder.name) }))
    for (const { reason, count } of holds) {
      const { answers, waiting } = HOLD_TEXTS[reason]
      context.output.line(
        cliTexts.held.decided({
          name: printable(folder.name),
          waiting: waiting({ n: count }),
          does: answers[answer].does,
        }),
      )
    }
    context.output.result({ type: 'held-decided', answer, decided: holds, folder: left })
    return EXIT.ok
  }
  // What is brought back is planned by whoever watches the folder; the other answers wait for the next run.
  return answer === 'restore' ? withService(context, carryOut) : withClient(context, 'queue', carryOut)
}

function linesOf({
  folder,
  held,
  examples,
}: {
  readonly folder: FolderView
  readonly held: HeldView
  readonly examples: readonly JobView[]
}): readonly string[] {
  const { waiting, why, answers } = HOLD_TEXTS[held.reason]
  const more = held.count - examples.length
  return [
    `${printable(folder.name)}: ${waiting({ n: held.count })}.`,
    `  ${why}`,
    ...examples.map(({ kind, path }) => `    ${kind} ${printable(path)}`),
    ...(more > 0 ? [cliTexts.held.andMoreTidekeepQueueList({ more })] : []),
    ...(['restore', 'keep', 'approve'] as const).map((answer) =>
      cliTexts.held.tidekeepHeldReason({ answer, id: folder.id, reason: held.reason, does: answers[answer].does }),
    ),
  ]
}

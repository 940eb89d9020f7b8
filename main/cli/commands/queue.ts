import { formatBytes } from '../../../common/format.ts'
import type { JobState } from '../../../common/model.ts'
import type { JobView } from '../../../common/protocol.ts'
import { withClient } from '../client.ts'
import type { Command } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { CommandError } from '../failure.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'
import { cliTexts } from '../cli-texts.ts'

/** `tidekeep queue list`. */
export const queueList: Command = (context, { options }) =>
  withClient(context, 'look', async (client) => {
    const state = options['state'] as JobState | undefined
    const limit = options['limit'] as number
    const jobs = await client.call('queue.list', { limit, ...(state === undefined ? {} : { state }) })
    if (jobs.length === 0) context.output.line(cliTexts.queue.nothingIsWaiting)
    for (const line of table(jobs.map(rowOf), [0, 4])) context.output.line(line)
    context.output.result({ type: 'queue', jobs })
    return EXIT.ok
  })

/** `tidekeep queue retry [ID]`. */
export const queueRetry: Command = (context, { args }) =>
  withClient(context, 'queue', async (client) => {
    const id = args[0] as number | undefined
    const { count: jobs } = await client.call('queue.retry', id === undefined ? {} : { id })
    if (id !== undefined && jobs === 0) throw noJob(id)
    context.output.line(cliTexts.queue.willBeTriedAgainNow({ jobs }))
    context.output.result({ type: 'queue-retry', count: jobs })
    return EXIT.ok
  })

/** `tidekeep queue skip ID`. */
export const queueSkip: Command = (context, { args }) =>
  withClient(context, 'queue', async (client) => {
    const id = args[0] as number
    const { count: jobs } = await client.call('queue.skip', { id })
    if (jobs === 0) throw noJob(id)
    context.output.line(cliTexts.queue.jobWasSkipped({ id }))
    context.output.result({ type: 'queue-skip', count: jobs })
    return EXIT.ok
  })

/** `tidekeep queue drop ID`. */
export const queueDrop: Command = (context, { args }) =>
  withClient(context, 'queue', async (client) => {
    const id = args[0] as number
    const { count: jobs } = await client.call('queue.drop', { id })
    if (jobs === 0) throw noJob(id)
    context.output.line(cliTexts.queue.jobWasDropped({ id }))
    context.output.result({ type: 'queue-drop', count: jobs })
    return EXIT.ok
  })

function rowOf(job: JobView): readonly string[] {
  const reason = job.failure?.message ?? job.hold ?? ''
  return [String(job.id), job.state, job.kind, printable(job.path), formatBytes(job.size), printable(reason)]
}

function noJob(id: number): CommandError {
  return new CommandError(EXIT.fatal, {
    code: 'not-found',
    message: cliTexts.queue.thereIsNoJobFor({ id }),
    fix: cliTexts.queue.thereIsNoJobForFix,
  })
}

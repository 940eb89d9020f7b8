import { formatDuration } from '../../../common/format.ts'
import { withService } from '../client.ts'
import type { Command } from '../context.ts'
import { EXIT } from '../exit-codes.ts'

/** `tidekeep pause [DURATION]`. */
export const pause: Command = (context, input) =>
  withService(context, async (client) => {
    const durationMs = (input.args[0] as number | undefined) ?? 'forever'
    const view = await client.call('pause.set', { durationMs })
    context.output.line(
      durationMs === 'forever' ? 'Paused until you resume.' : `Paused for ${formatDuration(durationMs)}.`,
    )
    context.output.result({ type: 'pause', pausedUntil: view.pausedUntil })
    return EXIT.ok
  })

/** `tidekeep resume`. */
export const resume: Command = (context) =>
  withService(context, async (client) => {
    const view = await client.call('pause.clear', {})
    context.output.line(view.sentence)
    context.output.result({ type: 'resume', pausedUntil: view.pausedUntil })
    return EXIT.ok
  })

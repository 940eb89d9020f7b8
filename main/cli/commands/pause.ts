import type { LiftableKind } from '../../../common/protocol.ts'
import { withService } from '../client.ts'
import type { Command } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { cliTexts } from '../cli-texts.ts'

/** `tidekeep pause [DURATION]`. */
export const pause: Command = (context, input) =>
  withService(context, async (client) => {
    const durationMs = (input.args[0] as number | undefined) ?? 'forever'
    const view = await client.call('pause.set', { durationMs })
    context.output.line(
      durationMs === 'forever' ? cliTexts.pause.pausedForever : cliTexts.pause.pausedFor({ durationMs }),
    )
    context.output.result({ type: 'pause', pausedUntil: view.pausedUntil })
    return EXIT.ok
  })

/** `tidekeep resume`. With `--anyway`, what slows or stops work does not count as long as it applies. */
export const resume: Command = (context, input) =>
  withService(context, async (client) => {
    let view = await client.call('pause.clear', {})
    if (input.options['anyway'] === true)
      for (const { kind, lift } of view.reasons)
        if (lift === 'possible') view = await client.call('speed.lift', { kind: kind as LiftableKind, lifted: true })
    context.output.line(view.sentence)
    context.output.result({ type: 'resume', pausedUntil: view.pausedUntil })
    return EXIT.ok
  })

import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { CommandError } from './failure.ts'
import type { Connection, OfflinePurpose } from './ports.ts'
import { cliTexts } from './cli-texts.ts'

/** The service where one runs, else the files of the installation. Closes whatever it opened. */
export async function withClient<T>(
  context: Context,
  purpose: OfflinePurpose,
  use: (client: Connection, isRunning: boolean) => Promise<T>,
): Promise<T> {
  const running = await context.ports.connect(context.paths)
  const client = running ?? (await context.ports.offline(await context.host(), purpose))
  try {
    return await use(client, running !== undefined)
  } finally {
    await client.close()
  }
}

/** The running service. Throws when none runs. */
export async function withService<T>(context: Context, use: (client: Connection) => Promise<T>): Promise<T> {
  const client = await context.ports.connect(context.paths)
  if (client === undefined) {
    throw new CommandError(EXIT.fatal, {
      code: 'unavailable',
      message: cliTexts.client.theTidekeepServiceIsNot,
      fix: cliTexts.client.theTidekeepServiceIsNotFix,
    })
  }
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

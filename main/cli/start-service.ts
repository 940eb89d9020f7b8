import { fileURLToPath } from 'node:url'
import { createApplication } from '../compose.ts'
import type { Host } from '../host.ts'
import { readOperatorToken } from '../service/operator-token.ts'
import { startService } from '../service/serve.ts'
import { boundHeaps } from '../heap-bounds.ts'
import type { Environment, ServedApplication, ServeOptions } from './ports.ts'

/** The built renderer, from a checkout and from `out/` alike. */
const RENDERER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../out/renderer' : '../../renderer', import.meta.url),
)

/** Composes the application and serves it. Throws `locked` when another one uses the same state. */
export async function serveApplication(
  host: Host,
  env: Environment,
  options: ServeOptions,
): Promise<ServedApplication> {
  const token = await readOperatorToken(env)
  const application = await createApplication({ host, env })
  boundHeaps()
  try {
    return await startService({
      application,
      host,
      ui: options.ui,
      open: options.open,
      rendererDirectory: RENDERER,
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(token === undefined ? {} : { token }),
    })
  } catch (error) {
    await application.stop({ now: true })
    throw error
  }
}

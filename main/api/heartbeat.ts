import type { Area } from './area.ts'
import type { Needs } from './deps.ts'

/** Who listens for this computer elsewhere. */
export function createHeartbeatHandlers({ heartbeat, engine }: Needs<'heartbeat', 'status'>): Area<'heartbeat'> {
  return {
    'heartbeat.test': async ({ which }) => {
      await heartbeat.test(which, engine.status())
      return {}
    },
  }
}

import type { Settings } from '../../common/settings.ts'
import type { Area } from './area.ts'
import type { Needs } from './deps.ts'

/** Status and the pause over everything. */
export function createStatusHandlers({
  engine,
  settings,
  host,
}: Needs<'settings' | 'host', 'status' | 'applySettings'>): Area<'status' | 'pause'> {
  const pauseUntil = async (pausedUntil: Settings['pausedUntil']) => {
    await settings.update((current) => ({ ...current, pausedUntil }))
    await engine.applySettings()
    return engine.status()
  }
  return {
    'status.get': async () => engine.status(),
    'pause.set': ({ durationMs }) => pauseUntil(durationMs === 'forever' ? durationMs : host.clock.now() + durationMs),
    'pause.clear': () => pauseUntil(0),
  }
}

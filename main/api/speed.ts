import { TidekeepError } from '../../common/errors.ts'
import type { Area } from './area.ts'
import type { Needs } from './deps.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

/** What a person says to what slows or stops work. */
export function createSpeedHandlers({ speed, engine }: Needs<'speed', 'status' | 'applySettings'>): Area<'speed'> {
  return {
    'speed.lift': async ({ kind, lifted }) => {
      if (lifted && !speed.now().applying.has(kind))
        throw new TidekeepError({ code: 'invalid', message: apiFailureTexts.speed.thereIsNothingOfThe })
      speed.lift(kind, lifted)
      await engine.applySettings()
      return engine.status()
    },
  }
}

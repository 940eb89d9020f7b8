import { it } from 'vitest'
import { EngineTally, liveEngineHistory } from './engine-history.ts'
import { simulateEngine } from './engine-suite.ts'
import { parseHistory } from './history.ts'

simulateEngine('mirror', 1_500, { what: ' at a target of objects', isFlat: true })

it('work for a file ends where a folder took its name that a bucket knows nothing of', async () => {
  const history = parseHistory('4722002152:ghvgq.mc3h5.gw4su.112kf7')
  await liveEngineHistory(history, new EngineTally(), { isFlat: true })
})

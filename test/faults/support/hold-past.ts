/** Child of past-lock.test.ts: holds what is kept below argv[2], says so, and goes on until it is killed. */
import { writeSync } from 'node:fs'
import { createPastLock } from '../../../main/state/past-lock.ts'
import { RecordingLog } from '../../fakes/host.ts'
import { realClock } from '../../fakes/real-clock.ts'

await createPastLock({ paths: { state: process.argv[2]! }, clock: realClock, log: new RecordingLog() }).hold()
writeSync(1, 'held\n')
setInterval(() => undefined, 60_000)

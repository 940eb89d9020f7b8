/** Child of state-lock.test.ts: takes the instance lock of argv[2], says so, and holds it until it is killed. */
import { writeSync } from 'node:fs'
import { acquireInstanceLock } from '../../../main/state/instance-lock.ts'

try {
  acquireInstanceLock(process.argv[2]!)
  writeSync(1, 'held\n')
  setInterval(() => undefined, 60_000)
} catch (error) {
  writeSync(1, `${(error as { code: string }).code} ${(error as Error).message}\n`)
}

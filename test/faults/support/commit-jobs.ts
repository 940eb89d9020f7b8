/**
 * Child of state-kill.test.ts: commits jobs and baseline entries in a loop and prints each number
 * once its transaction has returned, until it is killed. argv: state directory, first number.
 */
import { writeSync } from 'node:fs'
import { systemClock } from '../../../main/service/node-host.ts'
import { acquireInstanceLock } from '../../../main/state/instance-lock.ts'
import { openStore } from '../../../main/state/sqlite-store.ts'
import { FOLDER, baselineEntry, planned, upload } from '../../unit/state-support.ts'

const [directory, first] = process.argv.slice(2) as [string, string]
const silent = { debug() {}, info() {}, warn() {}, error() {} }

acquireInstanceLock(directory)
const { store, recovered } = await openStore({ directory, clock: systemClock, log: silent, bootId: 'this one' })
writeSync(1, `opened ${recovered}\n`)
for (let number = Number(first); ; number++) {
  store.transaction(() => {
    store.queue.enqueue(FOLDER, [planned(upload(`job-${number}`))])
    store.baseline.put(FOLDER, baselineEntry(`entry-${number}`, 1, `1:${number}`))
  })
  writeSync(1, `${number}\n`)
}

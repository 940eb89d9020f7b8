/** Child of state-migration.test.ts: opens argv[2] with slow migrations and prints the step it is in; killed on the way. */
import { systemClock } from '../../../main/service/node-host.ts'
import { openStore } from '../../../main/state/sqlite-store.ts'
import { SLOW_MIGRATIONS } from './migrations.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
process.stdout.write('started\n')
const { store } = await openStore({
  directory: process.argv[2]!,
  clock: systemClock,
  log: silent,
  migrations: SLOW_MIGRATIONS,
})
store.close()
process.stdout.write('done\n')

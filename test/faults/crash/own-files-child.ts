/** Child of the crash tests: one change of the program's own files, argv[2], in the directory argv[3]. Killed on the way. */
import { openSealedFile } from '../../../main/secrets/sealed-file.ts'
import { systemClock } from '../../../main/service/node-host.ts'
import { openStore } from '../../../main/state/sqlite-store.ts'
import { SLOW_MIGRATIONS } from '../support/migrations.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const [job, directory] = process.argv.slice(2) as ['migrate' | 'set-aside' | 'seal', string]
if (job === 'seal') await openSealedFile({ directory, passphrase: undefined, log }).set('new', 'a new secret')
else {
  const migrations = job === 'migrate' ? { migrations: SLOW_MIGRATIONS } : {}
  const { store } = await openStore({ directory, clock: systemClock, log, ...migrations })
  store.close()
}

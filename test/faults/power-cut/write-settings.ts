/** Saves one number after the other as a setting and as a secret in argv[2], and prints each that is safe; cut off on the way. */
import { openSealedFile } from '../../../main/secrets/sealed-file.ts'
import { openSettings } from '../../../main/state/settings-store.ts'

const directory = process.argv[2]!
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const settings = await openSettings(directory)
const secrets = openSealedFile({ directory, passphrase: undefined, log: silent })
for (let number = settings.get().bandwidthLimit + 1; ; number++) {
  await settings.update((all) => ({ ...all, bandwidthLimit: number }))
  await secrets.set('account', String(number))
  process.stdout.write(`${number}\n`)
}

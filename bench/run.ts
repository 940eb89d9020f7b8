/** `npm run bench [name …]`: runs the benches one after the other. Peers that are not installed are named "not run". */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const directory = fileURLToPath(new URL('.', import.meta.url))
const wanted = process.argv.slice(2)
const benches = readdirSync(directory)
  .filter((name) => name.endsWith('.bench.ts'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
for (const name of benches) {
  console.log(`\n== ${name}`)
  const run = spawnSync(process.execPath, [`${directory}${name}`], { stdio: 'inherit' })
  if (run.status !== 0) process.exitCode = 1
}

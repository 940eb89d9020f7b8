/**
 * Serves a fake application with the built renderer, for looking at it and for Playwright:
 * `node test/fakes/serve-fake.ts [--scenario busy] [--port 0] [--renderer out/renderer]`.
 * Prints one JSON line `{ address, signInUrl }`, then a new one for each line on standard input;
 * an input line `scenario <name>` switches what is shown. Ends with standard input or a signal.
 */
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startHttpTransport } from '../../main/service/http-transport.ts'
import { createFakeApplication, type Scenario } from './application.ts'
import { realClock } from './real-clock.ts'
import { createFakeHost } from './host.ts'

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'busy' },
    port: { type: 'string', default: '0' },
    renderer: { type: 'string', default: fileURLToPath(new URL('../../out/renderer', import.meta.url)) },
    rows: { type: 'string', default: '120' },
  },
})
const application = createFakeApplication({
  scenario: values.scenario as Scenario,
  activityRows: Number(values.rows),
  queueRows: Number(values.rows),
})
const host = {
  ...createFakeHost({ clock: realClock }),
  random: { next: () => Math.random(), hex: (byteCount: number) => randomBytes(byteCount).toString('hex') },
}
await application.start()
const transport = await startHttpTransport({
  application,
  host,
  port: Number(values.port),
  rendererDirectory: values.renderer,
})
const announce = (): void =>
  console.log(JSON.stringify({ address: transport.address, signInUrl: transport.signInUrl() }))
announce()
for await (const line of createInterface({ input: process.stdin })) {
  const scenario = /^scenario (\w+)$/.exec(line)?.[1]
  if (scenario !== undefined) application.setScenario(scenario as Scenario)
  announce()
}
await transport.close()
await application.stop()

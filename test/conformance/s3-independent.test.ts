import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { toRelPath } from '../../common/paths.ts'
import { CHECKS } from '../../main/providers/conformance/checks.ts'
import { runCheck } from '../../main/providers/conformance/run.ts'
import { createPool } from '../../main/pool.ts'
import { createS3Provider, type S3Provider } from '../../main/providers/s3/index.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { memorySecrets } from '../fakes/s3/harness.ts'
import { REAL_SERVERS, type RealServer } from '../fakes/s3/real-servers.ts'
import { createLocalContents } from './local-content.ts'
import { S3_CHECKS, type S3Check } from './s3-checks.ts'

const pool = createPool({ threads: 1 })
const contents = createLocalContents()
afterAll(async () => {
  contents.remove()
  await pool.close()
})

/** The checks of the port itself, as every provider has to pass them. */
const portChecks: readonly S3Check[] = CHECKS.map((check) => ({
  name: check.name,
  run: async (provider, area) => {
    const { signal } = new AbortController()
    const localContent = (bytes: Uint8Array): ReturnType<typeof contents.make> => contents.make(bytes)
    const result = await runCheck(check, { provider, area: toRelPath(area), signal, localContent })
    if (result.outcome === 'failed') throw new Error(result.reason)
  },
}))

for (const kind of REAL_SERVERS) {
  const server = await kind.start()
  describe(`against ${kind.name}`, () => {
    if (server === undefined) {
      it('is run where it is installed', () => {
        console.log(`not run: S3 conformance against ${kind.name} (${kind.howToGet})`)
        // A store of one's own is never required.
        expect(process.env['REQUIRE_REAL'] === '1' && !kind.name.includes('TIDEKEEP_TEST')).toBe(false)
      })
      return
    }
    let provider: S3Provider | undefined
    const open = async (): Promise<S3Provider> => (provider ??= await openProvider(server))
    afterAll(async () => {
      await provider?.close()
      await server.close()
    })
    const run = `run-${randomBytes(4).toString('hex')}`
    for (const [index, check] of [...S3_CHECKS, ...portChecks].entries()) {
      const difference = kind.differences[check.name]
      const perform = async (): Promise<void> => check.run(await open(), `${run}/area ${index}`)
      if (difference === undefined) it(check.name, perform)
      else it(`differs, as known: ${check.name} (${difference})`, async () => expect(perform()).rejects.toThrow())
    }
    it('has the preconditions it is known to have', async () => {
      const opened = await open()
      await opened.prepare({ signal: new AbortController().signal })
      expect(opened.features.preconditions).toBe(kind.preconditions)
    })
  })
}

async function openProvider(server: RealServer): Promise<S3Provider> {
  const { accessKeyId, secretAccessKey } = server
  return createS3Provider({
    bucket: server.bucket,
    prefix: '',
    options: { endpoint: server.endpoint, accountId: 'real' },
    deps: {
      host: createFakeHost({ clock: realClock, seed: Math.floor(performance.now()) }),
      pool,
      secrets: memorySecrets({ 's3:real': JSON.stringify({ accessKeyId, secretAccessKey }) }),
    },
    env: {},
  })
}

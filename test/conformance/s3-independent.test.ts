import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { createPool } from '../../main/pool.ts'
import { createS3Provider, type S3Provider } from '../../main/providers/s3/index.ts'
import { createFakeHost } from '../fakes/host.ts'
import { memorySecrets, realClock } from '../fakes/s3/harness.ts'
import { REAL_SERVERS, type RealServer } from '../fakes/s3/real-servers.ts'
import { S3_CHECKS } from './s3-checks.ts'

const pool = createPool({ threads: 1 })
afterAll(async () => pool.close())

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
    for (const [index, check] of S3_CHECKS.entries()) {
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

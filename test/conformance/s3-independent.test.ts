import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { toTidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import { CHECKS } from '../../main/providers/conformance/checks.ts'
import { runCheck } from '../../main/providers/conformance/run.ts'
import { createPool } from '../../main/pool.ts'
import type { Abilities } from '../../main/providers/s3/abilities.ts'
import type { AssembleOptions, PutResult } from '../../main/providers/provider.ts'
import { createS3Provider, type S3Provider } from '../../main/providers/s3/index.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { collectBytes, collectEntries, contentOf, memorySecrets } from '../fakes/s3/harness.ts'
import { REAL_SERVERS, type RealServer } from '../fakes/s3/real-servers.ts'
import { createLocalContents } from './local-content.ts'
import { REAL_SIZES, S3_CHECKS, type S3Check } from './s3-checks.ts'

const pool = createPool({ threads: 1 })
const contents = createLocalContents()
afterAll(async () => {
  contents.remove()
  await pool.close()
})

/** Needs a thousand requests, as does what `S3_CHECKS` say of long listings, which is all of it and more. */
const SAID_TWICE = 'lists more files than one page holds'

/** The checks of the port itself, as every provider has to pass them. */
const portChecks: readonly S3Check[] = CHECKS.filter(({ name }) => name !== SAID_TWICE).map((check) => ({
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
      const perform = async (): Promise<void> => check.run(await open(), `${run}/area ${index}`, REAL_SIZES)
      if (difference === undefined) it(check.name, perform)
      else it(`differs, as known: ${check.name} (${difference})`, async () => expect(perform()).rejects.toThrow())
    }
    it('has the preconditions it is known to have', async () => {
      const opened = await open()
      await opened.prepare({ signal: new AbortController().signal })
      expect(opened.features.preconditions).toBe(kind.preconditions)
    })
    it('is asked to put content together exactly if it is known to prove the result', async () => {
      const { signal } = new AbortController()
      const from = { etag: '"e"', sizeBytes: 10 }
      const options = { signal, metadata: { mtimeNs: 0n }, expect: { kind: 'any' }, from } as const
      // No parts are a mistake, which is seen once the store was found to be able.
      const attempt = (await open()).features.assemble!(toRelPath(`${run}/none`), contentOf('x'), [], options)
      const code = kind.assembles === false ? 'unsupported' : 'invalid'
      if (kind.assembles === undefined) await expect(attempt).rejects.toThrow()
      else await expect(attempt).rejects.toMatchObject({ code })
    })
    if (kind.knowsKeys === true)
      it.each([
        ['access key', { accessKeyId: 'nobody' }, /does not know this access key/],
        ['secret key', { secretAccessKey: 'another' }, /refuses the secret key/],
      ])('is understood when it refuses an unknown %s', async (_which, wrong, message) => {
        const { signal } = new AbortController()
        const refused = await openProvider({ ...server, ...wrong })
        const path = toRelPath(`${run}/refused`)
        const calls = [
          () => collectEntries(refused.list(path, { signal })),
          () => collectBytes(refused.read(path, { signal })),
          () => refused.put(path, contentOf('x'), { signal, metadata: { mtimeNs: 0n }, expect: { kind: 'any' } }),
        ]
        try {
          for (const call of calls) {
            const failure = await call().then(
              () => undefined,
              (error: unknown) => toTidekeepError(error),
            )
            expect(failure?.message).toMatch(message)
            expect(failure?.code).toBe('unauthenticated')
          }
        } finally {
          await refused.close()
        }
      })
    if (kind.provesOthers === true)
      it('puts content together of objects that have no CRC32 of their own, refuses stale pins and other bytes', async () => {
        const asked = await openProvider(server, ABLE)
        try {
          await stitch(asked, toRelPath(`${run}/stitched +%20ü`))
        } finally {
          await asked.close()
        }
      })
  })
}

/** Known beforehand, so that a store is asked although it would be found unfit. */
const ABLE: Abilities = {
  writes: async () => ({ conditions: true, conditionalDelete: true, checksums: true }),
  multipart: async () => ({ checksum: 'full', conditions: true }),
  copies: async () => ({ sourceConditions: true, targetConditions: true }),
  assembly: async () => ({ sourceConditions: true, checksum: true }),
  known: { writes: undefined, assembly: undefined },
}

/** Small enough for one PUT, which has a SHA-256; large enough to copy ranges of. */
async function stitch(provider: S3Provider, path: RelPath): Promise<void> {
  const { signal } = new AbortController()
  const common = { signal, metadata: { mtimeNs: 1n } }
  const old = randomBytes(12 * 1024 ** 2)
  const { entry } = await provider.put(path, contentOf(old), { ...common, expect: { kind: 'absent' } })
  const minBytes = 5 * 1024 ** 2
  const copied = [old.subarray(7, 7 + minBytes), old.subarray(0, 100)]
  const made = Buffer.concat([copied[0]!, randomBytes(minBytes), copied[1]!])
  const parts = [
    { kind: 'copy', range: { start: 0, end: minBytes }, fromStart: 7 },
    { kind: 'literal', range: { start: minBytes, end: 2 * minBytes } },
    { kind: 'copy', range: { start: 2 * minBytes, end: made.length }, fromStart: 0 },
  ] as const
  const etag = entry.etag!
  const options = { ...common, expect: { kind: 'etag', etag }, from: { etag, sizeBytes: old.length } } as const
  const other = Buffer.from(made)
  other[1]! ^= 1
  const assemble = (bytes: Buffer, asked: AssembleOptions): Promise<PutResult> =>
    provider.features.assemble!(path, contentOf(bytes), parts, asked)
  const stale = { ...options, from: { ...options.from, etag: '"00000000000000000000000000000000"' } }
  await expect(assemble(made, stale)).rejects.toMatchObject({ code: 'precondition-failed' })
  await expect(assemble(other, options)).rejects.toMatchObject({ code: 'corrupt' })
  const absent = { ...options, expect: { kind: 'absent' } } as const
  await expect(assemble(made, absent)).rejects.toMatchObject({ code: 'precondition-failed' })
  const result = await assemble(made, options)
  expect(result).toMatchObject({ verifiedBy: 'checksum', bytesSent: minBytes, bytesReused: minBytes + 100 })
  expect((await collectBytes(provider.read(path, { signal }))).equals(made)).toBe(true)
}

async function openProvider(server: RealServer, abilities?: Abilities): Promise<S3Provider> {
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
    ...(abilities === undefined ? {} : { abilities }),
  })
}

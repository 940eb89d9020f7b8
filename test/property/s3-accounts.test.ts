import { describe, expect, it } from 'vitest'

import type { Clock, Random } from '../../main/host.ts'
import { ByteLimiter } from '../../main/providers/decorators/limiter.ts'
import { decorate } from '../../main/providers/decorators/stack.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { createS3Provider } from '../../main/providers/s3/index.ts'
import type { Pool } from '../../workers/tasks.ts'
import { hurried } from '../faults/support/network-world.ts'
import { createFakeHost, seededRandom } from '../fakes/host.ts'
import { codeOf, DirectStore } from '../fakes/s3/direct-store.ts'
import {
  collectBytes,
  collectEntries,
  contentOf,
  fileContent,
  memorySecrets,
  memorySessions,
  never,
  rel,
  SMALL_TUNING,
  withFile,
} from '../fakes/s3/harness.ts'

const SEED = 20261121
const CALLS = Number(process.env['TIDEKEEP_ACCOUNT_CALLS'] ?? 1000)
const CLOCK_CALLS = Number(process.env['TIDEKEEP_CLOCK_CALLS'] ?? 500)
const BUCKET = 'shared-name'
const HOUR_NS = 3_600_000_000_000n

interface Tenant {
  readonly name: string
  readonly store: DirectStore
  readonly target: TargetProvider
}

/** Keys of both tenants, and session records, in the same places: as one installation has them. */
const secrets = memorySecrets({})
const sessions = memorySessions()

async function open(name: string, { clock = hurried }: { readonly clock?: Clock } = {}): Promise<Tenant> {
  const keys = { accessKeyId: `AKID${name}`, secretAccessKey: `secret of ${name}`, sessionToken: `token of ${name}` }
  const store = new DirectStore({ clock, bucket: BUCKET, keys })
  await secrets.set(`s3:${name}`, JSON.stringify(keys))
  const host = createFakeHost({ clock, seed: SEED })
  const provider = await createS3Provider({
    bucket: BUCKET,
    prefix: '',
    options: { endpoint: `https://${name}.test`, region: 'us-east-1', accountId: name, pathStyle: true },
    env: { AWS_CONFIG_FILE: '/nowhere' },
    tuning: { ...SMALL_TUNING, copyBytes: 2000, copyPartBytes: 1024, partsInFlight: 1 },
    http: store.connect(),
    deps: { host, pool: undefined as unknown as Pool, sessions, secrets },
  })
  return { name, store, target: decorate(provider, { ...host, limiter: new ByteLimiter(clock, 0) }) }
}

function draw(random: Random, count: number): number {
  return Math.floor(random.next() * count)
}

/** One random call; what it stores says whose it is. */
async function call({ name, target }: Tenant, random: Random): Promise<unknown> {
  const path = rel(`f${draw(random, 8)}`)
  const content = contentOf(`${name} ${'x'.repeat(draw(random, 2) * 3000)}`)
  const options = { signal: never, metadata: { mtimeNs: 1n }, expect: { kind: 'any' } as const }
  switch (draw(random, 6)) {
    case 0:
      return target.remove(path, options)
    case 1:
      return collectEntries(target.list(rel(''), options))
    case 2:
      return collectBytes(target.read(path, { signal: never }))
    case 3:
      return target.features.move!(path, rel(`m${draw(random, 8)}`), options)
    default:
      return target.put(path, content, options)
  }
}

function foreignTraces({ name, store }: Tenant, other: string): readonly string[] {
  const contents = store.bucket
    .keys()
    .filter((key) => store.bytes(key)?.toString().startsWith(other) === true)
    .map((key) => `${name} holds ${key} of ${other}`)
  const requests = store.requests
    .filter(({ headers }) => {
      const text = `${headers['authorization'] ?? ''} ${headers['host'] ?? ''} ${headers['x-amz-security-token'] ?? ''}`
      return text.includes(other)
    })
    .map(({ operation }) => `${name} got a ${operation} of ${other}`)
  return [...contents, ...requests]
}

describe(`two accounts with the same bucket and the same names (I24, seed ${SEED})`, () => {
  it(`never meet in ${CALLS} calls, while one is in trouble and its token is replaced`, async () => {
    const random = seededRandom(SEED)
    const [one, two] = [await open('alpha'), await open('omega')]
    const outcomes = new Map<string, number>()
    for (let made = 0; made < CALLS; made++) {
      if (made % 97 === 0) {
        // The token runs out: new keys are in the place they are read from, and one account only knows them.
        const tenant = draw(random, 2) === 0 ? one : two
        Object.assign(tenant.store.keys, { sessionToken: `token of ${tenant.name} ${made}` })
        await secrets.set(`s3:${tenant.name}`, JSON.stringify(tenant.store.keys))
      }
      // One of the two is down now and then: its breaker is its own.
      const isOut = made % 50 < 12
      one.store.fault = () => (isOut ? { kind: 'refused' } : undefined)
      const [first, second] = await Promise.all([codeOf(call(one, random)), codeOf(call(two, random))])
      outcomes.set(first, (outcomes.get(first) ?? 0) + 1)
      expect(['ok', 'not-found', 'precondition-failed']).toContain(second)
    }
    const crossed = [...foreignTraces(one, two.name), ...foreignTraces(two, one.name)]
    console.log(
      `${CALLS * 2} calls, ${one.store.count() + two.store.count()} requests, ${crossed.length} across accounts; ${JSON.stringify([...outcomes])}`,
    )
    expect(crossed).toEqual([])
    expect(outcomes.get('unavailable')).toBeGreaterThan(CALLS / 10)
    expect(outcomes.get('ok')).toBeGreaterThan(CALLS / 5)
  }, 300_000)

  it('each goes on with its own interrupted upload of the same name, and aborts no other', async () => {
    const [one, two] = [await open('gamma'), await open('sigma')]
    await withFile(Buffer.alloc(5000, 7), async (_content, absolutePath) => {
      const put = ({ target }: Tenant) =>
        codeOf(
          target.put(rel('big'), fileContent(absolutePath), {
            signal: never,
            metadata: { mtimeNs: 1n },
            expect: { kind: 'absent' },
          }),
        )
      for (const { store } of [one, two]) {
        let parts = 0
        store.fault = ({ operation }) =>
          operation === 'UploadPart' && ++parts > 3 ? { kind: 'status', status: 500 } : undefined
      }
      expect([await put(one), await put(two)]).toEqual(['unavailable', 'unavailable'])
      for (const { store } of [one, two]) store.fault = () => undefined
      const before = [one, two].map(({ store }) => store.count())
      expect([await put(one), await put(two)]).toEqual(['ok', 'ok'])
      for (const [at, { store }] of [one, two].entries()) {
        const made = store.requests.slice(before[at]).map(({ operation }) => operation)
        expect(new Set(made)).toEqual(new Set(['ListParts', 'UploadPart', 'CompleteMultipartUpload']))
      }
    })
  })

  it('keys of one are not accepted by the other, and are not tried there', async () => {
    const tenant = await open('theta')
    await secrets.set('s3:theta', JSON.stringify({ accessKeyId: 'AKIDiota', secretAccessKey: 'secret of iota' }))
    expect(await codeOf(tenant.target.stat(rel('a'), { signal: never }))).toBe('forbidden')
    const put = tenant.target.put(rel('a'), contentOf('x'), {
      signal: never,
      metadata: { mtimeNs: 1n },
      expect: { kind: 'any' },
    })
    expect(await codeOf(put)).toBe('unauthenticated')
    // The right ones are picked up without a restart.
    await secrets.set('s3:theta', JSON.stringify(tenant.store.keys))
    const again = tenant.target.put(rel('a'), contentOf('x'), {
      signal: never,
      metadata: { mtimeNs: 1n },
      expect: { kind: 'any' },
    })
    expect(await codeOf(again)).toBe('ok')
  })
})

describe(`clocks that are wrong (I25, seed ${SEED})`, () => {
  const SKEWS_MS = [0, 16, -16, 61, -61, 24 * 60, -24 * 60].map((minutes) => minutes * 60_000)
  const MTIMES_NS = [0n, -1n, 1n, 4_294_967_295_000_000_000n, -10n * HOUR_NS, 1_774_746_000_000_000_000n]

  it(`decide nothing in ${CLOCK_CALLS} writes: the one that knows the last version wins, whatever any clock says`, async () => {
    const random = seededRandom(SEED)
    const offset = { ms: 0 }
    const clock: Clock = { ...hurried, now: () => hurried.now() + offset.ms }
    const { store, target } = await open('kappa', { clock })
    const wrong: string[] = []
    let etag: string | undefined
    let current = ''
    for (let write = 0; write < CLOCK_CALLS; write++) {
      // Both clocks jump: half a day, an hour of summer time, a step back in the middle of a request.
      offset.ms = SKEWS_MS[draw(random, SKEWS_MS.length)]!
      store.skewMs = SKEWS_MS[draw(random, SKEWS_MS.length)]! - offset.ms
      store.beforeWork = ({ index }) => {
        if (index % 5 === 0) offset.ms -= 61 * 60_000
      }
      const knows = draw(random, 3) > 0
      const content = `write ${write}${'y'.repeat(draw(random, 2) * 2000)}`
      const mtimeNs = MTIMES_NS[draw(random, MTIMES_NS.length)]!
      const expected = knows && etag !== undefined ? ({ kind: 'etag', etag } as const) : ({ kind: 'absent' } as const)
      const mayWin = knows || etag === undefined
      const options = { signal: never, metadata: { mtimeNs }, expect: expected }
      const ended = await codeOf(target.put(rel('file'), contentOf(content), options))
      if (ended !== (mayWin ? 'ok' : 'precondition-failed'))
        wrong.push(`${write}: ${ended}, clocks ${offset.ms} ${store.skewMs}`)
      if (mayWin) current = content
      if (store.bytes('file')?.toString() !== current) wrong.push(`${write}: the store holds something else`)
      const entry = await target.stat(rel('file'), { signal: never })
      if (mayWin && entry.mtimeNs !== mtimeNs) wrong.push(`${write}: ${mtimeNs} became ${entry.mtimeNs}`)
      etag = entry.etag
    }
    console.log(`${CLOCK_CALLS} writes with wrong clocks, ${wrong.length} wrong winners, ${store.count()} requests`)
    expect(wrong).toEqual([])
    // One more request each time the clocks part, never more.
    expect(store.count()).toBeLessThan(CLOCK_CALLS * 12)
  }, 300_000)
})

import { describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import type { Random } from '../../main/host.ts'
import { ByteLimiter } from '../../main/providers/decorators/limiter.ts'
import { decorate } from '../../main/providers/decorators/stack.ts'
import type { BatchItem, TargetProvider } from '../../main/providers/provider.ts'
import { createS3Provider } from '../../main/providers/s3/index.ts'
import type { Pool } from '../../workers/tasks.ts'
import { createFakeHost, seededRandom } from '../fakes/host.ts'
import { codeOf, DirectStore, type DirectFault } from '../fakes/s3/direct-store.ts'
import { contentOf, memorySecrets, memorySessions, never, rel, SMALL_TUNING } from '../fakes/s3/harness.ts'
import { hurried } from '../faults/support/network-world.ts'

const SEED = 20261121
/** Lost answers for each kind of call, and races in all; `npm run test:long races-s3` has a release's numbers. */
const LOST_ANSWERS = Number(process.env['TIDEKEEP_LOST_ANSWERS'] ?? 100)
const RACES = Number(process.env['TIDEKEEP_S3_RACES'] ?? 1000)

const PATH = rel('file')
const TO = rel('elsewhere')
const OLD = 'what is agreed on'
const metadata = { mtimeNs: 5_000_000_000n }

interface Place {
  readonly store: DirectStore
  readonly target: TargetProvider
}

async function open(seed: number): Promise<Place> {
  const store = new DirectStore({ clock: hurried, bucket: 'races' })
  const { accessKeyId, secretAccessKey } = store.keys
  const host = createFakeHost({ clock: hurried, seed })
  const provider = await createS3Provider({
    bucket: 'races',
    prefix: '',
    options: { endpoint: 'https://races.test', region: 'us-east-1', accountId: 'races', pathStyle: true },
    env: { AWS_CONFIG_FILE: '/nowhere' },
    tuning: { ...SMALL_TUNING, copyBytes: 2000, copyPartBytes: 1024 },
    http: store.connect(),
    deps: {
      host,
      pool: undefined as unknown as Pool,
      sessions: memorySessions(),
      secrets: memorySecrets({ 's3:races': JSON.stringify({ accessKeyId, secretAccessKey }) }),
    },
  })
  return { store, target: decorate(provider, { ...host, limiter: new ByteLimiter(hurried, 0) }) }
}

/** A call that changes one path, from a state where the agreed content is there (but for new files). */
interface Mutation {
  readonly name: string
  readonly begin: string | undefined
  /** Keys where somebody else may meddle. */
  readonly keys: readonly RelPath[]
  readonly run: (place: Place, etag: string | undefined) => Promise<unknown>
  /** What the store holds when it is done. */
  readonly isDone: (store: DirectStore) => boolean
}

const LARGE = 'l'.repeat(3500)
const expecting = (etag: string | undefined) =>
  etag === undefined ? ({ kind: 'absent' } as const) : ({ kind: 'etag', etag } as const)
const put = (content: string) => (place: Place, etag: string | undefined) =>
  place.target.put(PATH, contentOf(content), { signal: never, metadata, expect: expecting(etag) })
const holds = (key: string, content: string) => (store: DirectStore) => store.bytes(key)?.toString() === content

async function putBatch({ target }: Place, etag: string | undefined): Promise<void> {
  const item = (path: RelPath, content: string): BatchItem => ({
    path,
    content: contentOf(content),
    metadata,
    expect: path === PATH ? expecting(etag) : { kind: 'absent' },
  })
  const [first] = await target.features.putBatch!([item(PATH, 'new'), item(rel('beside'), 'b')], { signal: never })
  if (first?.ok !== true) throw first!.error
}

const MUTATIONS: readonly Mutation[] = [
  { name: 'put a new file', begin: undefined, keys: [PATH], run: put('new'), isDone: holds('file', 'new') },
  { name: 'replace a file', begin: OLD, keys: [PATH], run: put('new'), isDone: holds('file', 'new') },
  { name: 'put a large file', begin: undefined, keys: [PATH], run: put(LARGE), isDone: holds('file', LARGE) },
  { name: 'replace a large file', begin: OLD, keys: [PATH], run: put(LARGE), isDone: holds('file', LARGE) },
  { name: 'put many', begin: OLD, keys: [PATH], run: putBatch, isDone: holds('file', 'new') },
  {
    name: 'remove',
    begin: OLD,
    keys: [PATH],
    run: ({ target }, etag) => target.remove(PATH, { signal: never, expect: expecting(etag) }),
    isDone: (store) => store.bytes('file') === undefined,
  },
  {
    name: 'move',
    begin: OLD,
    keys: [PATH, TO],
    run: ({ target }, etag) => target.features.move!(PATH, TO, { signal: never, expect: expecting(etag) }),
    isDone: (store) => holds('elsewhere', OLD)(store) && store.bytes('file') === undefined,
  },
  {
    name: 'move a large file',
    begin: LARGE,
    keys: [PATH, TO],
    run: ({ target }, etag) => target.features.move!(PATH, TO, { signal: never, expect: expecting(etag) }),
    isDone: (store) => holds('elsewhere', LARGE)(store) && store.bytes('file') === undefined,
  },
  {
    name: 'change metadata',
    begin: OLD,
    keys: [PATH],
    run: ({ target }, etag) =>
      target.features.setMetadata!(PATH, { mtimeNs: 9_000_000_000n }, { signal: never, expect: expecting(etag) }),
    isDone: (store) => store.bucket.current('file')?.metadata['x-amz-meta-mtime'] === '9',
  },
]

/** The agreed content is at the store, and it is known what the store can do. */
async function begin(place: Place, { begin: content }: Mutation): Promise<string | undefined> {
  if (content === undefined) return undefined
  const { entry } = await place.target.put(PATH, contentOf(content), {
    signal: never,
    metadata,
    expect: { kind: 'any' },
  })
  return entry.etag
}

async function countRequests(mutation: Mutation): Promise<number> {
  // Twice: the first time finds out what the store can do.
  let count = 0
  for (let round = 0; round < 2; round++) {
    const place = await open(1)
    const etag = await begin(place, mutation)
    const before = place.store.count()
    await mutation.run(place, etag)
    count = place.store.count() - before
  }
  return count
}

const AFTER_COMMIT: readonly DirectFault[] = [
  { kind: 'lost-answer' },
  { kind: 'silent', after: true },
  { kind: 'status', status: 500, after: true },
  { kind: 'status', status: 503, code: 'ServiceUnavailable', after: true },
  { kind: 'answer', status: 504, body: '<html>gateway</html>', after: true },
  { kind: 'answer', status: 200, body: '<html>sign in</html>', after: true },
]

describe(`answers that are lost after the work (I4, seed ${SEED})`, () => {
  it.each(MUTATIONS)(
    'of "$name" are never taken for a conflict',
    async (mutation) => {
      const random = seededRandom(SEED)
      const requests = await countRequests(mutation)
      const wrong: string[] = []
      let mostVersions = 0
      for (let round = 0; round < LOST_ANSWERS; round++) {
        const place = await open(round)
        place.store.bucket.versioning = 'enabled'
        const etag = await begin(place, mutation)
        const first = place.store.count()
        const at = first + draw(random, requests)
        const fault = AFTER_COMMIT[draw(random, AFTER_COMMIT.length)]!
        place.store.fault = ({ index }) => (index === at ? fault : undefined)
        let ended = await codeOf(mutation.run(place, etag))
        // As the queue does with what passes.
        for (let again = 0; again < 3 && ['unavailable', 'timeout', 'throttled', 'corrupt'].includes(ended); again++)
          ended = await codeOf(mutation.run(place, etag))
        if (ended !== 'ok' || !mutation.isDone(place.store))
          wrong.push(`${round}: ${ended} after ${JSON.stringify(fault)} at ${at - first}`)
        const before = mutation.begin === undefined ? 0 : 1
        const made = ['file', 'elsewhere'].map(
          (key) =>
            place.store.bucket.versions(key).filter(({ deleteMarker }) => !deleteMarker).length -
            (key === 'file' ? before : 0),
        )
        mostVersions = Math.max(mostVersions, ...made)
      }
      console.log(
        `${mutation.name}: ${LOST_ANSWERS} answers lost, ${wrong.length} false conflicts, at most ${mostVersions} versions written`,
      )
      expect(wrong).toEqual([])
      expect(mostVersions).toBeLessThanOrEqual(2)
    },
    300_000,
  )
})

describe(`somebody else's edit between any two requests (I3, seed ${SEED})`, () => {
  it(`is never lost in ${RACES} races`, async () => {
    const random = seededRandom(SEED)
    const counts = new Map<Mutation, number>()
    for (const mutation of MUTATIONS) counts.set(mutation, await countRequests(mutation))
    const lost: string[] = []
    const refused = new Map<string, number>()
    for (let race = 0; race < RACES; race++) {
      const mutation = MUTATIONS[race % MUTATIONS.length]!
      const place = await open(race)
      const { store } = place
      const etag = await begin(place, mutation)
      const first = store.count()
      // One more than there are: beside everything.
      const at = first + draw(random, counts.get(mutation)! + 1)
      const key = mutation.keys[draw(random, mutation.keys.length)]!
      const theirs = `theirs ${race}`
      const meddled = { isDone: false }
      store.beforeWork = ({ index }) => {
        if (index < at || meddled.isDone) return
        meddled.isDone = true
        store.meddle(key, theirs)
      }
      // Every third race also has an answer lost, so that the retries race as well.
      const lostAt = race % 3 === 0 ? first + draw(random, counts.get(mutation)!) : -1
      store.fault = ({ index }) => (index === lostAt ? { kind: 'lost-answer' } : undefined)
      const ended = await codeOf(mutation.run(place, etag))
      refused.set(ended, (refused.get(ended) ?? 0) + 1)
      if (!meddled.isDone) continue
      if (store.bytes(key)?.toString() !== theirs)
        lost.push(`${race}: ${mutation.name}, edit of ${key} before request ${at - first} (${ended})`)
    }
    console.log(
      `${RACES} races, ${lost.length} edits lost; ${[...refused].map(([code, count]) => `${code} ${count}`).join(', ')}`,
    )
    expect(lost).toEqual([])
    expect(refused.get('precondition-failed')).toBeGreaterThan(RACES / 10)
  }, 600_000)
})

function draw(random: Random, count: number): number {
  return Math.floor(random.next() * count)
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { letGoOfKept, type KeptReport } from '../../main/cleanup/kept-retention.ts'
import { createPastLock } from '../../main/state/past-lock.ts'
import { RecordingLog } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { contentOf, never, startS3Fixture, type S3Fixture } from '../fakes/s3/harness.ts'
import { processEnd, TidekeepProcesses } from '../fakes/tidekeep-process.ts'

const DAY_MS = 86_400_000
const RULES = { allDays: 30, dailyDays: 0, weeklyWeeks: 0, monthlyMonths: 0 } as const

let place: string
let store: S3Fixture

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'tk-'))
  store = await startS3Fixture({ prefix: 'safe' })
  store.server.buckets.get(store.bucket)!.versioning = 'enabled'
  for (const content of ['first', 'second', 'third'])
    await store.provider.put('letter' as RelPath, contentOf(content), {
      metadata: { mtimeNs: 1n },
      expect: { kind: 'any' },
      signal: never,
    })
  for (const [at, version] of versions().entries())
    Object.assign(version, { lastModifiedMs: Date.now() - (60 - 10 * at) * DAY_MS })
})
afterEach(async () => {
  await store.close()
  rmSync(place, { recursive: true, force: true })
})

const versions = () => store.server.buckets.get(store.bucket)!.versions('safe/letter')

/** As a service of the same installation does once a day. */
function prune(): Promise<KeptReport | undefined> {
  return letGoOfKept(store.provider, {
    rules: RULES,
    pastLock: createPastLock({
      paths: { state: join(place, 'home', 'state') },
      clock: realClock,
      log: new RecordingLog(),
    }),
    ofStore: true,
    takesAll: true,
    dryRun: false,
    nowMs: Date.now(),
    signal: never,
  })
}

describe('letting go of versions while another process restores them', () => {
  it('waits for another day: what the restore reads stays, and goes when that is over', async () => {
    const { sessionToken } = store.server.keys
    const here = new TidekeepProcesses(join(place, 'home'), {
      AWS_ENDPOINT_URL_S3: store.server.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: store.server.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: store.server.keys.secretAccessKey,
      ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
      AWS_EC2_METADATA_DISABLED: 'true',
    })
    const { promise: isReading, resolve: reading } = Promise.withResolvers<void>()
    const { promise: goOn, resolve: letGoOn } = Promise.withResolvers<void>()
    const run = async (): Promise<void> => {
      reading()
      await goOn
    }
    store.server.faults.add({ operation: 'GetObject', nth: 1, action: { kind: 'run', run } })
    const at = new Date(Date.now() - 55 * DAY_MS).toISOString()
    const restoring = here.start('restore', `s3://${store.bucket}/safe`, join(place, 'back'), '--at', at)
    const ended = processEnd(restoring)
    await Promise.race([isReading, ended.then(({ stderr }) => Promise.reject(new Error(stderr)))])

    expect(await prune()).toMatchObject({ removed: { count: 0 }, needed: { count: 2 } })
    expect(versions()).toHaveLength(3)
    letGoOn()
    expect(await ended).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(place, 'back', 'letter'), 'utf8')).toBe('first')
    expect(await prune()).toMatchObject({ removed: { count: 2 }, needed: { count: 0 } })
    expect(versions()).toHaveLength(1)
  })
})

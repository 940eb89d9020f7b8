import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import { readPrices } from '../../main/delta/price-list.ts'
import { thawEstimate, type Frozen } from '../../main/restore/thaw.ts'
import { startS3Fixture } from '../fakes/s3/harness.ts'
import { startS3Server, type S3Server } from '../fakes/s3/server.ts'
import { TidekeepProcesses } from '../fakes/tidekeep-process.ts'

const KEYS = { accessKeyId: 'TESTKEY', secretAccessKey: 'test-secret' }
const TARGET = 's3://bucket/cold'
const FILES = 6

let place: string
let source: string
let server: S3Server
let env: Record<string, string>

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'tk-'))
  source = join(place, 'source')
  server = await startS3Server({ ...KEYS, buckets: ['bucket'], region: 'us-east-1' })
  server.buckets.get('bucket')!.thawing = 'when-told'
  env = {
    AWS_ENDPOINT_URL_S3: server.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  mkdirSync(source)
  for (let index = 0; index < FILES; index++) writeFileSync(join(source, `file ${index}`), `content ${index}`)
})
afterEach(async () => {
  await server.close()
  rmSync(place, { recursive: true, force: true })
})

const open = (home: string): TidekeepProcesses => new TidekeepProcesses(join(place, home), env)

describe('tidekeep thaw', () => {
  it('says what it takes before it asks, is tracked by the store, and ends in a restore', async () => {
    const here = open('home')
    await here.run('sync', source, TARGET, '--storage-class', 'DEEP_ARCHIVE')
    const restored = join(place, 'restored')
    const frozen = await here.run('restore', TARGET, restored)
    expect(frozen).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/tidekeep thaw/) as string })

    const looked = await here.run('thaw', TARGET)
    expect(looked.stdout).toMatch(
      /6 files \(.*\) in an archive class: 0 ready to be restored, 0 being thawed, 6 frozen/,
    )
    expect(looked.stdout).toMatch(/takes up to 12\u00a0h; what that costs at this store is not known/)
    expect(looked.stdout).toMatch(/Nothing was asked for yet/)
    expect(server.count('RestoreObject')).toBe(0)

    expect(await here.json('thaw', TARGET, '--yes', '--path', 'file 0')).toMatchObject({ requested: 1, failures: [] })
    expect(await here.json('thaw', TARGET, '--yes')).toMatchObject({ requested: FILES - 1, failures: [] })
    server.forget()
    // From another computer, which knows nothing: nothing is asked for a second time.
    const elsewhere = open('other home')
    expect(await elsewhere.json('thaw', TARGET, '--yes')).toMatchObject({
      requested: 0,
      toThaw: { files: 0 },
      underWay: { files: FILES },
    })
    expect(server.count('RestoreObject')).toBe(0)
    expect((await elsewhere.run('restore', TARGET, restored)).exitCode).toBe(3)

    server.buckets.get('bucket')!.thawAll(Date.now())
    expect(await elsewhere.json('thaw', TARGET, '--wait')).toMatchObject({ ready: { files: FILES } })
    expect(await elsewhere.json('restore', TARGET, restored)).toMatchObject({ exitCode: 0 })
    for (let index = 0; index < FILES; index++)
      expect(readFileSync(join(restored, `file ${index}`), 'utf8')).toBe(`content ${index}`)
  })

  it('thaws what a restore as of a time needs, earlier versions one by one', async () => {
    const bucket = server.buckets.get('bucket')!
    bucket.versioning = 'enabled'
    const day = 86_400_000
    for (const [index, text] of ['first', 'second'].entries())
      bucket.add({
        key: 'cold/a file',
        etag: `"${index}"`,
        content: bucket.contents.keep(Buffer.from(text)),
        lastModifiedMs: Date.now() - (2 - index) * day,
        metadata: {},
        system: {},
        storageClass: 'DEEP_ARCHIVE',
        deleteMarker: false,
      })
    const here = open('home')
    const at = new Date(Date.now() - 1.5 * day).toISOString()
    const as = ['--path', 'a file', '--at', at] as const
    const frozen = await here.run('restore', TARGET, join(place, 'restored'), ...as)
    expect(frozen.exitCode).toBe(3)
    expect(frozen.stderr).toContain(`tidekeep thaw ${TARGET} --path "a file" --at ${at}`)
    expect(await here.json('thaw', TARGET, ...as, '--yes')).toMatchObject({
      requested: 1,
      failures: [],
      longestMs: 12 * 3_600_000,
    })
    const [earlier, present] = bucket.versions('cold/a file')
    expect([earlier!.thawingDays, present!.thawingDays]).toEqual([7, undefined])
    bucket.thawAll(Date.now())
    expect(await here.run('restore', TARGET, join(place, 'restored'), ...as)).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(place, 'restored', 'a file'), 'utf8')).toBe('first')
  })

  it('refuses a speed that a class does not have before anything is asked for', async () => {
    const here = open('home')
    await here.run('sync', source, TARGET, '--storage-class', 'DEEP_ARCHIVE')
    const refused = await here.run('thaw', TARGET, '--yes', '--speed', 'expedited')
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/cannot be thawed at the speed/) as string,
    })
    expect(server.count('RestoreObject')).toBe(0)
  })

  it('says that nothing has to be thawed where nothing is in an archive class', async () => {
    const here = open('home')
    await here.run('sync', source, TARGET)
    expect((await here.run('thaw', TARGET)).stdout).toMatch(/everything can be restored as it is/)
    const directory = join(place, 'copy')
    await here.run('sync', source, directory)
    expect((await here.run('thaw', directory)).exitCode).toBe(2)
  })
})

describe('thawing at an S3 store', () => {
  it('is asked for once, is under way, is ready, and freezes again when its days are over', async () => {
    const fixture = await startS3Fixture({ options: { storageClass: 'GLACIER' } })
    const bucket = fixture.server.buckets.get(fixture.bucket)!
    bucket.thawing = 'when-told'
    const { signal } = new AbortController()
    const path = 'cold.bin' as RelPath
    const content = {
      size: 3,
      open: async function* () {
        yield Buffer.from('abc')
      },
    }
    await fixture.provider.put(path, content, { metadata: { mtimeNs: 1n }, expect: { kind: 'absent' }, signal })
    const ask = (): Promise<string> => fixture.provider.features.thaw!(path, { speed: 'bulk', days: 2, signal })
    const look = async (): Promise<unknown> => (await fixture.provider.stat(path, { signal })).thaw
    expect([await look(), await ask(), await look(), await ask()]).toEqual([
      undefined,
      'requested',
      'under-way',
      'under-way',
    ])
    bucket.thawAll(Date.now())
    expect([await look(), await ask()]).toEqual(['ready', 'ready'])
    bucket.require(path).restoredUntilMs = Date.now() - 1
    expect([await look(), await ask()]).toEqual([undefined, 'requested'])
    await fixture.close()
  })
})

describe('what thawing takes', () => {
  const frozen = (storageClass: string, gib: number): Frozen => ({
    path: toRelPath('x'),
    sizeBytes: gib * 1024 ** 3,
    storageClass,
  })

  it('is reckoned by class and speed, for the bytes and for the requests', () => {
    const prices = readPrices('/nowhere')
    const files = [frozen('GLACIER', 100), ...Array.from({ length: 1000 }, () => frozen('DEEP_ARCHIVE', 0))]
    expect(thawEstimate(files, 'standard', prices).dollars).toBeCloseTo(100 * 0.01 + 0.00005 + 0.1, 6)
    expect(thawEstimate(files, 'standard', prices).longestMs).toBe(12 * 3_600_000)
    expect(thawEstimate(files, 'bulk', prices).longestMs).toBe(48 * 3_600_000)
  })

  it('is unknown where the list does not say it', () => {
    expect(thawEstimate([frozen('GLACIER', 1)], 'standard', undefined).dollars).toBeUndefined()
    expect(() => thawEstimate([frozen('DEEP_ARCHIVE', 1)], 'expedited', undefined)).toThrow(/cannot be thawed/)
  })
})

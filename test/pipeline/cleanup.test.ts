import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { CleanUpReport } from '../../main/cleanup/clean-up.ts'
import { closesAfterEach } from '../fakes/closing.ts'
import { openBucketPlace, type BucketPlace } from '../fakes/s3/bucket-place.ts'

const TARGET = 's3://bucket/some/prefix'
const TEMPORARY = 'some/prefix/.tidekeep/segments/0123456789abcdef0123456789abcdef/7'
const DAYS_MS = 86_400_000
let place: string
let source: string
let server: BucketPlace['server']
let tidekeep: BucketPlace['tidekeep']

const closing = closesAfterEach()
beforeEach(async () => {
  ;({ place, source, server, tidekeep } = closing(await openBucketPlace()))
})

interface Cleaned {
  readonly exitCode: number
  readonly dryRun: boolean
  readonly targets: readonly (CleanUpReport & { readonly target: string })[]
}

/** An upload of another program and a temporary object that nobody goes on with, both three days old. */
function leaveBehind(): void {
  const bucket = server.buckets.get('bucket')!
  const startedMs = Date.now() - 3 * DAYS_MS
  const object = { metadata: {}, system: {}, storageClass: 'STANDARD' }
  const id = bucket.nextId('upload-')
  bucket.uploads.set(id, {
    ...object,
    id,
    key: 'some/prefix/of others.bin',
    initiatedMs: startedMs,
    type: 'FULL_OBJECT',
    parts: new Map(),
  })
  const content = bucket.contents.keep(Buffer.alloc(5000))
  bucket.add({ ...object, key: TEMPORARY, etag: '"t"', content, lastModifiedMs: startedMs, deleteMarker: false })
}

const outcomes = ({ targets }: Cleaned): readonly string[] =>
  targets.flatMap(({ items }) => items.map(({ path, outcome }) => `${path}: ${outcome}`)).toSorted()

describe('tidekeep cleanup', () => {
  it('removes what is left, keeps what a killed sync goes on with and what is of others', async () => {
    writeFileSync(join(source, 'film.bin'), Buffer.alloc(40 * 1024 ** 2, 'tide'))
    leaveBehind()
    const hanging = Promise.withResolvers<void>()
    const hang = async (): Promise<void> => {
      // What the store is tried with goes through.
      if (!server.requests.some(({ operation, key }) => operation === 'UploadPart' && key.endsWith('film.bin'))) return
      hanging.resolve()
      await new Promise(() => undefined)
    }
    server.faults.add({ operation: 'UploadPart', times: Infinity, action: { kind: 'run', run: hang } })
    const sync = tidekeep.start('sync', source, TARGET)
    await hanging.promise
    sync.kill('SIGKILL')
    await once(sync, 'exit')
    server.faults.clear()
    const cleaned = await tidekeep.json<Cleaned>('cleanup', TARGET, '--older-than', '0s')
    expect(cleaned.exitCode).toBe(0)
    expect(outcomes(cleaned)).toEqual([
      '.tidekeep/segments/0123456789abcdef0123456789abcdef/7: removed',
      'film.bin: in-use',
      'of others.bin: not-ours',
    ])
    expect(server.bytes('bucket', TEMPORARY)).toBeUndefined()
    // No prices are known of a store that is not Amazon's.
    expect(JSON.stringify(cleaned)).not.toContain('dollars')
    server.forget()
    expect(await tidekeep.json('sync', source, TARGET)).toMatchObject({ exitCode: 0, counts: { uploaded: 1 } })
    const begun = server.requests.filter(({ operation }) => operation === 'CreateMultipartUpload')
    expect(begun.filter(({ key }) => key.endsWith('film.bin'))).toEqual([])
    expect([...server.buckets.get('bucket')!.uploads.values()].map(({ key }) => key)).toEqual([
      'some/prefix/of others.bin',
    ])
  })

  it('says with --dry-run what it would do, and does nothing', async () => {
    leaveBehind()
    const ran = await tidekeep.run('cleanup', TARGET, '--dry-run')
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toContain('would be removed')
    expect(ran.stdout).toContain('Would remove 1 leftover (4.88\u00a0KiB) at s3://bucket/some/prefix.')
    expect(ran.stdout).toContain('1 leftover (0\u00a0B) of other programs stay')
    expect(server.bytes('bucket', TEMPORARY)).toHaveLength(5000)
    expect(server.count('DeleteObject') + server.count('AbortMultipartUpload')).toBe(0)
  })

  it('takes the targets of all folders when none is named, a folder by name, and leaves what is young', async () => {
    leaveBehind()
    expect((await tidekeep.run('cleanup')).exitCode).toBe(10)
    expect((await tidekeep.run('folder', 'add', source, '--target', TARGET, '--name', 'Films')).exitCode).toBe(0)
    expect(outcomes(await tidekeep.json<Cleaned>('cleanup', 'Films', '--older-than', '30d'))).toEqual([
      '.tidekeep/segments/0123456789abcdef0123456789abcdef/7: too-young',
      'of others.bin: not-ours',
    ])
    const all = await tidekeep.json<Cleaned>('cleanup')
    expect(all.targets.map(({ target }) => target)).toEqual([TARGET])
    expect(server.bytes('bucket', TEMPORARY)).toBeUndefined()
  })

  it('has nothing to do at a folder, and fails with 12 where uploads may not be listed', async () => {
    const folder = join(place, 'target')
    mkdirSync(folder)
    expect((await tidekeep.run('cleanup', folder)).stdout).toContain('leave nothing')
    server.faults.add({
      operation: 'ListMultipartUploads',
      times: 99,
      action: { kind: 'status', status: 403, code: 'AccessDenied' },
    })
    expect((await tidekeep.run('cleanup', TARGET)).exitCode).toBe(12)
  })
})

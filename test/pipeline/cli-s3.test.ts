import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Summary } from '../../common/protocol.ts'
import { closesAfterEach } from '../fakes/closing.ts'
import { filesBelow } from '../fakes/files-below.ts'
import { openBucketPlace, type BucketPlace } from '../fakes/s3/bucket-place.ts'
import { environmentOf } from '../fakes/s3/environment.ts'
import { TidekeepProcesses } from '../fakes/tidekeep-process.ts'

const TARGET = 's3://bucket/some/prefix'
const FILES = 25
let opened: BucketPlace
let place: string
let source: string
let server: BucketPlace['server']
let here: BucketPlace['tidekeep']

const closing = closesAfterEach()
beforeEach(async () => {
  opened = closing(await openBucketPlace())
  ;({ place, source, server, tidekeep: here } = opened)
  mkdirSync(join(source, 'sub folder'))
  for (let index = 0; index < FILES; index++) {
    const file = join(source, index % 2 === 0 ? `ä ${index}.bin` : `sub folder/${index}.txt`)
    writeFileSync(file, Buffer.alloc(10 + index * 700, `tide ${index}`))
    utimesSync(file, 1_700_000_000, 1_700_000_000 + index)
  }
})

/** The time and the content of each file by its path. */
function filesOf(root: string): Record<string, string> {
  return Object.fromEntries(
    [...filesBelow(root)].map(([path, at]) => [path, `${statSync(at).mtimeMs} ${readFileSync(at, 'base64')}`]),
  )
}

/** Same name, same etag, same stored checksums, other content: what only reading back can find. */
function flipBit(key: string): void {
  const bucket = server.buckets.get('bucket')!
  const version = bucket.require(key)
  const bytes = version.content.bytes()
  bytes[5]! ^= 4
  bucket.add({ ...version, content: bucket.contents.keep(bytes) })
}

describe('an S3 store', () => {
  it('gives everything back on another computer, names, content and times, each file verified', async () => {
    expect(await here.json<Summary>('sync', source, TARGET)).toMatchObject({ exitCode: 0, counts: { uploaded: FILES } })
    const elsewhere = opened.elsewhere()
    const restored = join(place, 'restored')
    const ran = await elsewhere.run('restore', TARGET, restored, '--json')
    expect(ran.exitCode).toBe(0)
    expect(ran.stderr).toBe('')
    expect(filesOf(restored)).toEqual(filesOf(source))
    expect(await elsewhere.json('restore', TARGET, restored)).toMatchObject({
      counts: { skipped: FILES, downloaded: 0 },
    })
  })

  it('is verified: intact without alarm, a missing and a resized object by listing, a flipped bit by reading', async () => {
    await here.run('sync', source, TARGET)
    server.forget()
    expect(await here.json('verify', TARGET)).toMatchObject({ exitCode: 0, findings: [] })
    expect(server.count('GetObject')).toBe(0)
    const keys = server.requests.length
    expect(keys).toBeLessThan(5)
    flipBit('some/prefix/ä 4.bin')
    expect(await here.json('verify', TARGET)).toMatchObject({ exitCode: 0 })
    const read = await here.json('verify', TARGET, '--read-data')
    expect(read).toMatchObject({ exitCode: 6, findings: [{ path: 'ä 4.bin', kind: 'corrupt' }] })
    const damaged = await here.json<Summary>('restore', TARGET, join(place, 'restored'))
    expect(damaged).toMatchObject({ exitCode: 3, failures: [{ path: 'ä 4.bin', code: 'corrupt' }] })
    server.buckets.get('bucket')!.drop('some/prefix/ä 4.bin', 'null')
    const missing = await here.json('verify', TARGET)
    expect(missing).toMatchObject({ exitCode: 6, findings: [{ path: 'ä 4.bin', kind: 'missing' }] })
  })

  it('says that the key is wrong where a store answers 404 for one it does not know', async () => {
    await here.run('sync', source, TARGET)
    server.keys.unknownKey = { status: 404, code: 'XAdminUserNotFound' }
    const unknown = new TidekeepProcesses(join(place, 'home'), {
      ...environmentOf(server),
      AWS_ACCESS_KEY_ID: 'AKIDNOBODY',
    })
    const commands = [
      ['sync', source, TARGET],
      ['plan', source, TARGET],
      ['restore', TARGET, join(place, 'out')],
    ] as const
    for (const command of commands)
      expect(await unknown.run(...command)).toMatchObject({
        exitCode: 12,
        stderr:
          'tidekeep: The store does not know this access key.\n  Check the access key and the secret key, or sign in again if they are temporary.\n',
      })
  })

  it('ends with 12 for wrong keys and 13 for a bucket or host that is not there', async () => {
    const env = { ...environmentOf(server), AWS_SECRET_ACCESS_KEY: 'wrong' }
    const wrong = new TidekeepProcesses(join(place, 'home'), env)
    const refused = await wrong.run('sync', source, TARGET)
    expect(refused.exitCode).toBe(12)
    expect(refused.stderr).not.toContain('wrong')
    expect((await here.run('restore', 's3://nobucket/x', join(place, 'out'))).exitCode).toBe(13)
    expect((await here.run('restore', 's3://bucket/nothing/here', join(place, 'out'))).exitCode).toBe(1)
  })
})

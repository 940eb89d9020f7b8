import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Summary } from '../../common/protocol.ts'
import { environmentOf } from '../fakes/s3/environment.ts'
import { startS3Server, type S3Server } from '../fakes/s3/server.ts'
import { TidekeepProcesses } from '../fakes/tidekeep-process.ts'

const TARGET = 's3://bucket/some/prefix'
const FILES = 25
let place = ''
let source = ''
let server: S3Server
let env: Record<string, string>

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'tk-'))
  source = join(place, 'source')
  server = await startS3Server({ buckets: ['bucket'] })
  env = environmentOf(server)
  mkdirSync(join(source, 'sub folder'), { recursive: true })
  for (let index = 0; index < FILES; index++) {
    const file = join(source, index % 2 === 0 ? `ä ${index}.bin` : `sub folder/${index}.txt`)
    writeFileSync(file, Buffer.alloc(10 + index * 700, `tide ${index}`))
    utimesSync(file, 1_700_000_000, 1_700_000_000 + index)
  }
})
afterEach(async () => {
  await server.close()
  rmSync(place, { recursive: true, force: true })
})

function filesOf(root: string): Record<string, string> {
  const items = readdirSync(root, { recursive: true, withFileTypes: true }).filter((item) => item.isFile())
  return Object.fromEntries(
    items.map((item) => {
      const path = join(item.parentPath, item.name)
      return [path.slice(root.length + 1), `${statSync(path).mtimeMs} ${readFileSync(path, 'base64')}`]
    }),
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
    const here = new TidekeepProcesses(join(place, 'home'), env)
    expect(await here.json<Summary>('sync', source, TARGET)).toMatchObject({ exitCode: 0, counts: { uploaded: FILES } })
    const elsewhere = new TidekeepProcesses(join(place, 'other home'), env)
    const restored = join(place, 'restored')
    const ran = await elsewhere.run('restore', TARGET, restored, '--json')
    expect(ran.exitCode).toBe(0)
    expect(ran.stderr).toBe('')
    expect(filesOf(restored)).toEqual(filesOf(source))
    expect(await elsewhere.json('restore', TARGET, restored)).toMatchObject({
      counts: { skipped: FILES, downloaded: 0 },
    })
  }, 60_000)

  it('is verified: intact without alarm, a missing and a resized object by listing, a flipped bit by reading', async () => {
    const here = new TidekeepProcesses(join(place, 'home'), env)
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
  }, 60_000)

  it('ends with 12 for wrong keys and 13 for a bucket or host that is not there', async () => {
    const wrong = new TidekeepProcesses(join(place, 'home'), { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' })
    const refused = await wrong.run('sync', source, TARGET)
    expect(refused.exitCode).toBe(12)
    expect(refused.stderr).not.toContain('wrong')
    const right = new TidekeepProcesses(join(place, 'home'), env)
    expect((await right.run('restore', 's3://nobucket/x', join(place, 'out'))).exitCode).toBe(13)
    expect((await right.run('restore', 's3://bucket/nothing/here', join(place, 'out'))).exitCode).toBe(1)
  }, 60_000)
})

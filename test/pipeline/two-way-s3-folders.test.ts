import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toRelPath } from '../../common/paths.ts'
import type { Summary } from '../../common/protocol.ts'
import { textsBelow } from '../fakes/files-below.ts'
import { environmentOf } from '../fakes/s3/environment.ts'
import { contentOf, startS3Fixture, type S3Fixture } from '../fakes/s3/harness.ts'
import { TidekeepProcesses } from '../fakes/tidekeep-process.ts'

let place = ''
let s3: S3Fixture
let target = ''
let tidekeep: TidekeepProcesses

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'tk-'))
  s3 = await startS3Fixture({ prefix: 'shared' })
  target = `s3://${s3.bucket}/shared`
  tidekeep = new TidekeepProcesses(join(place, 'home'), environmentOf(s3.server))
  mkdirSync(folder())
})
afterEach(async () => {
  tidekeep.killAll()
  await s3.close()
  rmSync(place, { recursive: true, force: true })
})

/** What the bucket holds, by path. */
function bucket(): Readonly<Record<string, string>> {
  const stored = s3.server.buckets.get(s3.bucket)!
  const own = stored.keys().filter((key) => key.startsWith('shared/') && !key.startsWith('shared/.tidekeep/'))
  return Object.fromEntries(
    own.flatMap((key) => {
      const version = stored.current(key)
      return version === undefined ? [] : [[key.slice(7), Buffer.from(version.content.bytes()).toString()]]
    }),
  )
}

/** Another program puts these into the bucket, or takes them away. */
async function elsewhere(objects: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { provider } = s3
  const options = { expect: { kind: 'any' }, signal: new AbortController().signal } as const
  for (const [path, text] of Object.entries(objects)) {
    if (text === undefined) await provider.remove(toRelPath(path), options)
    else await provider.put(toRelPath(path), contentOf(text), { ...options, metadata: { mtimeNs: 1_000_000_000n } })
  }
}

const folder = (): string => join(place, 'folder')

function sync(): Promise<Summary> {
  return tidekeep.json<Summary>('sync', folder(), target, '--mode', 'two-way', '--max-delete', '100')
}

async function conflicts(...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await tidekeep.run('conflicts', ...args)
  if (exitCode !== 0) throw new Error(stderr)
}

function write(path: string, content: string): void {
  mkdirSync(dirname(join(folder(), path)), { recursive: true })
  writeFileSync(join(folder(), path), content)
}

function files(): Readonly<Record<string, string>> {
  const all = Object.entries(textsBelow(folder()))
  return Object.fromEntries(all.filter(([path]) => !path.startsWith('.tidekeep/')))
}

/** Each step is a process of its own. */
const LONG = { timeout: 600_000 }
const BELOW = { 'thing/deep/two': 'two', 'thing/one': 'one' }

describe('a file here, and objects below its name in the bucket', () => {
  it('are decided each of the three ways, and each is taken back', LONG, async () => {
    await elsewhere(BELOW)
    write('thing', 'the file')
    write('thing else', 'no matter')
    await tidekeep.run('folder', 'add', folder(), '--target', target, '--mode', 'two-way')
    expect(await sync()).toMatchObject({ counts: { conflicts: 1, failed: 0 }, failures: [] })
    const [apart, beside] = [
      { thing: 'the file', 'thing else': 'no matter' },
      { ...BELOW, 'thing else': 'no matter' },
    ]
    expect([files(), bucket()]).toEqual([apart, beside])

    await conflicts('resolve', 'keep-local', '1')
    expect(await sync()).toMatchObject({ exitCode: 0, counts: { conflicts: 0, failed: 0 } })
    expect([files(), bucket()]).toEqual([apart, apart])
    await conflicts('undo', '1')
    expect([files(), bucket()]).toEqual([apart, beside])

    await conflicts('resolve', 'keep-remote', '1')
    expect(await sync()).toMatchObject({ exitCode: 0, counts: { conflicts: 0, failed: 0, downloaded: 2 } })
    expect([files(), bucket()]).toEqual([beside, beside])
    await conflicts('undo', '1')
    expect([files(), bucket()]).toEqual([apart, beside])

    await conflicts('resolve', 'keep-both', '1', '--as', 'the file')
    expect(await sync()).toMatchObject({ exitCode: 0, counts: { conflicts: 0, failed: 0 } })
    const both = { ...beside, 'the file': 'the file' }
    expect([files(), bucket()]).toEqual([both, both])
    await conflicts('undo', '1')
    expect(await sync()).toMatchObject({ counts: { conflicts: 1, waiting: 2, failed: 0 }, failures: [] })
    expect([files(), bucket()]).toEqual([apart, beside])
  })

  it('are no conflict where a file became a folder, on either side', LONG, async () => {
    for (const name of ['thing', 'other']) write(name, 'first a file')
    await sync()
    rmSync(join(folder(), 'other'))
    write('other/one', 'one')
    await elsewhere({ thing: undefined, ...BELOW })
    expect(await sync()).toMatchObject({ exitCode: 0, counts: { conflicts: 0, failed: 0, downloaded: 2, uploaded: 1 } })
    const both = { ...BELOW, 'other/one': 'one' }
    expect([files(), bucket()]).toEqual([both, both])
  })

  it('end by themselves where what lies below is gone, and the file goes there', LONG, async () => {
    await elsewhere({ 'thing/one': 'one' })
    write('thing', 'the file')
    expect(await sync()).toMatchObject({ counts: { conflicts: 1 } })
    await elsewhere({ 'thing/one': undefined })
    expect(await sync()).toMatchObject({ exitCode: 0, counts: { conflicts: 0, uploaded: 1 } })
    expect(bucket()).toEqual({ thing: 'the file' })
  })
})

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { UndoView } from '../../common/protocol.ts'
import { closesAfterEach } from '../fakes/closing.ts'
import { openBucketPlace, type BucketPlace } from '../fakes/s3/bucket-place.ts'

let source: string
let server: BucketPlace['server']
let tidekeep: BucketPlace['tidekeep']

const closing = closesAfterEach()
beforeEach(async () => {
  ;({ source, server, tidekeep } = closing(await openBucketPlace()))
})

type Answer = UndoView & { readonly exitCode: number }

async function once(...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await tidekeep.run(...args)
  expect(exitCode, stderr).toBe(0)
}

async function undo(...args: readonly string[]): Promise<{ readonly status: number | null; readonly answer: Answer }> {
  const { exitCode: status, stdout } = await tidekeep.run('undo', ...args, '--json')
  return { status, answer: JSON.parse(stdout) as Answer }
}

describe.each(['off', 'enabled'] as const)('tidekeep undo, bucket versioning %s', (versioning) => {
  beforeEach(async () => {
    server.buckets.get('bucket')!.versioning = versioning
    writeFileSync(join(source, 'report.txt'), 'first')
    writeFileSync(join(source, 'other.txt'), 'other')
    await once('folder', 'add', source, '--target', 's3://bucket/p', '--mode', 'mirror')
    await once('serve', '--once', '--no-ui')
    writeFileSync(join(source, 'report.txt'), 'second one')
    await once('serve', '--once', '--no-ui')
  })

  it('brings a file back, once for a dry run and once for good', async () => {
    const dry = await undo(join(source, 'report.txt'), '--dry-run')
    expect(dry).toMatchObject({
      status: 0,
      answer: { dryRun: true, items: [{ path: 'report.txt', outcome: 'undone' }] },
    })
    expect(readFileSync(join(source, 'report.txt'), 'utf8')).toBe('second one')
    expect(await undo('--last', '1')).toMatchObject({
      status: 0,
      answer: { exitCode: 0, items: [{ why: 'replaced' }] },
    })
    expect(readFileSync(join(source, 'report.txt'), 'utf8')).toBe('first')
  })

  it('brings back what a mirror deleted and sends nothing again', async () => {
    rmSync(join(source, 'other.txt'))
    await once('serve', '--once', '--no-ui')
    expect(await undo('--since', '1h', '--folder', 'source')).toMatchObject({ status: 0 })
    expect(readFileSync(join(source, 'other.txt'), 'utf8')).toBe('other')
    const before = server.requests.length
    await once('serve', '--once', '--no-ui')
    // What was replaced goes out again; what was deleted is there already.
    const puts = server.requests.slice(before).filter(({ operation }) => operation === 'PutObject')
    const keys = puts.map(({ key }) => key).filter((key) => !key.includes('.tidekeep/'))
    expect(keys).toEqual(['p/report.txt'])
  })

  it('leaves what was changed since alone, with the code for it, and finds nothing where nothing is kept', async () => {
    writeFileSync(join(source, 'report.txt'), 'not backed up')
    const { status, answer } = await undo(join(source, 'report.txt'))
    expect([status, answer.exitCode, answer.items[0]?.outcome]).toEqual([3, 3, 'refused'])
    expect(readFileSync(join(source, 'report.txt'), 'utf8')).toBe('not backed up')
    expect((await undo(join(source, 'never.txt'))).status).toBe(1)
    expect((await undo('--last', '1', '--since', '1h')).status).toBe(2)
  })
})

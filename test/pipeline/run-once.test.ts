import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FolderId } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import type { Summary } from '../../common/protocol.ts'
import { pairDirectory } from '../../main/pairs.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { syncOnce } from '../fakes/run-once.ts'
import { uploadOf } from '../fakes/transfer-bench.ts'

let place: string
let source: string
let host: ReturnType<typeof createFakeHost<typeof realClock>>

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-once-'))
  source = join(place, 'source')
  mkdirSync(source)
  for (const name of ['a', 'b']) writeFileSync(join(source, name), `content of ${name}`)
  host = createFakeHost({ clock: realClock })
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

function sync(target: string): Promise<Summary> {
  return syncOnce(host, { source, target: join(place, target), mode: 'mirror' })
}

const held = (target: string): string[] =>
  readdirSync(join(place, target))
    .filter((name) => !name.startsWith('.'))
    .toSorted()

describe('one synchronisation', () => {
  it('never ends with 0 while a file is not safe', async () => {
    // Someone has another b at the target, and there is no room to keep it aside.
    mkdirSync(join(place, 'target/.tidekeep'), { recursive: true })
    writeFileSync(join(place, 'target/b'), 'content of another')
    writeFileSync(join(place, 'target/.tidekeep/kept'), 'a file where the folder should be')
    expect(await sync('target')).toMatchObject({ exitCode: 3, ok: false, failures: [{ path: 'b' }] })
    expect(await sync('target')).toMatchObject({ exitCode: 3, ok: false, failures: [{ path: 'b' }] })
    expect(readFileSync(join(place, 'target/b'), 'utf8')).toBe('content of another')
    rmSync(join(place, 'target/.tidekeep/kept'))
    expect(await sync('target')).toMatchObject({ exitCode: 0, ok: true, failures: [] })
    expect(readFileSync(join(place, 'target/b'), 'utf8')).toBe('content of b')
  })

  it('knows for each of two targets by itself what was agreed on there', async () => {
    for (const target of ['one', 'two']) await sync(target)
    rmSync(join(source, 'a'))
    for (const target of ['one', 'two']) expect(await sync(target)).toMatchObject({ counts: { deleted: 1 } })
    expect([held('one'), held('two')]).toEqual([['b'], ['b']])
    expect(existsSync(join(source, 'b'))).toBe(true)
  })
})

describe('what lies below a file against a folder', () => {
  it('counts once, also where a job for it is left of a run that was cut off', async () => {
    const pair = { source, target: join(place, 'target'), mode: 'two-way' as const }
    await syncOnce(host, pair)
    mkdirSync(join(source, 'thing'))
    for (const name of ['one', 'two']) writeFileSync(join(source, 'thing', name), name)
    writeFileSync(join(place, 'target/thing'), 'a file')
    expect(await syncOnce(host, pair)).toMatchObject({ counts: { conflicts: 1, waiting: 2, failed: 0 } })
    const directory = pairDirectory(host.paths, { ...pair, s3: {} })
    const { store } = await openStore({ directory, clock: host.clock, log: host.log })
    const action = uploadOf({ path: toRelPath('thing/one'), kind: 'file', size: 3, mtimeNs: 1n })
    store.queue.enqueue('pair' as FolderId, [{ action, lane: 'small' }])
    store.close()
    expect(await syncOnce(host, pair)).toMatchObject({ counts: { conflicts: 1, waiting: 2, failed: 0 } })
  })
})

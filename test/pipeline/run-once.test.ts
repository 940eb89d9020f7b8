import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FolderId } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import type { Summary } from '../../common/protocol.ts'
import { pairDirectory } from '../../main/pairs.ts'
import { createPool } from '../../main/pool.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import type { Pool } from '../../workers/tasks.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { syncOnce } from '../fakes/run-once.ts'
import { uploadOf } from '../fakes/transfer-bench.ts'
import { hookedPool } from '../unit/local-support.ts'

/** Twenty times as fast: what a run waits for is soon over. */
const BEGAN_MS = realClock.now()
const HURRIED: typeof realClock = {
  ...realClock,
  now: () => BEGAN_MS + (realClock.now() - BEGAN_MS) * 20,
  monotonic: () => realClock.monotonic() * 20,
  sleep: (delayMs, signal) => realClock.sleep(delayMs / 20, signal),
  after: (delayMs, callback) => realClock.after(delayMs / 20, callback),
}

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

  it('comes in the run that finds that there is no conflict any more', async () => {
    const pair = { source, target: join(place, 'target'), mode: 'two-way' as const }
    await syncOnce(host, pair)
    mkdirSync(join(source, 'thing'))
    writeFileSync(join(source, 'thing/one'), 'one')
    writeFileSync(join(place, 'target/thing'), 'a file')
    expect(await syncOnce(host, pair)).toMatchObject({ counts: { conflicts: 1, waiting: 1 } })
    rmSync(join(place, 'target/thing'))
    expect(await syncOnce(host, pair)).toMatchObject({ exitCode: 0, counts: { conflicts: 0, waiting: 0, uploaded: 1 } })
    expect(readFileSync(join(place, 'target/thing/one'), 'utf8')).toBe('one')
  })
})

describe('what changes while a synchronisation is under way', () => {
  /** Runs with something done to the source each time before contents are read, by how often that was before. */
  function meddled(meddle: (turn: number) => void): Promise<Summary> {
    let turn = 0
    const pool = hookedPool(createPool({ threads: 1 }), (name) => {
      if (name === 'copyBatch') meddle(turn++)
    })
    return syncOnce({ ...host, clock: HURRIED }, { source, target: join(place, 'target'), mode: 'mirror' }, {}, pool)
  }
  const write = (turn: number): void => writeFileSync(join(source, 'a'), `content of a, edit ${turn}`)

  it('is looked at once more, and taken along as it is by then', async () => {
    const done = await meddled((turn) => {
      if (turn === 0) write(turn)
    })
    expect(done).toMatchObject({ exitCode: 0, failures: [], counts: { uploaded: 2, vanished: 0 } })
    expect(readFileSync(join(place, 'target/a'), 'utf8')).toBe('content of a, edit 0')
  })

  it('and goes on changing is a failure in the end, and keeps no run from ending', async () => {
    const done = await meddled(write)
    expect(done).toMatchObject({
      exitCode: 3,
      counts: { uploaded: 1, failed: 1 },
      failures: [{ path: 'a', code: 'changed' }],
    })
    expect(held('target')).toEqual(['b'])
    expect(await sync('target')).toMatchObject({ exitCode: 0 })
    expect(held('target')).toEqual(['a', 'b'])
  })

  it('and comes and goes is a failure in the end, too: nobody looked at it as it is', async () => {
    const threads = createPool({ threads: 1 })
    const pool: Pool = {
      run: async (name, params, options) => {
        if (name !== 'copyBatch') return threads.run(name, params, options)
        rmSync(join(source, 'a'))
        return threads.run(name, params, options).finally(() => write(0))
      },
      close: () => threads.close(),
    }
    const pair = { source, target: join(place, 'target'), mode: 'mirror' as const }
    const done = await syncOnce({ ...host, clock: HURRIED }, pair, {}, pool)
    expect(done).toMatchObject({ exitCode: 3, counts: { uploaded: 1, failed: 1 } })
    expect(done.failures).toEqual([
      { path: 'a', code: 'changed', message: expect.stringContaining('again and again') as string },
    ])
    expect(await sync('target')).toMatchObject({ exitCode: 0, counts: { uploaded: 1 } })
  })

  it('and is gone counts, and is taken for deleted by the next run only: it may be elsewhere', async () => {
    await sync('target')
    write(0)
    writeFileSync(join(source, 'new'), 'new')
    const gone = await meddled((turn) => {
      if (turn === 0) for (const name of ['a', 'new']) rmSync(join(source, name))
    })
    expect(gone).toMatchObject({ exitCode: 0, failures: [], counts: { vanished: 1, deleted: 0 } })
    expect(held('target')).toEqual(['a', 'b'])
    expect(await sync('target')).toMatchObject({ exitCode: 0, counts: { vanished: 0, deleted: 1 } })
    expect(held('target')).toEqual(['b'])
  })
})

import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../main/host.ts'
import { createPool, type PoolOptions } from '../../main/pool.ts'
import { holdsFewFiles } from '../../main/run-once/few-files.ts'
import { inodeOf } from '../../workers/fs/stable-read.ts'
import type { Pool } from '../../workers/tasks.ts'

/** A clock that stands still until it is told that its time has come. */
function standingClock(): Pick<Clock, 'after'> & { readonly strike: () => void } {
  const due = new Set<() => void>()
  return {
    after: (_, run) => {
      due.add(run)
      return () => void due.delete(run)
    },
    strike: () => due.forEach((run) => run()),
  }
}

describe('a pool for a single run', () => {
  let root = ''
  let threads = 0
  let pool: Pool | undefined
  const count = (): void => void threads++
  const { port1: ours, port2: theirs } = new MessageChannel()
  const open = (options: PoolOptions): Pool => (pool = createPool(options))
  const { signal } = new AbortController()
  const walk = (port = theirs, batchesAhead = 8): Promise<unknown> => {
    const scopes = [{ path: '', recursive: true }]
    const params = { root, ignoreLines: [], excludedPaths: [], scopes, port, batchesAhead }
    return pool!.run('walk', params, { signal, transfer: [port] })
  }
  const list = (): Promise<unknown> =>
    pool!.run('listTarget', { root, path: '', etagBy: 'inode', limit: 10 }, { signal })

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tidekeep-pool-'))
    writeFileSync(join(root, 'a'), 'x')
    threads = 0
    process.on('worker', count)
  })
  afterEach(async () => {
    process.off('worker', count)
    await pool?.close()
    rmSync(root, { recursive: true, force: true })
  })

  it('gives its first tasks to the threads that are starting, instead of others beside them', async () => {
    open({ startsAtOnce: true })
    await Promise.all([walk(), list()])
    expect(threads).toBe(2)
    ours.close()
  })

  it('has one thread more as soon as many folders are made, before their files come', async () => {
    const inode = inodeOf(statSync(root, { bigint: true }))
    const make = (names: readonly string[]): Promise<unknown> =>
      pool!.run(
        'makeDirectories',
        {
          place: { root, rootInode: inode, etagBy: 'inode' },
          items: names.map((path) => ({ path, mtimeNs: 1n })),
          fsync: false,
        },
        { signal },
      )
    open({ startsAtOnce: true })
    await make(['few'])
    expect(threads).toBe(2)
    await make(Array.from({ length: 20 }, (_, at) => `many-${at}`))
    expect(threads).toBe(3)
    await make(Array.from({ length: 20 }, (_, at) => `more-${at}`))
    expect(threads).toBe(3)
  })

  it('has one thread for a few files, which walks and does what comes meanwhile', async () => {
    const channel = new MessageChannel()
    open({ fewFiles: standingClock() })
    await Promise.all([walk(channel.port2), list()])
    await list()
    expect(threads).toBe(1)
    channel.port1.close()
  })

  it('waits no longer for a walk that lasts: who reads it may wait for what comes behind it', async () => {
    const channel = new MessageChannel()
    const clock = standingClock()
    open({ fewFiles: clock })
    for (let at = 0; at < 2_100; at++) writeFileSync(join(root, `${at}`), '')
    const batch = new Promise((resolve) => channel.port1.once('message', resolve))
    const walking = walk(channel.port2, 1)
    const listing = list()
    await batch
    clock.strike()
    await listing
    expect(threads).toBe(2)
    channel.port1.on('message', (message: { readonly kind: string }) => {
      if (message.kind === 'batch') channel.port1.postMessage('more')
    })
    channel.port1.postMessage('more')
    await walking
    channel.port1.close()
  })
})

describe('a look at how much a folder holds', () => {
  it('takes a few files and folders for few, and more of either for more', () => {
    const root = mkdtempSync(join(tmpdir(), 'tidekeep-few-'))
    try {
      expect(holdsFewFiles(root)).toBe(true)
      for (const name of ['a', 'a/b', 'c']) mkdirSync(join(root, name))
      for (let at = 0; at < 100; at++) writeFileSync(join(root, 'a', 'b', `${at}`), '')
      expect(holdsFewFiles(root)).toBe(true)
      for (let at = 0; at < 200; at++) writeFileSync(join(root, 'c', `${at}`), '')
      expect(holdsFewFiles(root)).toBe(false)
      expect(holdsFewFiles(join(root, 'a'))).toBe(true)
      for (let at = 0; at < 20; at++) mkdirSync(join(root, 'a', `${at}`))
      expect(holdsFewFiles(join(root, 'a'))).toBe(false)
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })

  it('leaves what cannot be read to the walk, which says why', () => {
    expect(holdsFewFiles(join(tmpdir(), 'tidekeep-nothing-is-here'))).toBe(false)
  })
})

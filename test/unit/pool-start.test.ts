import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { createPool } from '../../main/pool.ts'

it('a pool that starts at once gives its first tasks to the threads that are starting, instead of others beside them', async () => {
  const root = mkdtempSync(join(tmpdir(), 'tidekeep-pool-'))
  writeFileSync(join(root, 'a'), 'x')
  let threads = 0
  const count = (): void => void threads++
  process.on('worker', count)
  const pool = createPool({ startsAtOnce: true })
  const { port1: ours, port2: theirs } = new MessageChannel()
  try {
    const { signal } = new AbortController()
    const scopes = [{ path: '', recursive: true }]
    const walk = { root, ignoreLines: [], excludedPaths: [], scopes, port: theirs }
    await Promise.all([
      pool.run('walk', walk, { signal, transfer: [theirs] }),
      pool.run('listTarget', { root, path: '', etagBy: 'inode', limit: 10 }, { signal }),
    ])
    expect(threads).toBe(2)
  } finally {
    process.off('worker', count)
    ours.close()
    await pool.close()
    rmSync(root, { recursive: true, force: true })
  }
})

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import { hookedPool, LocalBench, never, rel } from './local-support.ts'

let bench: LocalBench
beforeEach(() => void (bench = new LocalBench()))
afterEach(() => bench.close())

const stopped = (path: string): TidekeepError =>
  new TidekeepError({ code: 'unavailable', message: 'The disk stopped answering.', path })

describe('an error of the disk at one file', () => {
  it('is of that file alone where the disk keeps others, and leaves no trace of finding that out', async () => {
    const pool = hookedPool(bench.pool, (name) => {
      if (name === 'publishBatch') throw stopped(join(bench.root, 'a'))
    })
    const put = bench.put(bench.open({ pool }), 'a', 'x')
    await expect(put).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('keeps other files') })
    expect(bench.temporaries().filter((name) => /-p\d+$/.test(name))).toEqual([])
    expect(existsSync(join(bench.root, 'a'))).toBe(false)
  })

  it('is of the whole disk where it keeps nothing, and where the target itself is named', async () => {
    const gone = hookedPool(bench.pool, (name) => {
      if (name === 'publishBatch' || name === 'callTarget') throw stopped(join(bench.root, 'a'))
    })
    await expect(bench.put(bench.open({ pool: gone }), 'a', 'x')).rejects.toMatchObject({ code: 'unavailable' })
    const root = hookedPool(bench.pool, (name) => {
      if (name === 'publishBatch') throw stopped(bench.root)
    })
    await expect(bench.put(bench.open({ pool: root }), 'a', 'x')).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is found out once for a batch, and leaves other results as they are', async () => {
    let probes = 0
    const provider = bench.open({
      pool: {
        close: () => bench.pool.close(),
        run: async (name, params, options) => {
          if (name === 'callTarget') probes++
          const done = await bench.pool.run(name, params, options)
          if (name !== 'publishBatch') return done
          const { items } = done as unknown as { items: unknown[] }
          for (const at of [0, 2]) {
            const path = join(bench.root, String(at))
            items[at] = { ok: false, failure: { code: 'unavailable', message: 'x', path, retry: { kind: 'backoff' } } }
          }
          return done
        },
      },
    })
    const batch = ['0', '1', '2', '3'].map((path) => bench.item(path, path))
    const results = await provider.features.putBatch!(batch, never)
    expect(results.map((result) => (result.ok ? 'stored' : toTidekeepError(result.error).code))).toEqual([
      'internal',
      'stored',
      'internal',
      'stored',
    ])
    expect(probes).toBe(1)
    expect(readdirSync(bench.root)).toContain('1')
    await expect(provider.stat(rel('1'), never)).resolves.toMatchObject({ size: 1 })
  })
})

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Precondition } from '../../common/model.ts'
import type { Content, PutResult, TargetProvider } from '../../main/providers/provider.ts'
import type { Pool, PublishBatch } from '../../workers/tasks.ts'
import { ABSENT, hookedPool, LocalBench, never, rel } from './local-support.ts'

const COUNT = 24
const MTIME_NS = 1_500_000_000_000_000_000n

let bench: LocalBench
let path: string | undefined
beforeEach(() => {
  bench = new LocalBench()
  path = process.env['PATH']
})
afterEach(() => {
  process.env['PATH'] = path
  return bench.close()
})

/** A `sync` program of our own that does not sync comes first from now on. */
function fakeSync(script: string): void {
  const bin = join(bench.base, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'sync'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'sync'), 0o755)
  process.env['PATH'] = `${bin}:${path}`
}

function streamed(text: string): Content {
  return {
    size: text.length,
    async *open() {
      yield Buffer.from(text)
    },
  }
}

interface PutAsk {
  readonly expect?: Precondition
  readonly signal?: AbortSignal
  readonly content?: Content
}

function put(provider: TargetProvider, name: string, ask: PutAsk = {}): Promise<PutResult> {
  const { expect: expected = ABSENT, signal = never.signal, content = streamed(`content of ${name}`) } = ask
  return provider.put(rel(name), content, { metadata: { mtimeNs: MTIME_NS }, expect: expected, signal })
}

const putAll = (provider: TargetProvider, names: readonly string[]): Promise<PromiseSettledResult<PutResult>[]> =>
  Promise.allSettled(names.map((name) => put(provider, name)))
const names = (count = COUNT): readonly string[] => Array.from({ length: count }, (_, at) => `folder/file-${at}`)

describe('single puts of small contents at the same time', () => {
  it('are made durable, named, and made durable again together', async () => {
    const log = join(bench.base, 'order.log')
    fakeSync(`echo sync >> ${log}`)
    const note = (step: string): void => writeFileSync(log, `${step}\n`, { flag: 'a' })
    const pool: Pool = {
      run: (name, params, options) => {
        if (name === 'publishBatch') note((params as PublishBatch).fsync ? 'name each' : 'name together')
        return bench.pool.run(name, params, options)
      },
      close: () => bench.pool.close(),
    }
    const provider = bench.open({ pool })
    const results = await putAll(provider, names())
    await provider.close()
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(readFileSync(join(bench.root, 'folder/file-7'), 'utf8')).toBe('content of folder/file-7')
    // The very first sync finds out whether there is one.
    const steps = readFileSync(log, 'utf8').trim().split('\n')
    steps.splice(steps.indexOf('sync'), 1)
    const together = steps.flatMap((step, at) => (step === 'name together' ? [at] : []))
    expect(together.length).toBeGreaterThan(0)
    for (const at of together) expect([steps[at - 1], steps[at + 1]]).toEqual(['sync', 'sync'])
    expect(steps.filter((step) => step === 'sync')).toHaveLength(together.length * 2)
    expect(steps.filter((step) => step.startsWith('name')).length).toBeLessThan(COUNT / 2)
    expect(bench.temporaries()).toEqual([])
  })

  it('answer with what is there, each by itself', async () => {
    const provider = bench.open()
    await put(provider, 'folder/file-3', { content: streamed('somebody else') })
    const results = await putAll(provider, names())
    expect(results.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).toEqual([3])
    expect(results[3]).toMatchObject({ reason: { code: 'precondition-failed' } })
    expect(readFileSync(join(bench.root, 'folder/file-3'), 'utf8')).toBe('somebody else')
    const result = results[9] as PromiseFulfilledResult<PutResult>
    // A look at it tells more: who changed it.
    expect(await provider.stat(rel('folder/file-9'), never)).toMatchObject(result.value.entry)
    await provider.close()
  })

  it('keep what they replace, and replace only what was looked at', async () => {
    const provider = bench.open()
    await putAll(provider, names())
    const before = await Promise.all(names().map((name) => provider.stat(rel(name), never)))
    writeFileSync(join(bench.root, 'folder/file-5'), 'edited in the last moment')
    const results = await Promise.allSettled(
      before.map(({ path: name, etag }) =>
        provider.put(name, streamed('second'), {
          metadata: { mtimeNs: MTIME_NS },
          expect: { kind: 'etag', etag: etag! },
          keep: { atMs: 1_600_000_000_000 },
          ...never,
        }),
      ),
    )
    expect(results[5]).toMatchObject({ reason: { code: 'precondition-failed' } })
    expect(readFileSync(join(bench.root, 'folder/file-5'), 'utf8')).toBe('edited in the last moment')
    const { kept } = (results[8] as PromiseFulfilledResult<PutResult>).value
    expect(readFileSync(join(bench.root, kept!.token), 'utf8')).toBe('content of folder/file-8')
    await provider.close()
  })

  it('name nothing that the disk cannot keep, and leave nothing behind', async () => {
    const failing = join(bench.base, 'failing')
    fakeSync(`test ! -e ${failing}`)
    const provider = bench.open()
    await putAll(provider, names())
    writeFileSync(failing, '')
    const later = await putAll(
      provider,
      names().map((name) => `later/${name}`),
    )
    await provider.close()
    const refused = later.filter(({ status }) => status === 'rejected')
    // The first few sync their own content, and go with the others or by themselves.
    expect(refused.length).toBeGreaterThanOrEqual(COUNT - 4)
    for (const each of refused) expect(each).toMatchObject({ reason: { code: 'unavailable' } })
    expect(readdirSync(join(bench.root, 'folder'))).toHaveLength(COUNT)
    expect(existsSync(join(bench.root, 'later/folder/file-20'))).toBe(false)
    expect(bench.temporaries()).toEqual([])
  })

  it('do not name what was cancelled while it waited', async () => {
    const stop = new AbortController()
    const provider = bench.open({
      pool: hookedPool(bench.pool, (name) => {
        if (name === 'publishBatch') stop.abort()
      }),
    })
    await provider.features.makeDirectory!(rel('folder'), { mtimeNs: 1n }, never)
    const results = await Promise.allSettled(names().map((name) => put(provider, name, { signal: stop.signal })))
    const cancelled = results.flatMap((result, at) => (result.status === 'rejected' ? [at] : []))
    expect(cancelled.length).toBeGreaterThan(0)
    for (const at of cancelled) expect(results[at]).toMatchObject({ reason: { code: 'cancelled' } })
    expect(readdirSync(join(bench.root, 'folder'))).toHaveLength(COUNT - cancelled.length)
    expect(bench.temporaries()).toEqual([])
    await provider.close()
  })

  it('work where there is no sync program', async () => {
    process.env['PATH'] = join(bench.base, 'no-programs')
    const provider = bench.open()
    const results = await putAll(provider, names())
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
    await provider.close()
  })
})

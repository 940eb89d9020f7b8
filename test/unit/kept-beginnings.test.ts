import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Action, BaselineEntry, Outcome, RelPath } from '../../common/model.ts'
import { execute } from '../../main/engine/execute/executor.ts'
import { keepFor } from '../../main/engine/execute/run.ts'
import {
  createTransferBench,
  expecting,
  unstopped,
  uploadOf,
  withFeatures,
  type TransferBench,
} from '../fakes/transfer-bench.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const DAY_MS = 86_400_000
let bench: TransferBench
let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock(Date.UTC(2026, 0, 2, 3, 4, 5))
  bench = createTransferBench(clock)
  bench.keepDays = 30
})
afterEach(() => bench.close())

const run = (action: Action): Promise<Outcome> => execute(bench.context, action, { signal: unstopped })

describe('when what a target keeps began', () => {
  const earlier = async (path: string): Promise<readonly [string, number | undefined][]> => {
    const found: [string, number | undefined][] = []
    for await (const { why, storedAtMs } of bench.target.features.keptVersions!(path as RelPath, { signal: unstopped }))
      found.push([why, storedAtMs])
    return found
  }
  const replace = (base: BaselineEntry, content: string, expect = expecting(base)): Promise<Outcome> =>
    run({ ...uploadOf(bench.write(base.path, content), expect), base })

  it('is told of what was put there, also after its times were changed, to the second', async () => {
    const beganMs = clock.now()
    const first = await bench.keep('a', 'first')
    await clock.advance(DAY_MS + 999)
    const touched = bench.write('a', 'first', { mtimeMs: 1_700_000_000_000, mode: 0o600 })
    const metadata = await run({ ...uploadOf(touched, expecting(first)), base: first })
    expect(metadata).toMatchObject({ method: 'metadata', baseline: { remote: { storedAtMs: beganMs } } })
    const second = (await replace(metadata.baseline!, 'second')).baseline!
    expect(await earlier('a')).toEqual([['replaced', beganMs]])
    await clock.advance(DAY_MS)
    bench.removeLocal('a')
    await run({ kind: 'delete', path: second.path, base: second, expect: expecting(second) })
    expect(await earlier('a')).toEqual(
      expect.arrayContaining([
        ['replaced', beganMs],
        ['deleted', beganMs + DAY_MS],
      ]),
    )
  })

  it('is not told of what came there otherwise: moved, found there, from others, or by another clock', async () => {
    const base = await bench.keep('old', 'content')
    bench.removeLocal('old')
    const local = bench.write('moved', 'content')
    const moving = { kind: 'move', path: local.path, from: base.path, local, base, expect: expecting(base) } as const
    const moved = (await run(moving)).baseline!
    await bench.foreign('found', 'same')
    const found = (await run(uploadOf(bench.write('found', 'same')))).baseline!
    const ours = await bench.keep('set-back', 'ours')
    const replaced = await bench.keep('foreign', 'ours')
    await bench.foreign('foreign', 'theirs')
    await clock.advance(DAY_MS)
    for (const before of [moved, found, replaced]) await replace(before, `other than ${before.path}`)
    await clock.advance(-3 * DAY_MS)
    await replace(ours, 'by a clock that was set back')
    expect(await Promise.all(['moved', 'found', 'foreign', 'set-back'].map(earlier))).toEqual([
      [['replaced', undefined]],
      [['replaced', undefined]],
      [['foreign', undefined]],
      [['replaced', undefined]],
    ])
  })

  it('is told where others write, too, only if an etag is of one writing, not of content', async () => {
    const both = { ...bench.context, source: bench.target }
    const first = await bench.keep('a', 'first')
    const content = { base: first, expect: expecting(first) }
    expect(keepFor(bench.context, content)).toMatchObject({ storedAtMs: clock.now() })
    expect(keepFor(both, content)).not.toHaveProperty('storedAtMs')
    const target = withFeatures(bench.target, { isSameFile: () => false })
    expect(keepFor({ ...both, target }, content)).toHaveProperty('storedAtMs')
    expect(keepFor(bench.context, { base: first, expect: { kind: 'any' } })).not.toHaveProperty('storedAtMs')
  })
})

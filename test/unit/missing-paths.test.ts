import { describe, expect, it } from 'vitest'
import { MissingPaths } from '../../main/engine/missing-paths.ts'
import type { Planned } from '../../main/engine/plan/plan.ts'
import { baseDirectory, baseFile, rel } from '../fixtures/entries.ts'

const SETTLE_MAX_MS = 5_000
const PATIENCE_MS = 2 * SETTLE_MAX_MS

class Bench {
  nowMs = 1_000
  readonly missing = new MissingPaths({ monotonic: () => this.nowMs }, () => SETTLE_MAX_MS)

  /** A pass over some paths, or everything, that did not find these; folders end in '/'. Answers what counts as deleted. */
  pass(paths: readonly string[], isEverything = false): readonly string[] {
    return this.missing.admit(paths.map(deletionOf), isEverything).map(({ action }) => action.path)
  }
}

function deletionOf(text: string): Planned {
  const path = rel(text.replace(/\/$/, ''))
  const base = text.endsWith('/') ? baseDirectory(path) : baseFile(path)
  return { lane: 'small', action: { kind: 'delete', path, base, expect: { kind: 'any' } } }
}

describe('what a look at some paths did not find', () => {
  it('counts as deleted only when it is missing once more, twice the settling time later', () => {
    const bench = new Bench()
    expect(bench.pass(['a'])).toEqual([])
    expect(bench.missing.dueInMs).toBe(PATIENCE_MS)
    bench.nowMs += PATIENCE_MS - 1
    expect(bench.missing.takeDue()).toEqual([])
    // Missed again before its time: it does not wait anew.
    expect(bench.pass(['a'])).toEqual([])
    bench.nowMs += 1
    expect(bench.missing.dueInMs).toBe(0)
    expect(bench.missing.takeDue()).toEqual([{ path: 'a', recursive: false }])
    expect(bench.pass(['a', 'b'])).toEqual(['a'])
    bench.nowMs += PATIENCE_MS
    expect(bench.missing.takeDue()).toEqual([{ path: 'b', recursive: false }])
  })

  it('is forgotten where the second look finds it, or where it went', () => {
    const bench = new Bench()
    bench.pass(['a'])
    bench.nowMs += PATIENCE_MS
    bench.missing.takeDue()
    expect(bench.pass([])).toEqual([])
    expect(bench.missing.dueInMs).toBe(Number.POSITIVE_INFINITY)
    // Gone again later: it waits anew.
    expect(bench.pass(['a'])).toEqual([])
  })

  it('is asked for once, however long the pass takes, and still counts when that pass failed and ran again', () => {
    const bench = new Bench()
    bench.pass(['a'])
    bench.nowMs += PATIENCE_MS
    expect(bench.missing.takeDue()).toHaveLength(1)
    expect(bench.missing.takeDue()).toEqual([])
    expect(bench.missing.dueInMs).toBe(Number.POSITIVE_INFINITY)
    bench.nowMs += 60_000
    expect(bench.pass(['a'])).toEqual(['a'])
  })

  it('counts at once after a look at everything, which sees every name, and nothing waits then', () => {
    const bench = new Bench()
    bench.pass(['a', 'b'])
    expect(bench.pass(['b', 'c'], true)).toEqual(['b', 'c'])
    expect(bench.missing.dueInMs).toBe(Number.POSITIVE_INFINITY)
  })

  it('is looked for with everything below a folder that is gone, and as a whole where it is very much', () => {
    const bench = new Bench()
    bench.pass(['d/', 'd/e/', 'd/e/f', 'd-1', 'g'])
    bench.nowMs += PATIENCE_MS
    expect(bench.missing.takeDue()).toEqual([
      { path: 'd', recursive: true },
      { path: 'd-1', recursive: false },
      { path: 'g', recursive: false },
    ])
    expect(bench.pass(['d/', 'd/e/', 'd/e/f', 'd-1', 'g'])).toHaveLength(5)
    bench.pass(Array.from({ length: 20_001 }, (_, index) => `f${index}`))
    bench.nowMs += PATIENCE_MS
    expect(bench.missing.takeDue()).toEqual([{ path: '', recursive: true }])
  })
})

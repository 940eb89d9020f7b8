import { describe, expect, it } from 'vitest'
import { DirtyPaths } from '../../main/engine/dirty-paths.ts'
import type { HintBatch } from '../../main/engine/watch/watcher.ts'
import { rel } from '../fixtures/entries.ts'

function batch(paths: readonly string[], overflow = false): HintBatch & { acknowledged: number } {
  const made = {
    hints: paths.map((path) => ({ path: rel(path), recursive: path.endsWith('d'), cause: 'watch' as const })),
    overflow,
    acknowledged: 0,
    acknowledge: () => void made.acknowledged++,
  }
  return made
}

describe('paths to look at', () => {
  it('merges hints, and a recursive one stays recursive', () => {
    const dirty = new DirtyPaths()
    dirty.addBatch(batch(['a', 'd']))
    dirty.addPath(rel('d'), false)
    expect(dirty.take().scopes).toEqual([
      { path: 'a', recursive: false },
      { path: 'd', recursive: true },
    ])
    expect(dirty.isEmpty).toBe(true)
  })

  it('turns lost events and a hint for the root into looking at everything', () => {
    const dirty = new DirtyPaths()
    dirty.addBatch(batch(['a'], true))
    expect(dirty.take().scopes).toBe('everything')
    dirty.addPath(rel(''), true)
    expect(dirty.take().scopes).toBe('everything')
  })

  it('acknowledges a batch once, when its pass ended, even if an earlier pass failed', () => {
    const dirty = new DirtyPaths()
    const hints = batch(['a'])
    dirty.addBatch(hints)
    dirty.putBack(dirty.take())
    expect(hints.acknowledged).toBe(0)
    const due = dirty.take()
    expect(due.scopes).toEqual([{ path: 'a', recursive: false }])
    due.acknowledge()
    expect(hints.acknowledged).toBe(1)
  })

  it('remembers that the target must be compared when the pass is put back', () => {
    const dirty = new DirtyPaths()
    dirty.addEverything(true)
    dirty.putBack(dirty.take())
    expect(dirty.take()).toMatchObject({ scopes: 'everything', compareTarget: true })
  })

  it('can be put back any number of times', () => {
    const dirty = new DirtyPaths()
    let acknowledged = 0
    dirty.addBatch({
      hints: [{ path: rel('a'), recursive: false, cause: 'watch' }],
      overflow: false,
      acknowledge: () => void acknowledged++,
    })
    for (let round = 0; round < 50_000; round++) dirty.putBack(dirty.take())
    dirty.take().acknowledge()
    expect([acknowledged, dirty.isEmpty]).toEqual([1, true])
  })
})

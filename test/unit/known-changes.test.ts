import { describe, expect, it } from 'vitest'
import { KnownChanges } from '../../main/restore/by-file/known-changes.ts'
import type { KnownChange } from '../../main/restore/records.ts'
import { gathered } from '../../main/restore/timeline/changes.ts'
import { NOW } from '../../main/restore/timeline/timeline.ts'
import { PathsThen } from '../../main/restore/paths-then.ts'
import { seededRandom } from '../fakes/host.ts'

/** Oldest first. */
function known(...rows: readonly (readonly [KnownChange['kind'], string, number, number?])[]): KnownChanges {
  return new KnownChanges(rows.map(([kind, path, atMs, size = 1]) => ({ kind, path, atMs, size })).toReversed())
}

describe('what the history knows of a target', () => {
  it('names files that were there at a moment, with the size they had then', () => {
    const changes = known(
      ['upload', 'a', 10, 100],
      ['upload', 'a', 20, 200],
      ['upload', 'b', 25, 7],
      ['delete', 'a', 30, 200],
      ['delete', 'older', 40, 9],
    )
    expect([...changes.at(15)]).toEqual([
      ['older', { sizeBytes: 9, goneMs: 40 }],
      ['a', { sizeBytes: 100, sinceMs: 10, goneMs: 30 }],
    ])
    expect([...changes.at(15, 'b')]).toEqual([])
    expect([...changes.at(35)].some(([path]) => path === 'a')).toBe(false)
  })

  it('names what ever was there, and when this computer deleted it', () => {
    const changes = known(
      ['make-directory', 'd', 5],
      ['upload', 'd/a', 10, 100],
      ['delete', 'd/a', 30, 100],
      ['upload', 'b', 40, 3],
      ['delete', 'd', 50],
    )
    expect(Object.fromEntries(changes.at(NOW))).toEqual({
      'd/a': { sizeBytes: 100, sinceMs: 10, goneMs: 30 },
      b: { sizeBytes: 3, sinceMs: 40 },
    })
  })

  it('marks when content came and went, and knows which change of a listed file that is', () => {
    const changes = known(['upload', 'a', 1_000_000], ['metadata', 'a', 2_000_000], ['delete', 'b', 3_000_000])
    const { moments } = gathered(Float64Array.from(changes.events()).sort())
    expect(moments.map(({ fromMs, changed = 0, deleted }) => [fromMs, changed, deleted])).toEqual([
      [1_000_000, 1, 0],
      [3_000_000, 0, 1],
    ])
    expect([changes.isKnown('a' as never, 990_000), changes.isKnown('a' as never, 9_000_000)]).toEqual([true, false])
  })

  it('names at every moment the files that a restore would name', () => {
    const random = seededRandom(7)
    const kinds = ['upload', 'delete', 'move', 'metadata', 'download', 'remove-local'] as const
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!
    const rows = Array.from({ length: 200 }, (_, at) => [pick(kinds), pick(['a', 'b', 'c/d', 'e']), at] as const)
    const changes = known(...rows)
    for (let atMs = -1; atMs < 201; atMs += 7) {
      const then = new PathsThen(atMs)
      for (const [kind, path, rowMs] of rows.toReversed()) then.add({ kind, path, atMs: rowMs })
      const named = [...changes.at(atMs)].map(([path]) => path)
      expect(named.toSorted()).toEqual([...then.paths()].toSorted())
    }
  })
})

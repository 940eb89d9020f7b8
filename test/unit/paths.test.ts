import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparePaths, isWithin, nameOf, parentOf, relPathProblem, toRelPath } from '../../common/paths.ts'
import { rel } from '../fixtures/entries.ts'

describe('relative paths', () => {
  it.each(['a/../b', '..', './a', 'a//b', '/a', 'a/', 'a\0b', 'a/\ud800/b'])('refuses %j', (path) => {
    expect(relPathProblem(path)).toBeDefined()
    expect(() => toRelPath(path)).toThrow(/cannot be used/)
  })

  it.each(['', 'a', '..foo', '...', 'a b/ü/𝄞', ' leading', 'C:\\x', '.hidden', 'e\u0301'])(
    'takes %j exactly as it is',
    (path) => {
      expect(toRelPath(path)).toBe(path)
    },
  )

  it('orders as the bytes of UTF-8 do, for every pair of strings', () => {
    const path = string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text.isWellFormed())
    assert(
      property(
        path,
        path,
        (a, b) => Math.sign(comparePaths(a, b)) === Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
      ),
      { numRuns: 20_000, seed: 7 },
    )
    expect(comparePaths('\uffff', '\u{10000}')).toBeLessThan(0)
  })

  it('knows what is below what, by segments', () => {
    expect(isWithin(rel('a/b'), rel('a'))).toBe(true)
    expect(isWithin(rel('ab'), rel('a'))).toBe(false)
    expect(isWithin(rel('a'), rel(''))).toBe(true)
    expect([parentOf(rel('a/b/c')), nameOf(rel('a/b/c')), parentOf(rel('a'))]).toEqual(['a/b', 'c', ''])
  })
})

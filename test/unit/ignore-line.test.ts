import ignore from 'ignore'
import { describe, expect, it } from 'vitest'
import { ignoreLineFor, ignoreLineForDirectory, ignoreLineForEnding } from '../../common/ignore-line.ts'
import { seededRandom } from '../fakes/host.ts'

const leavesOut = (line: string, path: string): boolean => ignore({ allowRelativePaths: true }).add(line).ignores(path)

describe('the line that names one file', () => {
  it.each([
    'notes.txt',
    'a/b c/d.txt',
    '#1.txt',
    '!important',
    'a[1].txt',
    'what?.txt',
    '*.txt',
    String.raw`back\slash`,
    'ends in spaces  ',
    ' begins with one',
    'a/**/b',
    'ümlaut/日本.png',
    '{a,b}.txt',
  ])('leaves out %j and nothing that looks like it', (path) => {
    const line = ignoreLineFor(path) ?? ''
    expect(leavesOut(line, path)).toBe(true)
    expect(leavesOut(line, `elsewhere/${path}`)).toBe(false)
    expect(leavesOut(line, `${path}x`)).toBe(false)
    expect(leavesOut(line, `x${path}`)).toBe(false)
  })

  it('is so for random names of the characters that patterns are made of (seed 7)', () => {
    const random = seededRandom(7)
    const letters = ['a', 'b', '*', '?', '[', ']', '\\', '!', '#', ' ', '-', '.', '{', '}', '/']
    for (let round = 0; round < 3_000; round++) {
      const raw = Array.from(
        { length: 1 + Math.floor(random.next() * 8) },
        () => letters[Math.floor(random.next() * letters.length)],
      )
      const path = raw
        .join('')
        .split('/')
        .filter((name) => name !== '' && name !== '.' && name !== '..')
        .join('/')
      const line = ignoreLineFor(path)
      if (line === undefined) continue
      expect([path, leavesOut(line, path)]).toEqual([path, true])
      expect([path, leavesOut(line, `${path}z`)]).toEqual([path, false])
      expect([path, leavesOut(line, `z/${path}`)]).toEqual([path, false])
    }
  })

  it('does not exist for a name that a line cannot hold', () => {
    expect(ignoreLineFor('a\nb')).toBeUndefined()
    expect(ignoreLineFor('')).toBeUndefined()
  })
})

describe('wider lines', () => {
  it('take all files of an ending, or a whole directory', () => {
    expect(ignoreLineForEnding('a/big.iso')).toBe('*.iso')
    expect(ignoreLineForEnding('.bashrc')).toBeUndefined()
    expect(ignoreLineForEnding('a.b/README')).toBeUndefined()
    expect(ignoreLineForDirectory('a [1]/b/c.txt')).toBe(String.raw`/a \[1\]/b/`)
    expect(ignoreLineForDirectory('c.txt')).toBeUndefined()
  })
})

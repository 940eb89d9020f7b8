import { describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import type { TextEvidence } from '../../common/protocol.ts'
import { copyPath, namedCopyPath } from '../../main/conflicts/copy-name.ts'
import { createMatch, createRules } from '../../main/conflicts/rules.ts'
import { compareTexts, mergeTexts, textOf } from '../../main/conflicts/text.ts'
import { seededRandom } from '../fakes/host.ts'
import { rel } from './state-support.ts'

const SEED = Number(process.env['SEED'] ?? 20_261_121)

/** Lines of which many are the same, as in programs and tables. */
function randomLines(random: () => number, count: number): string[] {
  return Array.from({ length: count }, () => (random() < 0.4 ? '}' : `line ${Math.floor(random() * 40)}`))
}

/** Changes, removes and adds lines between two places. */
function edited(lines: readonly string[], random: () => number, [from, to]: readonly [number, number]): string[] {
  const result: string[] = []
  for (const [at, line] of lines.entries()) {
    const dice = at >= from && at < to ? random() : 1
    if (dice < 0.2) result.push(`edit ${Math.floor(random() * 1e9)}`)
    else if (dice >= 0.3) result.push(line)
    if (dice < 0.1) result.push(`new ${Math.floor(random() * 1e9)}`)
  }
  return result
}

const join = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** What the comparison says each side has, for as much as it shows. */
function shownOf({ hunks }: TextEvidence, side: 'local' | 'remote'): readonly string[] {
  return hunks.flatMap(({ lines }) => lines.filter(({ at }) => at === 'both' || at === side).map(({ text }) => text))
}

describe('comparing texts', () => {
  it(`shows of each side only lines that are there, in their order (seed ${SEED})`, () => {
    const random = seededRandom(SEED)
    for (let turn = 0; turn < 300; turn++) {
      const base = randomLines(() => random.next(), 60)
      const local = edited(base, () => random.next(), [0, 60])
      const remote = edited(base, () => random.next(), [0, 60])
      const compared = compareTexts(join(local), join(remote))!
      for (const [side, lines] of [
        ['local', local],
        ['remote', remote],
      ] as const) {
        let at = -1
        for (const text of shownOf(compared, side)) {
          at = lines.indexOf(text, at + 1)
          expect(at, `${text} of turn ${turn}`).toBeGreaterThanOrEqual(0)
        }
      }
      expect(local.length - compared.onlyLocal).toBe(remote.length - compared.onlyRemote)
    }
  })

  it('says where each stretch begins, and cuts what is too much to show', () => {
    const lines = Array.from({ length: 3000 }, (_, line) => `line ${line}`)
    const other = lines.map((line, at) => (at === 1000 ? 'other' : line))
    expect(compareTexts(join(lines), join(other))).toMatchObject({
      onlyLocal: 1,
      onlyRemote: 1,
      isCut: false,
      hunks: [{ localLine: 998, remoteLine: 998, lines: { length: 8 } }],
    })
    const all = compareTexts(join(lines), join(lines.map((line) => `${line}!`)))!
    expect([all.isCut, all.onlyLocal, all.hunks.flatMap((hunk) => hunk.lines).length]).toEqual([true, 3000, 600])
  })

  it('gives up on texts that would take minutes', () => {
    const same = 'x\n'.repeat(20_000)
    expect(compareTexts(`1\n${same}2\n`, `3\n${same}4\n`)).toBeUndefined()
    expect(mergeTexts(`1\n${same}2\n`, `0\n${same}0\n`, `3\n${same}4\n`)).toEqual({ why: 'costly' })
  })

  it('takes only UTF-8 without NUL for text', () => {
    expect(textOf(Buffer.from('Grüße 👋'))).toBe('Grüße 👋')
    expect(textOf(Buffer.from('a\0b'))).toBeUndefined()
    expect(textOf(Buffer.from([0xff, 0xfe, 0x41]))).toBeUndefined()
    expect(textOf(Buffer.from('\ufeffa'))).toBe('\ufeffa')
  })
})

describe('merging texts', () => {
  it(`has the edits of both, where they are in different places (seed ${SEED})`, () => {
    const random = seededRandom(SEED)
    let merged = 0
    for (let turn = 0; turn < 300; turn++) {
      const base = Array.from({ length: 60 }, (_, line) => (line % 7 === 0 ? '' : `line ${line}`))
      const [top, bottom] = [edited(base, () => random.next(), [0, 25]), edited(base, () => random.next(), [35, 60])]
      const wanted = [...top.slice(0, top.length - 30), ...base.slice(30, 35), ...bottom.slice(35)]
      const done = mergeTexts(join(top), join(base), join(bottom))
      if (!('text' in done)) continue
      merged++
      expect(done.text).toBe(join(wanted))
    }
    expect(merged).toBeGreaterThan(290)
  })

  it('takes the same edit of both once, and refuses different ones of one line', () => {
    expect(mergeTexts('a\nB\n', 'a\nb\n', 'a\nB\n')).toEqual({ text: 'a\nB\n' })
    expect(mergeTexts('a\nB\n', 'a\nb\n', 'a\nC\n')).toEqual({ why: 'overlap' })
    expect(mergeTexts('a\n', 'a\nb\n', 'a\nC\n')).toEqual({ why: 'overlap' })
    expect(mergeTexts('x\na\nb', 'a\nb', 'a\nb')).toEqual({ text: 'x\na\nb' })
  })
})

describe('the name of a copy', () => {
  const naming = { hostName: 'ada’s mac.local', nowMs: Date.UTC(2026, 10, 21) }
  it.each([
    ['docs/a.txt', 'docs/a (adasmac 2026-11-21).txt'],
    ['.profile', '.profile (adasmac 2026-11-21)'],
    ['archive.tar.gz', 'archive.tar (adasmac 2026-11-21).gz'],
    ['no ending', 'no ending (adasmac 2026-11-21)'],
    ['v1.2 final notes and then some', 'v1.2 final notes and then some (adasmac 2026-11-21)'],
  ])('of %s is %s', (path, copy) => {
    expect(copyPath(rel(path), naming)).toBe(copy)
  })

  it('keeps its ending and its mark where it would be too long, and its characters whole', () => {
    const copy = copyPath(rel(`${'👩‍🚀'.repeat(22)}.docx`), naming, 3)
    expect(Buffer.byteLength(copy)).toBeLessThanOrEqual(255)
    expect(copy).toMatch(/ \(adasmac 2026-11-21 3\)\.docx$/)
    expect(copy.isWellFormed()).toBe(true)
  })

  it('is checked where a person gives it', () => {
    expect(namedCopyPath(rel('docs/a.txt'), 'b.txt', 'posix')).toBe('docs/b.txt')
    for (const name of ['', 'a.txt', 'x/y', '..', 'a\0b'])
      expect(() => namedCopyPath(rel('docs/a.txt'), name, 'posix')).toThrow()
    expect(() => namedCopyPath(rel('a.txt'), 'a:b.txt', 'win32')).toThrow(/Windows/)
  })
})

describe('the pattern of a rule', () => {
  it.each([
    ['*.xlsx', ['a.xlsx', 'b/c.xlsx'], ['a.xls', 'xlsx']],
    ['docs/', ['docs/a', 'x/docs/b/c'], ['docs']],
    ['/docs', ['docs/a', 'docs'], ['x/docs/a']],
    ['*', ['a', 'b/c'], []],
  ])('%s takes as .gitignore does', (pattern, taken, left) => {
    const takes = createMatch(pattern)
    expect([taken.map((path) => takes(rel(path))), left.map((path) => takes(rel(path)))]).toEqual([
      taken.map(() => true),
      left.map(() => false),
    ])
  })

  it('of the first rule that takes a path decides', () => {
    const ruleFor = createRules([
      { pattern: '*.md', resolution: 'newest' },
      { pattern: 'docs/', resolution: 'keep-both' },
    ])
    expect(['docs/a.md', 'docs/a.txt', 'b.txt'].map((path) => ruleFor(path as RelPath)?.resolution)).toEqual([
      'newest',
      'keep-both',
      undefined,
    ])
  })
})

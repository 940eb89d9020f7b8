import { describe, expect, it } from 'vitest'
import type { MomentView } from '../../common/protocol.ts'
import {
  earlierMoment,
  inputValue,
  laterMoment,
  momentOfInput,
  momentWords,
} from '../../renderer/views/restore/moment-text.ts'
import { parseRestoreSection, restoreSection } from '../../renderer/views/restore/section.ts'
import { textDiff } from '../../renderer/views/restore/text-diff.ts'

const at = (fromMs: number, change: Partial<MomentView> = {}): MomentView => ({
  fromMs,
  toMs: fromMs + 10,
  added: 0,
  replaced: 0,
  deleted: 0,
  ...change,
})
/** Newest first, as they are answered. */
const MOMENTS = [at(3000, { deleted: 2 }), at(2000, { replaced: 1, added: 4 }), at(1000, { added: 9 })]

describe('stepping through changes', () => {
  it('goes to the moment before each, never before the very first, and ends at now', () => {
    expect(earlierMoment(undefined, MOMENTS)).toBe(2999)
    expect(earlierMoment(2999, MOMENTS)).toBe(1999)
    expect(earlierMoment(1999, MOMENTS)).toBeUndefined()
    expect(laterMoment(1999, MOMENTS)).toBe(2999)
    expect(laterMoment(2999, MOMENTS)).toBe('now')
    expect(laterMoment(undefined, MOMENTS)).toBeUndefined()
    expect(earlierMoment(undefined, [])).toBeUndefined()
  })

  it('is said by the changes around it', () => {
    expect(momentWords(undefined, MOMENTS, 0).when).toBe('As it is now')
    expect(momentWords(1999, MOMENTS, 0).between).toMatch(/^before the change of .* \(4 added, 1 replaced\)$/)
    expect(momentWords(2005, MOMENTS, 0).between).toMatch(/^in the middle of the change of /)
    expect(momentWords(9999, MOMENTS, 0).between).toMatch(/^after the change of /)
    expect(momentWords(9999, [], 0).between).toBe('')
    const known = [at(3000, { changed: 2, deleted: 1 })]
    expect(momentWords(1999, known, 0).between).toMatch(/\(2 changed, 1 deleted\)$/)
  })

  it('takes a typed second as a whole, and what is no moment as none', () => {
    const second = new Date(2026, 10, 21, 14, 2, 9).getTime()
    expect(inputValue(second + 400)).toBe('2026-11-21T14:02:09')
    expect(momentOfInput('2026-11-21T14:02:09')).toBe(second + 999)
    expect(momentOfInput('')).toBeUndefined()
    expect(momentOfInput('2026-13-45T00:00')).toBeUndefined()
  })
})

describe('the address of the screen', () => {
  it('carries a folder and any path of it', () => {
    for (const path of ['', 'a', 'a/b c.txt', 'ü:%~#?/ø', 'evil\u202egpj.exe'])
      expect(parseRestoreSection(restoreSection('d0c0', path))).toEqual({ folderId: 'd0c0', path })
    expect(parseRestoreSection('d0c0:%E0%A4%A')).toEqual({ folderId: 'd0c0', path: '' })
    expect(restoreSection('d0c0', 'a/b')).not.toContain('/')
  })
})

describe('comparing two texts', () => {
  const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}\n`).join('')

  it('shows what was removed and added with a few lines around, and counts both', () => {
    const before = lines(20)
    const diff = textDiff(before, before.replace('line 10\n', 'ten\neleven\n'))
    expect(diff).toMatchObject({ added: 2, removed: 1 })
    expect(diff?.parts.map(({ kind, lines: shown, hidden }) => [kind, shown.length, hidden])).toEqual([
      ['same', 0, 7],
      ['same', 3, 0],
      ['removed', 1, 0],
      ['added', 2, 0],
      ['same', 3, 0],
      ['same', 0, 6],
    ])
  })

  it('gives both texts back from its parts, whatever they are', () => {
    const texts = ['', 'a\n', 'a\nb\na\n', 'b\n', 'a\r\nb\n', 'x\ny\nz\nx\n', 'z\nx\n', '\n\n\na\n']
    for (const older of texts)
      for (const newer of texts.filter((text) => text !== older)) {
        const diff = textDiff(older, newer)
        const side = (without: 'added' | 'removed'): string =>
          (diff?.parts ?? []).flatMap((part) => (part.kind === without ? [] : part.lines)).join('\n')
        const plain = (text: string): string => text.replace(/\r?\n$/, '').replace(/\r/g, '')
        expect(side('added'), `${JSON.stringify(older)} -> ${JSON.stringify(newer)}`).toBe(plain(older))
        expect(side('removed'), `${JSON.stringify(older)} -> ${JSON.stringify(newer)}`).toBe(plain(newer))
      }
  })

  it('gives up at once where two long texts would take too long', () => {
    expect(textDiff('a\n'.repeat(50_000), `b\n${'a\n'.repeat(40_000)}c\n`)).toBeUndefined()
  })
})

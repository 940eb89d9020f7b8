import { describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import {
  DISTINCT_NAMES,
  foldPath,
  formatFolding,
  isFolding,
  mayBeOne,
  parseFolding,
  type NameFolding,
} from '../../common/name-folding.ts'

const SIMPLE: NameFolding = { case: 'simple', normalization: false }
const FULL: NameFolding = { case: 'full', normalization: false }
const FORMS: NameFolding = { case: 'distinct', normalization: true }
const BOTH: NameFolding = { case: 'full', normalization: true }

const isOne = (a: string, b: string, folding: NameFolding): boolean =>
  foldPath(a as RelPath, folding) === foldPath(b as RelPath, folding)

describe('folded paths', () => {
  it.each<[string, string, readonly NameFolding[]]>([
    ['Report.txt', 'rEPORT.TXT', [SIMPLE, FULL, BOTH]],
    ['Photos/a.jpg', 'photos/A.JPG', [SIMPLE, FULL, BOTH]],
    ['ÄRGER', 'ärger', [SIMPLE, FULL, BOTH]],
    ['caf\u00e9', 'cafe\u0301', [FORMS, BOTH]],
    ['CAF\u00c9', 'cafe\u0301', [BOTH]],
    ['Straße', 'STRASSE', [FULL, BOTH]],
    ['STRAẞE', 'straße', [SIMPLE, FULL, BOTH]],
    ['ΟΔΟΣ', 'οδος', [SIMPLE, FULL, BOTH]],
    ['οδος', 'οδοσ', [SIMPLE, FULL, BOTH]],
    ['\u1e9b\u0323', '\u1e69', [BOTH]],
    ['ılık', 'ilik', []],
    ['file', '\ufb01le', [FULL, BOTH]],
    ['a', 'b', []],
    ['a/b', 'a\u2215b', []],
    ['Ａ', 'A', []],
  ])('of %j and %j are one where they should be', (a, b, where) => {
    for (const folding of [DISTINCT_NAMES, SIMPLE, FULL, FORMS, BOTH])
      expect(isOne(a, b, folding), formatFolding(folding)).toBe(where.includes(folding))
    expect(mayBeOne(a as RelPath, b as RelPath)).toBe(where.length > 0)
  })

  it('agree, character by character, with what the regular expressions of the runtime take for one', () => {
    const wrong: string[] = []
    for (let code = 0; code < 0x20000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue
      const character = String.fromCodePoint(code)
      const folded = foldPath(character as RelPath, SIMPLE)
      // Escaped by its number: many characters mean something in a pattern.
      const pattern = new RegExp(`^\\u{${folded.codePointAt(0)!.toString(16)}}$`, 'iu')
      if (folded !== character && !pattern.test(character)) wrong.push(`${code.toString(16)} is ${folded}`)
      if (foldPath(folded as RelPath, SIMPLE) !== folded) wrong.push(`${code.toString(16)} folds twice`)
      const full = foldPath(character as RelPath, BOTH)
      if (foldPath(full as RelPath, BOTH) !== full) wrong.push(`${code.toString(16)} folds twice, fully`)
    }
    expect(wrong).toEqual([])
  })

  it('cost nothing where every spelling is a path of its own', () => {
    expect(isFolding(DISTINCT_NAMES)).toBe(false)
    const path = 'É/Straße' as RelPath
    expect(foldPath(path, DISTINCT_NAMES)).toBe(path)
  })

  it('are written into state as what they are, and anything else there is no folding', () => {
    for (const folding of [DISTINCT_NAMES, SIMPLE, FULL, FORMS, BOTH])
      expect(parseFolding(formatFolding(folding))).toEqual(folding)
    for (const text of [undefined, '', 'constructor', 'odd+normal']) expect(parseFolding(text)).toEqual(DISTINCT_NAMES)
  })
})

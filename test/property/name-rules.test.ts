import { describe, expect, it } from 'vitest'
import { decodeName, encodeName, isTooLong, nameProblem, type NameRules } from '../../common/name-rules.ts'
import { seededRandom } from '../fakes/host.ts'
import { HOSTILE_NAMES, WINDOWS_DEVICES } from '../fixtures/hostile-names.ts'
import { say, type Wording } from '../../common/messages/wording.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_206)
const NAMES = Number(process.env['TIDEKEEP_NAMES'] ?? 100_000)
const EVERY_RULE: readonly NameRules[] = ['posix', 'win32', 'onedrive', 'onedrive-root']

/** Pieces that mean something to some rule, their look-alikes, the mark, and what stands between. */
const PIECES = [
  ...Array.from('"*:<>?\\|\u0000\u0001\t\r\u001f\u007f'),
  ...Array.from('\uff02\uff0a\uff1a\uff1c\uff1e\uff1f\uff3c\uff5c\u2400\u2401\u241f\u2420\uff0e\uff5e\uff0f'),
  ...Array.from('\u201b\u201b\u201b\u201b'),
  ...Array.from(' .~$_-ab\u00a0\ufeffé漢'),
  '𝄞',
  'e\u0301',
  '~$',
  '..',
  '_vti_',
  '_vti_vti_',
  'VTI_',
  'vti_',
  'forms',
  'Forms',
  '.lock',
  'desktop.ini',
  'Desktop.INI',
  ...WINDOWS_DEVICES,
  ...WINDOWS_DEVICES.map((name) => name.toLowerCase()),
  '.txt',
]

function* randomNames(count: number): Generator<string> {
  const random = seededRandom(SEED)
  const below = (limit: number): number => Math.floor(random.next() * limit)
  for (let made = 0; made < count; made++) {
    const pieces = below(4) === 0 ? 1 + below(12) : 1 + below(4)
    yield Array.from({ length: pieces }, () => PIECES[below(PIECES.length)]!).join('')
  }
  for (const name of HOSTILE_NAMES) if (name !== '' && !name.includes('/') && name.isWellFormed()) yield name
}

/** Every name made of up to `length` of these characters. */
function* everyName(characters: readonly string[], length: number): Generator<string> {
  if (length === 0) return
  for (const first of characters) {
    yield first
    for (const rest of everyName(characters, length - 1)) yield first + rest
  }
}

const said = (problem: Wording | undefined): string => (problem === undefined ? '' : say(problem))

describe.each(EVERY_RULE)(`${NAMES} random names under the rules of %s (seed ${SEED})`, (rules) => {
  /** Only its length may still be at fault: that is for the caller to look at. */
  const isLegal = (name: string): boolean => {
    const problem = nameProblem(name, rules)
    return problem === undefined || isTooLong(problem)
  }

  it('become names that it can hold, and come back unchanged', () => {
    const lost: string[] = []
    const encodedBy = new Map<string, string>()
    for (const name of randomNames(NAMES)) {
      const encoded = encodeName(name, rules)
      const twin = encodedBy.get(encoded)
      if (decodeName(encoded, rules) !== name) lost.push(`${JSON.stringify(name)} comes back as another`)
      if (!isLegal(encoded)) lost.push(`${JSON.stringify(name)} becomes the illegal ${JSON.stringify(encoded)}`)
      if (twin !== undefined && twin !== name) lost.push(`${JSON.stringify(name)} and ${JSON.stringify(twin)} are one`)
      encodedBy.set(encoded, name)
    }
    expect(lost.slice(0, 5)).toEqual([])
  })

  it('that it holds already, by whoever made them, decode to names that encode to them again', () => {
    const lost: string[] = []
    let legal = 0
    for (const held of randomNames(NAMES)) {
      if (nameProblem(held, rules) !== undefined) continue
      legal++
      const back = encodeName(decodeName(held, rules), rules)
      if (back !== held) lost.push(`${JSON.stringify(held)} becomes ${JSON.stringify(back)}`)
    }
    expect(lost.slice(0, 5)).toEqual([])
    expect(legal).toBeGreaterThan(NAMES / 10)
  })

  it('and every short one of the characters that matter does both', () => {
    const wrong = [...everyName([' ', '.', '\u201b', ':', '\uff1a', '\u2400', '~', '_', 'v'], 6)].filter((name) => {
      const encoded = encodeName(name, rules)
      const isHeld = nameProblem(name, rules) === undefined
      return (
        decodeName(encoded, rules) !== name ||
        !isLegal(encoded) ||
        (isHeld && encodeName(decodeName(name, rules), rules) !== name)
      )
    })
    expect(wrong.slice(0, 5)).toEqual([])
  })
})

describe('an encoded name', () => {
  it.each<[string, NameRules, string]>([
    ['report.txt', 'onedrive', 'report.txt'],
    ['12:30 "noon"?.txt', 'onedrive', '12\uff1a30 \uff02noon\uff02\uff1f.txt'],
    ['a\uff1ab', 'onedrive', 'a\u201b\uff1ab'],
    ['a\u201bb', 'onedrive', 'a\u201bb'],
    ['a\u201b:b', 'win32', 'a\u201b\u201b\uff1ab'],
    ['tab\there', 'win32', 'tab\u2409here'],
    ['CON', 'win32', '\u201bCON'],
    ['nul.tar.gz', 'win32', '\u201bnul.tar.gz'],
    ['nul.tar.gz', 'onedrive', 'nul.tar.gz'],
    ['\u201bCON', 'win32', '\u201b\u201bCON'],
    ['etc.', 'win32', 'etc.\u201b'],
    [' x ', 'onedrive', '\u201b x \u201b'],
    ['~$letter.docx', 'onedrive', '\u201b~$letter.docx'],
    ['my_vti_cnf', 'onedrive', 'my_\u201bvti_cnf'],
    ['forms', 'onedrive', 'forms'],
    ['Forms', 'onedrive-root', '\u201bForms'],
    ['Desktop.ini', 'onedrive', '\u201bDesktop.ini'],
    ['..', 'posix', '\u201b..'],
    ['a:b*c ', 'posix', 'a:b*c '],
  ])('of %j for %s is %j', (name, rules, encoded) => {
    expect(encodeName(name, rules)).toBe(encoded)
    expect(decodeName(encoded, rules)).toBe(name)
  })

  it('may be too long, which its rules then say', () => {
    const encoded = encodeName(`${'a'.repeat(255)}.`, 'onedrive')
    expect(said(nameProblem(encoded, 'onedrive'))).toContain('longer than 255 characters')
    expect(said(nameProblem('漢'.repeat(86), 'posix'))).toContain('longer than 255 bytes')
    expect(nameProblem('漢'.repeat(85), 'posix')).toBeUndefined()
    expect(said(nameProblem('𝄞'.repeat(64), 'posix'))).toContain('longer than 255 bytes')
    expect(nameProblem(`${'𝄞'.repeat(63)}abc`, 'posix')).toBeUndefined()
  })
})

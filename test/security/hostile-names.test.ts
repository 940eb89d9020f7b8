import { closeSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, win32 } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isTidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import type { NameRules } from '../../common/name-rules.ts'
import { assertStorable } from '../../main/providers/local/names.ts'
import { SafeRoot } from '../../workers/fs/safe-root.ts'
import { pathProblem } from '../../workers/fs/segments.ts'
import { HOSTILE_NAMES, WINDOWS_DEVICES } from '../fixtures/hostile-names.ts'
import { say } from '../../common/messages/wording.ts'

let base: string
let root: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tidekeep-names-'))
  root = join(base, 'root')
  mkdirSync(root)
  mkdirSync(join(base, 'root2'))
  writeFileSync(join(base, 'victim'), 'precious')
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** Every path below `directory`, as bytes: what cannot be seen as text is seen, too. */
function everythingBelow(directory: string): readonly string[] {
  const found: string[] = []
  const walk = (at: Buffer, below: string): void => {
    for (const name of readdirSync(at, 'buffer')) {
      const path = below + name.toString('hex')
      found.push(path)
      const full = Buffer.concat([at, Buffer.from('/'), name])
      if (lstatSync(full).isDirectory()) walk(full, `${path}${SLASH}`)
    }
  }
  walk(Buffer.from(directory), '')
  return found
}

const hex = (text: string): string => Buffer.from(text, 'utf8').toString('hex')
const SLASH = hex('/')

/** What a disk of Windows would do with an accepted name, by Node's own rules of Windows paths and a list of devices. */
function winsAstray(path: string): string | undefined {
  const full = win32.resolve('C:\\base\\root', path)
  if (win32.relative('C:\\base\\root', full) !== path.replaceAll('/', '\\')) return `becomes ${full}`
  for (const segment of path.split('/')) {
    if (segment.replace(/[. ]+$/, '') !== segment) return 'loses its end'
    const stem = segment.split('.')[0]!.trimEnd().toUpperCase()
    if (WINDOWS_DEVICES.includes(stem)) return `is the device ${stem}`
    const characters = Array.from(segment)
    if (characters.some((character) => character < ' ' || '<>:"\\|?*'.includes(character))) return 'is forbidden'
    if (segment.length > 255) return 'is too long'
  }
  return undefined
}

describe(`${HOSTILE_NAMES.length} hostile names`, () => {
  it('are at least the four hundred the design asks for', () => {
    expect(HOSTILE_NAMES.length).toBeGreaterThanOrEqual(400)
  })

  it.each([
    { rules: 'posix', portable: false },
    { rules: 'win32', portable: false },
    { rules: 'posix', portable: true },
    { rules: 'win32', portable: true },
  ] as const)('land exactly where they say or are refused: $rules, looking at each parent: $portable', (options) => {
    const untouched = everythingBelow(base)
    const astray: string[] = []
    let written = 0
    for (const [index, name] of HOSTILE_NAMES.entries()) {
      const own = join(root, String(index))
      mkdirSync(own)
      const before = everythingBelow(base)
      const safe = SafeRoot.open(own, options)
      const path = name as RelPath
      try {
        safe.makeDirectories(path.slice(0, Math.max(path.lastIndexOf('/'), 0)) as RelPath)
        closeSync(safe.createFile(path))
        written++
        const landed = everythingBelow(own).includes(hex(name))
        if (!landed) astray.push(`${JSON.stringify(name)} landed elsewhere`)
      } catch (error) {
        const isSystemRefusal = (error as NodeJS.ErrnoException).code === 'ENAMETOOLONG'
        if (!isTidekeepError(error) && !isSystemRefusal) astray.push(`${JSON.stringify(name)}: ${String(error)}`)
      }
      safe.close()
      rmSync(own, { recursive: true, force: true })
      if (everythingBelow(base).length !== before.length - 1) astray.push(`${JSON.stringify(name)} wrote outside`)
    }
    expect(astray).toEqual([])
    expect(everythingBelow(base)).toEqual(untouched)
    // A check that refuses everything would pass all of the above.
    expect(written).toBeGreaterThan(options.rules === 'posix' ? 200 : 60)
  })

  it('that the rules of Windows let through mean the same file there', () => {
    const accepted = HOSTILE_NAMES.filter((name) => name !== '' && pathProblem(name, 'win32') === undefined)
    expect(accepted.filter((name) => winsAstray(name) !== undefined)).toEqual([])
    expect(accepted.length).toBeGreaterThan(60)
    // And what they refuse is refused for a reason: the other oracle, or the general rules, object as well.
    const refused = HOSTILE_NAMES.filter((name) => pathProblem(name, 'win32') !== undefined)
    const needlessly = refused.filter(
      (name) => winsAstray(name) === undefined && pathProblem(name, 'posix') === undefined,
    )
    expect(needlessly).toEqual([])
  })

  it.each(['...', '..foo', '..foo/x', 'foo..', '.../x', '..../x', '~', '-rf'])('leave the legal %j alone', (name) => {
    expect(pathProblem(name, 'posix')).toBeUndefined()
    const isLegalOnWindows = winsAstray(name) === undefined
    expect(pathProblem(name, 'win32') === undefined).toBe(isLegalOnWindows)
  })

  it.each<NameRules>(['posix', 'win32'])(
    'are refused by %s in words that a terminal can print in one line',
    (rules) => {
      for (const name of HOSTILE_NAMES) {
        const problem = pathProblem(name, rules)
        // eslint-disable-next-line no-control-regex
        if (problem !== undefined) expect(say(problem)).toMatch(/^[^\u0000-\u001f\u007f]{10,120}$/)
      }
    },
  )
})

describe("Tidekeep's own folder at a target", () => {
  it.each([
    '.tidekeep/target.json',
    '.tidekeep/tmp/x',
    '.tidekeep',
    '.TIDEKEEP/target.json',
    '.Tidekeep/tmp/x',
    '.tidekeep./target.json',
    '.tidekeep /target.json',
    'TIDEKE~1/target.json',
    'tideke~2/tmp/x',
    '.tide\u200ckeep/target.json',
    '\ufeff.tidekeep/target.json',
  ])('cannot be reached as %j, which some disk takes for it', (path) => {
    expect(() => assertStorable(root, path as RelPath)).toThrowError(/Tidekeep needs that place itself/)
  })

  it.each(['.tidekeep2/x', 'tidekeep/x', '.tidekeepignore', 'a/.TIDEKEEP/x', 'tideke~x/y', '.tidekeep/kept/2026/a'])(
    'does not keep %j from being stored',
    (path) => {
      expect(() => assertStorable(root, path as RelPath)).not.toThrow()
    },
  )
})

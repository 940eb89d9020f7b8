import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import ignore from 'ignore'
import { afterEach, describe, expect, it } from 'vitest'
import { createIgnoreCheck } from '../../main/engine/scan/ignore-check.ts'
import { createCouldMatch } from '../../workers/ignore/could-match.ts'
import { IgnoreTree, orderOuterLines } from '../../workers/ignore/explain.ts'
import { IgnoreLevel } from '../../workers/ignore/ignore-level.ts'
import { excludeLines, includeLines } from '../../workers/ignore/selection.ts'
import { WideLine } from '../../workers/ignore/wide-line.ts'
import { seededRandom } from '../fakes/host.ts'

const places: string[] = []
const freshPlace = (): string => {
  const place = mkdtempSync(join(tmpdir(), 'tidekeep-ignore-'))
  places.push(place)
  return place
}
afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true })
})

/** Rules by the directory they stand in; 'info' and 'excludes' are git's outer files: folder and global lines. */
interface Rules {
  readonly global?: readonly string[]
  readonly folder?: readonly string[]
  readonly files?: Readonly<Record<string, readonly string[]>>
}

function treeOf({ global = [], folder = [], files = {} }: Rules): IgnoreTree {
  return new IgnoreTree(orderOuterLines({ global, folder }), (path) => files[path]?.join('\n'))
}

/** Paths as they are asked: a trailing '/' says directory. */
const split = (asked: string): readonly [string, boolean] =>
  asked.endsWith('/') ? [asked.slice(0, -1), true] : [asked, false]

function ours(rules: Rules, asked: readonly string[]): readonly string[] {
  const tree = treeOf(rules)
  return asked.map((one) => {
    const verdict = tree.explain(...split(one))
    return verdict.ignored ? `${verdict.source}:${verdict.line}:${verdict.pattern.trimEnd()}` : '-'
  })
}

/** What the real git says, in a repository that has the paths. */
function gits(rules: Rules, asked: readonly string[]): readonly string[] {
  const repository = freshPlace()
  const git = (args: readonly string[], input = ''): string =>
    spawnSync('git', ['-c', 'core.excludesFile=.git/global', '-c', 'core.ignoreCase=false', ...args], {
      cwd: repository,
      input,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    }).stdout
  git(['init', '-q'])
  writeFileSync(join(repository, '.git/global'), (rules.global ?? []).join('\n'))
  mkdirSync(join(repository, '.git/info'), { recursive: true })
  writeFileSync(join(repository, '.git/info/exclude'), (rules.folder ?? []).join('\n'))
  for (const [path, isDirectory] of asked.map(split)) {
    mkdirSync(join(repository, isDirectory ? path : dirname(path)), { recursive: true })
    if (!isDirectory) writeFileSync(join(repository, path), '')
  }
  for (const [path, lines] of Object.entries(rules.files ?? {})) {
    const file = join(repository, path.replace(/\.tidekeepignore$/, '.gitignore'))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, lines.join('\n'))
  }
  const input = asked.map((one) => `${split(one)[0]}\0`).join('')
  const fields = git(['check-ignore', '-v', '-n', '-z', '--no-index', '--stdin'], input).split('\0')
  return asked.map((_, index) => {
    const [source = '', line = '', pattern = ''] = fields.slice(index * 4, index * 4 + 3)
    if (source === '' || pattern.startsWith('!')) return '-'
    const named = source
      .replace(/^\.git\/global$/, 'global')
      .replace(/^\.git\/info\/exclude$/, 'folder')
      .replace(/\.gitignore$/, '.tidekeepignore')
    return `${named}:${line}:${pattern.trimEnd()}`
  })
}

const TABLE: readonly (readonly [name: string, rules: Rules, asked: readonly string[]])[] = [
  ['a plain name at any depth', { folder: ['foo'] }, ['foo', 'a/foo/', 'a/foo/b', 'foobar', 'a/barfoo']],
  ['a leading slash anchors', { folder: ['/foo'] }, ['foo', 'a/foo']],
  ['a slash inside anchors', { folder: ['a/foo'] }, ['a/foo/', 'b/a/foo', 'a/foo/x']],
  ['a trailing slash wants a directory', { folder: ['build/'] }, ['build/', 'x/build', 'x/y/build/', 'build/out']],
  ['an anchored directory', { folder: ['/a/b/'] }, ['a/b/', 'c/a/b/', 'a/b/c']],
  ['a star stays in its segment', { folder: ['a/*.log'] }, ['a/x.log', 'a/b/x.log', 'x.log']],
  ['a bare star', { folder: ['*'] }, ['x', 'a/', 'a/b']],
  ['a question mark', { folder: ['?.c'] }, ['a.c', 'ab.c', '.c']],
  ['a class', { folder: ['[ab].txt', '[!x]z', '[0-9]n'] }, ['a.txt', 'c.txt', 'yz', 'xz', '5n', 'nn']],
  ['a named class', { folder: ['[[:digit:]]q'] }, ['1q', 'aq']],
  ['an open class', { folder: ['[ab'] }, ['[ab', 'a', '[a']],
  ['leading double stars', { folder: ['**/tmp'] }, ['tmp', 'a/tmp', 'a/b/tmp', 'atmp']],
  ['trailing double stars', { folder: ['a/**'] }, ['a/', 'a/x', 'a/b/c']],
  ['double stars between', { folder: ['a/**/z'] }, ['a/z', 'a/b/z', 'a/b/c/z', 'az']],
  ['double stars in a name', { folder: ['a**b'] }, ['ab', 'axxb', 'x/ab', 'a/b']],
  ['a negation', { folder: ['*.log', '!keep.log'] }, ['x.log', 'keep.log', 'a/keep.log']],
  ['order decides', { folder: ['!keep.log', '*.log'] }, ['keep.log']],
  ['a parent cannot be undone', { folder: ['d/', '!d/keep'] }, ['d/keep', 'd/']],
  ['contents can', { folder: ['d/*', '!d/keep'] }, ['d/keep', 'd/other', 'd/']],
  ['all but one directory', { folder: ['/*', '!/src', '/src/*', '!/src/a'] }, ['src/', 'src/a', 'src/b', 'x']],
  ['all but one kind', { folder: ['*', '!*/', '!*.jpg'] }, ['a.jpg', 'b/c.jpg', 'b/', 'b/c.txt']],
  ['a comment', { folder: ['#x', String.raw`\#y`] }, ['#x', '#y']],
  ['an escaped mark', { folder: [String.raw`\!z`] }, ['!z', 'z']],
  ['blank lines and blanks at the end', { folder: ['', 'a  ', String.raw`b\ `] }, ['a', 'a  ', 'b ', 'b']],
  ['a blank at the start', { folder: [' c'] }, [' c', 'c']],
  ['a tab at the end', { folder: ['d\t'] }, ['d', 'd\t']],
  ['an escaped star', { folder: [String.raw`f\*`] }, ['f*', 'fx']],
  ['a backslash at the end', { folder: ['g\\'] }, ['g', 'g\\']],
  ['a lone mark', { folder: ['x', '!'] }, ['x']],
  ['a lone slash', { folder: ['/'] }, ['x', 'a/']],
  ['case counts', { folder: ['Foo'] }, ['foo', 'Foo']],
  ['a dot name', { folder: ['.*'] }, ['.a', 'a.b', 'd/.x']],
  ['plain signs', { folder: ['a+(b)|c$^{d}'] }, ['a+(b)|c$^{d}', 'ab']],
  ['not ASCII', { folder: ['é*', '\u{1F600}'] }, ['été', '\u{1F600}', 'ete']],
  ['global below folder', { global: ['*.a', '*.b'], folder: ['!*.a'] }, ['x.a', 'x.b']],
  ['folder below file', { folder: ['*.a'], files: { '.tidekeepignore': ['!x.a'] } }, ['x.a', 'y.a', 'd/x.a']],
  [
    'the deeper file wins',
    { files: { '.tidekeepignore': ['*.log'], 'a/.tidekeepignore': ['!*.log'], 'a/b/.tidekeepignore': ['x.log'] } },
    ['x.log', 'a/x.log', 'a/b/x.log', 'a/b/y.log'],
  ],
  [
    'a file is anchored where it is',
    { files: { 'a/.tidekeepignore': ['/x', 'b/y'] } },
    ['a/x', 'x', 'a/c/x', 'a/b/y', 'b/y'],
  ],
  ['a file says nothing of its siblings', { files: { 'a/.tidekeepignore': ['*'] } }, ['b', 'ab', 'a/']],
  [
    'a deeper file lets a directory through that an outer one names',
    { folder: ['build/'], files: { 'a/.tidekeepignore': ['!build/'] } },
    ['a/build/', 'a/build/x', 'a/build/deep/y', 'build/', 'a/c/build/', 'a/build/build/'],
  ],
  [
    'what is let through is judged by its own name',
    { folder: ['d*', '*.o'], files: { 'a/.tidekeepignore': ['!d[1]'] } },
    ['a/d[1]/', 'a/d1/', 'a/d1/x', 'a/d1/x.o', 'a/d1/dx'],
  ],
  [
    'a directory inside one that was let through is let through as well',
    { folder: ['a', 'a/**'], files: { '.tidekeepignore': ['!a'] } },
    ['a/a/', 'a/a/a', 'a/a/b', 'a/b'],
  ],
  ['an ignored directory keeps its own file out', { folder: ['d/'], files: { 'd/.tidekeepignore': ['!*'] } }, ['d/x']],
  ['a file can ignore itself', { files: { '.tidekeepignore': ['.*'] } }, ['.x', 'x']],
  ['carriage returns', { files: { '.tidekeepignore': ['a\r', 'b\r'] } }, ['a', 'b', 'c']],
  ['a byte order mark', { files: { '.tidekeepignore': ['\u{FEFF}a', 'b'] } }, ['a', 'b']],
]

describe('ignore rules', () => {
  it.each(TABLE)('answer as git check-ignore -v does: %s', (_, rules, asked) => {
    expect(ours(rules, asked)).toEqual(gits(rules, asked))
  })

  it('cover more than 130 paths in that table', () => {
    expect(TABLE.flatMap(([, , asked]) => asked).length).toBeGreaterThan(130)
  })

  it('agree with git on random rules in three places', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', '*', '?', 'a*', '*b', '**', '[ab]', '[!a]')
    const line = fc
      .tuple(
        fc.constantFrom('', '', '!'),
        fc.constantFrom('', '', '/'),
        fc.array(segment, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', '', '/'),
      )
      .map(([mark, anchor, segments, tail]) => `${mark}${anchor}${segments.join('/')}${tail}`)
    const lines = fc.array(line, { maxLength: 4 })
    const names = ['a', 'b', 'ab', 'ba']
    const asked = names.flatMap((x) => [
      `${x}x/`,
      ...names.flatMap((y) => [`${x}/${y}/`, ...names.map((z) => `${x}/${y}/${z}`)]),
    ])
    fc.assert(
      fc.property(lines, lines, lines, (folder, top, deep) => {
        const rules = { folder, files: { '.tidekeepignore': top, 'a/.tidekeepignore': deep } }
        expect(ours(rules, asked)).toEqual(gits(rules, asked))
      }),
      { seed: 20_261_121, numRuns: 40 },
    )
  })

  it('are never kept from the full matcher by the quick look', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '.',
      '*',
      '**',
      '?',
      '/',
      '!',
      '#',
      ' ',
      '[',
      ']',
      '\\',
      '~',
      '$',
      'é',
      '\r',
    )
    const text = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(''))
    const name = fc.array(fc.constantFrom('a', 'b', '.', '~', '$', 'é', ' ', '#', '!'), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), name, fc.boolean(), (lines, pieces, isDirectory) => {
        const asked = `d/${pieces.join('')}x`
        const result = ignore({ ignoreCase: false })
          .add(lines.map((pattern) => ({ pattern })))
          .test(isDirectory ? `${asked}/` : asked)
        const parent = ignore({ ignoreCase: false })
          .add(lines.map((pattern) => ({ pattern })))
          .test('d/')
        if (parent.ignored || (!result.ignored && !result.unignored)) return
        expect(createCouldMatch(lines)(asked.slice(2))).toBe(true)
      }),
      { seed: 20_261_121, numRuns: 5_000 },
    )
  })

  it('stay right and flat over more paths than they remember', () => {
    const tree = treeOf({ folder: ['*7'] })
    for (let index = 0; index < 50_000; index++) {
      expect(tree.explain(`d/${index}7`, false).ignored).toBe(true)
      expect(tree.explain(`d/${index}8`, false).ignored).toBe(false)
    }
  })
})

describe('the ignore check of a folder', () => {
  it('names the line, its number and its file', () => {
    const root = freshPlace()
    mkdirSync(join(root, 'a/b'), { recursive: true })
    writeFileSync(join(root, 'a/.tidekeepignore'), '# notes\n\n*.log\n')
    const check = createIgnoreCheck({ root, globalLines: ['.DS_Store'], folderLines: ['x', 'cache/'] })
    expect(check.explain('a/b/run.log', false)).toEqual({
      ignored: true,
      path: 'a/b/run.log',
      source: 'a/.tidekeepignore',
      line: 3,
      pattern: '*.log',
    })
    expect(check.explain('a/.DS_Store', false)).toMatchObject({ source: 'global', line: 1 })
    expect(check.explain('cache/deep/file', false)).toMatchObject({ path: 'cache', source: 'folder', line: 2 })
    expect(check.explain('run.log', false)).toEqual({ ignored: false })
    expect(check.explain('', true)).toEqual({ ignored: false })
  })

  it('reads a rule file anew once it is asked about that file', () => {
    const root = freshPlace()
    const check = createIgnoreCheck({ root, globalLines: [], folderLines: [] })
    expect(check.isIgnored('d/x.log', false)).toBe(false)
    writeFileSync(join(root, '.tidekeepignore'), '*.log')
    expect(check.isIgnored('d/x.log', false)).toBe(false)
    expect(check.isIgnored('.tidekeepignore', false)).toBe(false)
    expect(check.isIgnored('d/x.log', false)).toBe(true)
  })

  it('leaves out what is excluded by its place', () => {
    const root = freshPlace()
    const options = { root, globalLines: [], folderLines: [], excludedPaths: [join(root, 'own/state'), '/elsewhere'] }
    const check = createIgnoreCheck(options)
    expect(check.isIgnored('own/state/db', false)).toBe(true)
    expect(check.isIgnored('own/states', true)).toBe(false)
    expect(check.explain('own/state', true)).toMatchObject({ ignored: true, source: 'tidekeep' })
  })
})

describe('include and exclude globs', () => {
  const taken = (lines: readonly string[], asked: string): boolean =>
    !treeOf({ folder: lines }).explain(...split(asked)).ignored

  it('take only what an include names, at any depth, with the directories on the way', () => {
    const lines = includeLines(['*.jpg', 'docs/', '/top/*.txt'])
    const asked = [
      'a.jpg',
      'd/e/b.jpg',
      'd/',
      'docs/x/y.md',
      'n/docs/z',
      'top/a.txt',
      'top/sub/a.txt',
      'a.png',
      'd/c.txt',
    ]
    expect(asked.filter((one) => taken(lines, one))).toEqual([
      'a.jpg',
      'd/e/b.jpg',
      'd/',
      'docs/x/y.md',
      'n/docs/z',
      'top/a.txt',
    ])
  })

  it('do not bring back what another rule leaves out', () => {
    const lines = [...includeLines(['*.jpg']), '.*', ...excludeLines(['private/'])]
    expect(taken(lines, '.hidden.jpg')).toBe(false)
    expect(taken(lines, 'private/a.jpg')).toBe(false)
    expect(taken(lines, 'a.jpg')).toBe(true)
  })

  it('take everything without an include, and read a mark at the start of an exclude as itself', () => {
    expect(includeLines([])).toEqual([])
    const lines = excludeLines(['!x', '#y'])
    expect(['!x', '#y', 'x', 'y'].filter((one) => taken(lines, one))).toEqual(['x', 'y'])
  })
})

describe('lines with several "**"', () => {
  const SEED = 20_261_206
  const random = seededRandom(SEED)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!
  const someOf = (from: readonly string[], most: number): string[] =>
    Array.from({ length: 1 + Math.floor(random.next() * most) }, () => pick(from))

  it(`say what the whole pattern as one expression says (seed ${SEED})`, () => {
    let matched = 0
    for (let round = 0; round < 20_000; round++) {
      const pattern = `${pick(['', '', '/'])}${someOf(['**', '**', 'a', 'b', 'a*', '?', '[ab]', 'a**b'], 6).join('/')}${pick(['', '', '/'])}`
      const wide = WideLine.read(pattern)
      if (wide === undefined) continue
      const path = someOf(['a', 'b', 'ab', 'c'], 7).join('/')
      const isDirectory = random.next() < 0.5
      // Below a parent that is ignored nobody asks.
      const whole = ignore({ ignoreCase: false }).add(pattern)
      const parents = path.split('/').slice(0, -1)
      if (parents.some((_, index) => whole.test(`${parents.slice(0, index + 1).join('/')}/`).ignored)) continue
      const wanted = whole.test(isDirectory ? `${path}/` : path).ignored
      expect(wide.matches(path, isDirectory), `${pattern} on ${path}${isDirectory ? '/' : ''}`).toBe(wanted)
      if (wanted) matched++
    }
    expect(matched).toBeGreaterThan(150)
  })

  it('keep their place among the other lines', () => {
    const verdict = (text: string, path: string): unknown =>
      IgnoreLevel.outermost([]).below('', text).ignoredBy(path, false)?.line
    expect(verdict('**/a/**/x', 'a/b/x')).toBe(1)
    expect(verdict('**/a/**/x\n!x', 'a/b/x')).toBeUndefined()
    expect(verdict('x\n!**/a/**/x', 'a/b/x')).toBeUndefined()
    expect(verdict('x\n!**/a/**/x', 'c/x')).toBe(1)
    expect(verdict('!**/a/**/x\nx\n**/q/**/r', 'a/b/x')).toBe(2)
  })

  it('are decided by looking at each name a few times, however deep the path is', () => {
    const depth = 1500
    const line = WideLine.read('**/a/**/a/**/a/**/a/**/a/**/x/a')!
    // As one expression this takes longer than the test may.
    expect(line.matches(`${'a/'.repeat(depth)}a`, false)).toBe(false)
    expect(line.matches(`${'a/'.repeat(depth)}x/a`, false)).toBe(true)
  })
})

import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { nameProblem } from '../../common/name-rules.ts'
import { secondsFor, setFileTimes } from '../../workers/fs/file-times.ts'
import { SafeRoot } from '../../workers/fs/safe-root.ts'
import { PathCheck, pathProblem } from '../../workers/fs/segments.ts'
import { TemporaryFile } from '../../workers/fs/temporary-file.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { seededRandom } from '../fakes/host.ts'

const rel = (path: string): RelPath => path as RelPath

let base: string
let root: string
let outside: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tidekeep-safe-'))
  root = join(base, 'root')
  outside = join(base, 'root2')
  mkdirSync(root)
  mkdirSync(outside)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** Names that escape where checks are careless. */
const HOSTILE = [
  '..',
  '../root2/x',
  'a/../../root2/x',
  '/etc/passwd',
  '//server/share',
  './x',
  'a/./x',
  'a//x',
  'a/',
  'x\0.txt',
  '../..',
  'a/..',
  '\ud800',
]
const LEGAL = ['..foo', '...', 'foo..', '.hidden', 'a..b/c', '~', '-rf', ' ', 'a\\..\\b', 'C:', '*', 'new\nline']

describe.each([
  { kind: 'by directory descriptors', portable: false },
  { kind: 'by looking at each parent', portable: true },
])('a safe root $kind', ({ portable }) => {
  const open = (): SafeRoot => SafeRoot.open(root, { portable })

  it('refuses every hostile name in every call and writes nothing', () => {
    const safe = open()
    writeFileSync(join(root, 'own'), 'own')
    const calls: ((path: RelPath) => unknown)[] = [
      (path) => closeSync(safe.createFile(path)),
      (path) => safe.makeDirectories(path),
      (path) => safe.replace(rel('own'), path),
      (path) => safe.replace(path, rel('own')),
      (path) => safe.renameFileIfAbsent(rel('own'), path),
      (path) => safe.renameDirectory(rel('own'), path),
      (path) => safe.removeFile(path),
      (path) => safe.removeDirectory(path),
      (path) => safe.removeTree(path),
      (path) => safe.setMetadata(path, { mtimeNs: 1n }),
      (path) => safe.readDirectory(path),
      (path) => safe.openFile(path),
      (path) => safe.lstat(path),
    ]
    for (const name of HOSTILE) {
      for (const call of calls) expect(() => call(rel(name)), name).toThrowError(/cannot be written/)
    }
    expect(readdirSync(base).sort()).toEqual(['root', 'root2'])
    expect(readdirSync(outside)).toEqual([])
    expect(readdirSync(root)).toEqual(['own'])
    safe.close()
  })

  it.each(LEGAL)('takes the legal name %j', (name) => {
    const safe = open()
    safe.makeDirectories(rel(`folder/${name}`))
    closeSync(safe.createFile(rel(`folder/${name}/${name.replace('/', '-')}`)))
    expect(lstatSync(join(root, 'folder', name)).isDirectory()).toBe(true)
    safe.close()
  })

  it('never goes through a link that was planted among the parents', () => {
    symlinkSync(outside, join(root, 'link'))
    mkdirSync(join(root, 'real'))
    symlinkSync(outside, join(root, 'real/link'))
    writeFileSync(join(outside, 'victim'), 'precious')
    const safe = open()
    for (const parent of ['link', 'real/link']) {
      const attempts = [
        () => safe.createFile(rel(`${parent}/new`)),
        () => safe.makeDirectories(rel(`${parent}/new`)),
        () => safe.makeDirectories(rel(parent)),
        () => safe.removeFile(rel(`${parent}/victim`)),
        () => safe.setMetadata(rel(`${parent}/victim`), { mtimeNs: 1n, mode: 0 }),
        () => safe.replace(rel('real'), rel(`${parent}/new`)),
        () => safe.openFile(rel(`${parent}/victim`)),
      ]
      for (const attempt of attempts) expect(attempt).toThrowError(/is a link/)
    }
    expect(readdirSync(outside)).toEqual(['victim'])
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('precious')
    safe.close()
  })

  it('never follows a link in the last place', () => {
    writeFileSync(join(outside, 'victim'), 'precious')
    symlinkSync(join(outside, 'victim'), join(root, 'link'))
    symlinkSync(join(outside, 'made'), join(root, 'dangling'))
    const safe = open()
    expect(() => safe.createFile(rel('link'))).toThrowError(/EEXIST/)
    expect(() => safe.createFile(rel('dangling'))).toThrowError(/EEXIST/)
    expect(() => safe.setMetadata(rel('link'), { mtimeNs: 1n, mode: 0 })).toThrowError(/ELOOP/)
    safe.removeFile(rel('link'))
    expect(readdirSync(outside)).toEqual(['victim'])
    expect(statSync(join(outside, 'victim')).mode & 0o777).not.toBe(0)
    safe.close()
  })

  it('renames only where nothing is, and replaces only where told to', () => {
    const safe = open()
    writeFileSync(join(root, 'new'), 'new')
    writeFileSync(join(root, 'old'), 'old')
    expect(() => safe.renameFileIfAbsent(rel('new'), rel('old'))).toThrowError(/already there/)
    expect(readFileSync(join(root, 'old'), 'utf8')).toBe('old')
    safe.renameFileIfAbsent(rel('new'), rel('free'))
    safe.replace(rel('free'), rel('old'))
    expect(readFileSync(join(root, 'old'), 'utf8')).toBe('new')
    expect(readdirSync(root)).toEqual(['old'])
    safe.close()
  })

  it('ends a renaming that was cut off between its two steps, and takes no second file for it', () => {
    const safe = open()
    writeFileSync(join(root, 'from'), 'content')
    linkSync(join(root, 'from'), join(root, 'to'))
    safe.renameFileIfAbsent(rel('from'), rel('to'))
    expect(readdirSync(root)).toEqual(['to'])
    // A file with another name elsewhere, and an equal file that is not the same one.
    linkSync(join(root, 'to'), join(root, 'elsewhere'))
    writeFileSync(join(root, 'equal'), 'content')
    expect(() => safe.renameFileIfAbsent(rel('equal'), rel('to'))).toThrowError(/already there/)
    expect(() => safe.renameFileIfAbsent(rel('to'), rel('to'))).toThrowError(/already there/)
    expect(readdirSync(root).toSorted()).toEqual(['elsewhere', 'equal', 'to'])
    safe.close()
  })

  it('names the file that is in the way of a folder', () => {
    writeFileSync(join(root, 'file'), '')
    const safe = open()
    expect(() => safe.createFile(rel('file/below'))).toThrowError(/is a file where a folder is needed/)
    expect(safe.lstat(rel('file/below'))).toBeUndefined()
    safe.removeFile(rel('file/below'))
    safe.close()
  })

  it('keeps working with more folders than it keeps open', () => {
    const safe = open()
    for (let number = 0; number < 200; number++) {
      safe.makeDirectories(rel(`many/${number}/deep`))
      closeSync(safe.createFile(rel(`many/${number}/deep/file`)))
    }
    const deep = Array.from({ length: 100 }, (_, level) => `l${level}`).join('/')
    safe.makeDirectories(rel(deep))
    closeSync(safe.createFile(rel(`${deep}/file`)))
    safe.replace(rel(`${deep}/file`), rel('many/0/deep/file'))
    safe.removeTree(rel('many'))
    safe.syncDirectories()
    expect(readdirSync(root)).toEqual(['l0'])
    safe.close()
  })

  it('closes every descriptor it opened', () => {
    const count = (): number => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0)
    const before = count()
    const safe = open()
    for (let number = 0; number < 100; number++) safe.makeDirectories(rel(`a/${number}/b`))
    safe.close()
    expect(count()).toBe(before)
  })

  it('refuses a root that is another directory than it was', () => {
    const { inode } = open()
    renameSync(root, join(base, 'away'))
    mkdirSync(root)
    expect(() => SafeRoot.open(root, { portable, inode })).toThrowError(/is not there/)
  })
})

describe('a swap race', () => {
  const SWAPPER = `
    const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
    const { parentPort, workerData } = require('node:worker_threads')
    const { directory, aside, outside, shared } = workerData
    let swaps = 0
    parentPort.postMessage('ready')
    while (Atomics.load(shared, 0) === 0) {
      renameSync(directory, aside)
      symlinkSync(outside, directory)
      unlinkSync(directory)
      renameSync(aside, directory)
      swaps++
    }
    parentPort.postMessage(swaps)`

  it('never lets a write land outside, however often a parent turns into a link', async () => {
    const directory = join(root, 'd')
    mkdirSync(directory)
    const shared = new Int32Array(new SharedArrayBuffer(4))
    const workerData = { directory, aside: join(root, 'aside'), outside, shared }
    const swapper = new Worker(SWAPPER, { eval: true, workerData })
    await once(swapper, 'message')
    const endsAt = performance.now() + 2000
    let landed = 0
    let attempts = 0
    for (; attempts < 5000 && performance.now() < endsAt; attempts++) {
      const safe = SafeRoot.open(root)
      try {
        closeSync(safe.createFile(rel(`d/file-${attempts}`)))
        landed++
      } catch (error) {
        expect(String(error)).toMatch(/ENOENT|is a link|was replaced in the moment/)
      }
      safe.close()
    }
    Atomics.store(shared, 0, 1)
    const [swaps] = (await once(swapper, 'message')) as [number]
    await swapper.terminate()
    expect(readdirSync(outside)).toEqual([])
    expect(readdirSync(directory)).toHaveLength(landed)
    expect(swaps).toBeGreaterThan(10)
    expect(attempts).toBeGreaterThan(landed)
  })
})

describe('names by the rules of Windows', () => {
  it.each([
    'a:b',
    'a*',
    'a?',
    'a|b',
    '<',
    '>',
    '"',
    'a\\b',
    'trailing.',
    'trailing ',
    'CON',
    'con.txt',
    'NUL',
    'nul .x',
    'COM1',
    'lpt9.log',
    'COM¹',
    'CONIN$',
    'a\u0001',
    'x'.repeat(256),
  ])('refuses %j', (name) => expect(nameProblem(name, 'win32')).toBeDefined())
  it.each(['console', 'com', 'com10', 'nulls', 'a.b', '.hidden', '..foo', 'ünï', 'x'.repeat(255), 'aux-file'])(
    'takes %j',
    (name) => expect(nameProblem(name, 'win32')).toBeUndefined(),
  )
  it('agree with those of POSIX on what escapes', () => {
    for (const name of HOSTILE.filter((each) => each !== '')) {
      expect(pathProblem(name, 'win32'), name).toBeDefined()
      expect(pathProblem(name, 'posix'), name).toBeDefined()
    }
  })

  it('are refused alike behind a path of the same folder', () => {
    const random = seededRandom(41)
    const parts = ['a', 'b.c', '.', '..', '', 'nul', 'x'.repeat(256), 'a\0', '\ud800', '…', '.hidden', 'con:', 'end ']
    const draw = (): string => parts[Math.floor(random.next() * parts.length)]!
    for (const rules of ['posix', 'win32'] as const) {
      const check = new PathCheck(rules)
      for (let turn = 0; turn < 5_000; turn++) {
        const path = Array.from({ length: 1 + Math.floor(random.next() * 3) }, draw).join('/')
        check.problem('a/b.c/good')
        if (turn % 2 === 0) check.problem('a/good')
        expect(check.problem(path), JSON.stringify(path)).toEqual(pathProblem(path, rules))
      }
    }
  })
  it('apply to a root that is told to', () => {
    const safe = SafeRoot.open(root, { rules: 'win32' })
    expect(() => safe.createFile(rel('a:stream'))).toThrowError(/Windows does not allow/)
    safe.close()
  })
})

describe('file times', () => {
  it('are set to the same microsecond, before 1970 and after 2100', () => {
    const random = seededRandom(3)
    const safe = SafeRoot.open(root)
    const fd = safe.createFile(rel('timed'))
    const times = [
      0n,
      1n,
      -1000n,
      1_700_000_000_123_456_000n,
      4_200_000_000_999_999_999n,
      -86_400_000_000_000n,
      -1_500_000_000n,
    ]
    for (let round = 0; round < 3000; round++)
      times.push(BigInt(Math.floor(random.next() * 2e15)) * 1000n + BigInt(Math.floor(random.next() * 1000)))
    const wrong = times.filter((mtimeNs) => {
      setFileTimes(fd, mtimeNs)
      const kept = statSync(join(root, 'timed'), { bigint: true }).mtimeNs
      const micro = (value: bigint): bigint => (value - (((value % 1000n) + 1000n) % 1000n)) / 1000n
      return micro(kept) !== micro(mtimeNs)
    })
    closeSync(fd)
    safe.close()
    expect(wrong).toEqual([])
  })
  it('before 1970 go as text, which Node does not take for "now"', () => {
    expect(secondsFor(-1_500_000_000n)).toBe('-1.5')
  })
})

describe('a temporary file', () => {
  it('holds what was written, proven and with its attributes', async () => {
    const safe = SafeRoot.open(root)
    const file = TemporaryFile.create(safe, rel('part'))
    await file.write(Buffer.from('hello '))
    await file.write(Buffer.from('world'))
    const { contentHash, stat } = await file.finish({ mtimeNs: 1_600_000_000_000_001_000n, mode: 0o640 })
    expect(contentHash).toBe(blake3Hex(Buffer.from('hello world')))
    expect(stat).toMatchObject({ size: 11n, mtimeNs: expect.any(BigInt) })
    expect(Number(stat.mode) & 0o777).toBe(0o640)
    safe.close()
  })
  it('is found out when the disk keeps something else', async () => {
    const safe = SafeRoot.open(root)
    const file = TemporaryFile.create(safe, rel('part'))
    await file.write(Buffer.from('hello'))
    writeFileSync(join(root, 'part'), 'jello')
    await expect(file.finish({ mtimeNs: 1n })).rejects.toMatchObject({ code: 'corrupt' })
    await file.discard()
    expect(readdirSync(root)).toEqual([])
    safe.close()
  })
})

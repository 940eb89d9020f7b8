import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { Entry, Problem } from '../../common/model.ts'
import { entriesOf, type WalkMessage } from '../../workers/walk/batch.ts'
import { realFiles, type WalkFiles } from '../../workers/walk/files.ts'
import { walk } from '../../workers/walk.ts'
import { say } from '../../common/messages/wording.ts'

const roots: string[] = []
const freshRoot = (): string => {
  const root = mkdtempSync(join(tmpdir(), 'tidekeep-walk-'))
  roots.push(root)
  return root
}
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

/** Makes files (and their directories); a path with a trailing '/' is an empty directory. */
function make(root: string, ...paths: readonly string[]): void {
  for (const path of paths) {
    const absolute = join(root, path)
    mkdirSync(path.endsWith('/') ? absolute : join(absolute, '..'), { recursive: true })
    if (!path.endsWith('/')) writeFileSync(absolute, 'content')
  }
}

interface Walked {
  readonly entries: readonly Entry[]
  readonly paths: readonly string[]
  readonly problems: readonly Problem[]
  readonly ignored: number
  readonly ended: boolean
}
interface WalkOptions {
  readonly scopes?: readonly { readonly path: string; readonly recursive: boolean }[]
  readonly ignoreLines?: readonly string[]
  readonly excludedPaths?: readonly string[]
  readonly files?: WalkFiles
}

async function walked(root: string, options: WalkOptions = {}): Promise<Walked> {
  const { port1, port2 } = new MessageChannel()
  const messages: WalkMessage[] = []
  const allRead = new Promise<void>((resolve) => {
    port1.on('message', (message: WalkMessage) => {
      messages.push(message)
      if (message.kind !== 'batch') resolve()
      else port1.postMessage('more', [])
    })
  })
  try {
    const { scopes = [{ path: '', recursive: true }], ignoreLines = [], excludedPaths = [] } = options
    await walk({ root, scopes, ignoreLines, excludedPaths, port: port2 }, options.files)
    await allRead
  } finally {
    port1.close()
    port2.close()
  }
  const last = messages.at(-1)
  if (last?.kind === 'failed') throw new TidekeepError(last.failure)
  const batches = messages.filter((message) => message.kind === 'batch')
  const entries = batches.flatMap((batch) => entriesOf(batch))
  return {
    entries,
    paths: entries.map((entry) => entry.path),
    problems: batches.flatMap((batch) => batch.problems).map((each) => ({ ...each, message: say(each.message) })),
    ignored: batches.reduce((sum, batch) => sum + batch.ignored, 0),
    ended: last?.kind === 'end',
  }
}

/** A file system on which the given calls fail with an errno. */
function failing(faults: Readonly<Partial<Record<'list' | 'lstat', Readonly<Record<string, string>>>>>): WalkFiles {
  const check = (call: 'list' | 'lstat', path: string): void => {
    const fault = Object.entries(faults[call] ?? {}).find(([tail]) => path.endsWith(tail))
    if (fault !== undefined) throw Object.assign(new Error(fault[1]), { code: fault[1] })
  }
  return {
    ...realFiles,
    list: (path) => (check('list', path), realFiles.list(path)),
    lstat: (path) => (check('lstat', path), realFiles.lstat(path)),
  }
}

const reasons = (result: Walked): readonly string[] => result.problems.map(({ path, reason }) => `${reason} ${path}`)

describe('walk order', () => {
  it('puts a directory at its own name and its contents at name/', async () => {
    const root = freshRoot()
    make(root, 'a/x', 'a-b', 'a.txt', 'a0', 'a b/y', 'a-b-c/z')
    expect((await walked(root)).paths).toEqual(['a', 'a b', 'a b/y', 'a-b', 'a-b-c', 'a-b-c/z', 'a.txt', 'a/x', 'a0'])
  })

  it('is the byte order of full paths for any tree', async () => {
    const name = fc.oneof(
      fc.stringMatching(/^[ab!.0~-]{1,3}$/),
      fc.constantFrom('\u{1F600}', '\u{FFEE}', '\u{E000}', 'é', 'z\u{10FFFF}', 'a\u{D7FF}'),
    )
    const usable = name.filter((text) => text !== '.' && text !== '..')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(usable, { minLength: 1, maxLength: 4 }), { maxLength: 25 }), async (trees) => {
        const root = freshRoot()
        const expected = new Set<string>()
        for (const segments of trees) {
          mkdirSync(join(root, ...segments), { recursive: true })
          segments.forEach((_, index) => expected.add(segments.slice(0, index + 1).join('/')))
        }
        const inOrder = [...expected].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect((await walked(root)).paths).toEqual(inOrder)
      }),
      { seed: 20_261_121, numRuns: 150 },
    )
  })

  it('keeps the order over several scopes', async () => {
    const root = freshRoot()
    make(root, 'a/x/1', 'a/y', 'b/2', 'c')
    const scopes = [
      { path: 'a', recursive: false },
      { path: 'a/x', recursive: true },
      { path: 'c', recursive: false },
    ]
    expect((await walked(root, { scopes })).paths).toEqual(['a', 'a/x', 'a/x/1', 'c'])
  })
})

describe('walk entries', () => {
  it('carry size, times, permission bits and identity of the file', async () => {
    const root = freshRoot()
    make(root, 'f')
    chmodSync(join(root, 'f'), 0o4751)
    const stat = realFiles.lstat(join(root, 'f'))!
    expect((await walked(root)).entries).toEqual([
      {
        path: 'f',
        kind: 'file',
        size: 7,
        mtimeNs: stat.mtimeNs,
        mode: 0o751,
        identity: { inode: `${stat.dev}:${stat.ino}`, ctimeNs: stat.ctimeNs },
      },
    ])
  })

  it('cross batch borders without loss', async () => {
    const root = freshRoot()
    const names = Array.from({ length: 2_500 }, (_, index) => `file-${String(index).padStart(5, '0')}`)
    make(root, ...names)
    const result = await walked(root)
    expect(result.paths).toEqual(names)
    expect(result.ended).toBe(true)
  })

  it('follow a link to the root, and none inside it', async () => {
    const root = freshRoot()
    make(root, 'real/f')
    symlinkSync(join(root, 'real'), join(root, 'link'))
    symlinkSync('..', join(root, 'real', 'up'))
    const result = await walked(join(root, 'link'))
    expect(result.paths).toEqual(['f'])
    expect(reasons(result)).toEqual(['symlink up'])
  })
})

describe('walk problems', () => {
  it('name a link loop, a dangling link, a pipe and a socket', async () => {
    const root = freshRoot()
    symlinkSync('loop', join(root, 'loop'))
    symlinkSync('nowhere', join(root, 'dangling'))
    execFileSync('mkfifo', [join(root, 'pipe')])
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve))
    const result = await walked(root)
    await new Promise((resolve) => server.close(resolve))
    expect(result.paths).toEqual([])
    expect(reasons(result)).toEqual(['symlink dangling', 'symlink loop', 'special pipe', 'special socket'])
    expect(result.problems[2]?.message).toContain('a named pipe')
  })

  it('stand for what is below an unreadable directory, which is itself listed', async () => {
    const root = freshRoot()
    make(root, 'open/f', 'shut/f', 'shut-2')
    const result = await walked(root, { files: failing({ list: { '/shut': 'EACCES' } }) })
    expect(result.paths).toEqual(['open', 'open/f', 'shut', 'shut-2'])
    expect(result.problems).toEqual([
      { path: 'shut', reason: 'unreadable', message: 'shut cannot be read: permission denied.' },
    ])
  })

  it('name a directory that the system really refuses', async () => {
    const root = freshRoot()
    make(root, 'shut/f')
    chmodSync(join(root, 'shut'), 0)
    const isRoot = process.geteuid?.() === 0
    chmodSync(root, 0o755)
    if (isRoot) process.seteuid!(65_534)
    const result = await walked(root).finally(() => {
      if (isRoot) process.seteuid!(0)
      chmodSync(join(root, 'shut'), 0o755)
    })
    expect(reasons(result)).toEqual(['unreadable shut'])
  })

  it('name a file whose state cannot be read', async () => {
    const root = freshRoot()
    make(root, 'bad', 'good')
    const result = await walked(root, { files: failing({ lstat: { '/bad': 'EIO' } }) })
    expect(result.paths).toEqual(['good'])
    expect(result.problems[0]?.message).toBe('bad cannot be read: the disk reported an error.')
  })

  it('name a scope that an unreadable parent hides', async () => {
    const root = freshRoot()
    make(root, 'a/b/c')
    const files = failing({ lstat: { '/a': 'EACCES' } })
    const result = await walked(root, { files, scopes: [{ path: 'a/b', recursive: true }] })
    expect(reasons(result)).toEqual(['unreadable a/b'])
  })

  it('name what is not valid UTF-8 and tell it from a real replacement character', async () => {
    const root = freshRoot()
    make(root, 'fine', 'real\u{FFFD}')
    writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]), '')
    mkdirSync(Buffer.concat([Buffer.from(`${root}/d`), Buffer.from([0xff])]))
    const result = await walked(root)
    expect(result.paths).toEqual(['fine', 'real\u{FFFD}'])
    expect(reasons(result)).toEqual(['bad-name caf\u{FFFD}', 'bad-name d\u{FFFD}'])
    expect(result.problems[0]?.message).toContain(String.raw`caf\xe9`)
  })

  it('name another file system without entering it', async () => {
    const root = freshRoot()
    make(root, 'mounted/f', 'own/f')
    const files: WalkFiles = {
      ...realFiles,
      lstat: (path) => {
        const stat = realFiles.lstat(path)
        if (stat !== undefined && path.endsWith('/mounted')) stat.dev += 1n
        return stat
      },
    }
    const result = await walked(root, { files })
    expect(result.paths).toEqual(['mounted', 'own', 'own/f'])
    expect(reasons(result)).toEqual(['other-device mounted'])
    const inside = await walked(root, { files, scopes: [{ path: 'mounted/f', recursive: true }] })
    expect(reasons(inside)).toEqual(['other-device mounted/f'])
  })
})

describe('walk and change', () => {
  it('skips a file that vanishes between listing and looking', async () => {
    const root = freshRoot()
    make(root, 'gone', 'here')
    const files: WalkFiles = {
      ...realFiles,
      lstat: (path) => (path.endsWith('/gone') ? undefined : realFiles.lstat(path)),
    }
    const result = await walked(root, { files })
    expect(result.paths).toEqual(['here'])
    expect(result.problems).toEqual([])
  })

  it('skips a directory that vanishes before it is listed', async () => {
    const root = freshRoot()
    make(root, 'gone/f', 'here')
    const result = await walked(root, { files: failing({ list: { '/gone': 'ENOENT' } }) })
    expect(result.paths).toEqual(['here'])
  })

  it('fails rather than report an empty folder when the root is replaced midway', async () => {
    const root = freshRoot()
    make(root, 'a/1', 'b/2')
    const files: WalkFiles = {
      ...realFiles,
      // As for a root that was changed since it was made: its birth time is known to be one.
      stat: (path) => {
        const stat = realFiles.stat(path)
        if (stat !== undefined) stat.ctimeNs += 1n
        return stat
      },
      list: (path) => {
        const listing = realFiles.list(path)
        if (path === root) {
          rmSync(root, { recursive: true })
          mkdirSync(root)
        }
        return listing
      },
    }
    await expect(walked(root, { files })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('fails when the root is away for a moment, although it is back by the end', async () => {
    const root = freshRoot()
    make(root, 'a/1', 'b/2', 'c')
    let isAway = false
    const files: WalkFiles = {
      ...realFiles,
      // As a disk that is unmounted and mounted again: what is looked for in between is not there.
      lstat: (path) => {
        isAway = path.endsWith('/b')
        return isAway ? undefined : realFiles.lstat(path)
      },
      stat: (path) => (isAway ? undefined : realFiles.stat(path)),
    }
    await expect(walked(root, { files })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('fails when the root is missing, is a file, or cannot be listed', async () => {
    const root = freshRoot()
    make(root, 'f')
    await expect(walked(join(root, 'none'))).rejects.toMatchObject({ code: 'not-found' })
    await expect(walked(join(root, 'f'))).rejects.toMatchObject({ code: 'not-found' })
    const denied = walked(root, { files: failing({ list: { [root]: 'EACCES' } }) })
    await expect(denied).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('yields nothing for a scope that vanished, below a file, or behind a link', async () => {
    const root = freshRoot()
    make(root, 'file', 'real/x')
    symlinkSync('real', join(root, 'zlink'))
    const scopes = ['file/below', 'none', 'none/deeper', 'zlink/x'].map((path) => ({ path, recursive: true }))
    const result = await walked(root, { scopes })
    expect(result).toMatchObject({ paths: [], problems: [], ignored: 0, ended: true })
  })
})

describe('walk and rules', () => {
  it('leaves out what rules and exclusions name, and counts a directory once', async () => {
    const root = freshRoot()
    make(root, 'keep', 'x.tmp', 'cache/1', 'cache/2', 'own/state/db', 'own/f')
    const result = await walked(root, { ignoreLines: ['*.tmp', 'cache/'], excludedPaths: [join(root, 'own/state')] })
    expect(result.paths).toEqual(['keep', 'own', 'own/f'])
    expect(result.ignored).toBe(3)
  })

  it('does not enter an excluded directory under another name', async () => {
    const root = freshRoot()
    const elsewhere = freshRoot()
    make(root, 'target/copy', 'f')
    symlinkSync(join(root, 'target'), join(elsewhere, 'alias'))
    const result = await walked(root, { excludedPaths: [join(elsewhere, 'alias')] })
    expect(result.paths).toEqual(['f'])
  })

  it('never lists an ignored directory', async () => {
    const root = freshRoot()
    make(root, 'node_modules/p/index.js', 'f')
    const files = failing({ list: { node_modules: 'EIO' } })
    const result = await walked(root, { files, ignoreLines: ['node_modules/'] })
    expect(result).toMatchObject({ paths: ['f'], problems: [], ignored: 1 })
  })

  it('reads .tidekeepignore on the way and above a scope', async () => {
    const root = freshRoot()
    make(root, 'a/b/x.log', 'a/b/keep.log', 'a/b/y', 'a/z.log')
    writeFileSync(join(root, '.tidekeepignore'), '*.log\n')
    writeFileSync(join(root, 'a/b/.tidekeepignore'), '!keep.log\n')
    expect((await walked(root)).paths).toEqual([
      '.tidekeepignore',
      'a',
      'a/b',
      'a/b/.tidekeepignore',
      'a/b/keep.log',
      'a/b/y',
    ])
    const one = (path: string) => walked(root, { scopes: [{ path, recursive: false }] })
    expect(await one('a/b/x.log')).toMatchObject({ paths: [], ignored: 1 })
    expect(await one('a/b/keep.log')).toMatchObject({ paths: ['a/b/keep.log'], ignored: 0 })
  })

  it('takes no rules from a link or a pipe', async () => {
    const root = freshRoot()
    make(root, 'f')
    writeFileSync(join(root, 'rules'), '*\n')
    symlinkSync('rules', join(root, '.tidekeepignore'))
    mkdirSync(join(root, 'sub'))
    execFileSync('mkfifo', [join(root, 'sub/.tidekeepignore')])
    expect((await walked(root)).paths).toEqual(['f', 'rules', 'sub'])
  })
})

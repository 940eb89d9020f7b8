import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../common/errors.ts'
import { translateTargetError } from '../../workers/fs/target-errors.ts'
import { LocalBench, listAll, never, rel, ANY } from './local-support.ts'

let bench: LocalBench
beforeEach(() => void (bench = new LocalBench()))
afterEach(() => bench.close())

describe('what a file system answers becomes a sentence with a code', () => {
  const cases: readonly [string, ErrorCode, RegExp][] = [
    ['ENOSPC', 'quota-exceeded', /The disk holding \/mnt\/disk is full: 2\u00a0KiB more are needed/],
    ['EDQUOT', 'quota-exceeded', /is full/],
    ['EFBIG', 'unsupported', /larger than one file may be/],
    ['EROFS', 'unavailable', /read-only/],
    ['EACCES', 'forbidden', /permission denied/],
    ['EPERM', 'forbidden', /permission denied/],
    ['ENAMETOOLONG', 'unsupported', /255 bytes/],
    ['EINVAL', 'unsupported', /refuses the name/],
    ['EILSEQ', 'unsupported', /refuses the name/],
    ['ENOENT', 'not-found', /is not there/],
    ['ENOTDIR', 'not-found', /is not there/],
    ['EEXIST', 'precondition-failed', /already there/],
    ['ENOTEMPTY', 'precondition-failed', /not empty/],
    ['EISDIR', 'already-exists', /is a folder where a file is needed/],
    ['ELOOP', 'forbidden', /is a link/],
    ['EXDEV', 'unsupported', /another file system/],
    ['EBUSY', 'in-use', /in use/],
    ['ETXTBSY', 'in-use', /in use/],
    ['EMFILE', 'internal', /Too many files are open/],
    ['ENFILE', 'internal', /Too many files are open/],
    ['ESTALE', 'unavailable', /stopped answering/],
    ['EIO', 'unavailable', /stopped answering/],
    ['ENOTCONN', 'unavailable', /stopped answering/],
    ['ENODEV', 'unavailable', /stopped answering/],
    ['ENOMEDIUM', 'unavailable', /stopped answering/],
    ['EUCLEAN', 'corrupt', /file system it is on is damaged/],
    ['EBADMSG', 'corrupt', /file system it is on is damaged/],
    ['EWHATEVER', 'internal', /cannot be reached \(EWHATEVER\)/],
  ]
  it.each(cases)('%s is "%s"', (code, expected, sentence) => {
    const raw = Object.assign(new Error(`${code}: raw`), { code })
    const error = translateTargetError(raw, { path: '/mnt/disk/a/b', root: '/mnt/disk', neededBytes: 2048 })
    expect(error).toMatchObject({ code: expected, path: '/mnt/disk/a/b', cause: raw })
    expect(error.message).toMatch(sentence)
    expect(error.message).not.toMatch(/raw/)
  })
})

describe('what Node has no name for', () => {
  it.runIf(process.platform === 'linux').each([
    [122, 'quota-exceeded'],
    [116, 'unavailable'],
    [117, 'corrupt'],
    [9999, 'internal'],
  ] as const)('error %i is "%s"', (number, expected) => {
    const raw = Object.assign(new Error('UNKNOWN: unknown error, write'), { code: 'UNKNOWN', errno: -number })
    expect(translateTargetError(raw, { path: '/mnt/disk/a/b', root: '/mnt/disk' }).code).toBe(expected)
  })
})

describe('a real file system', () => {
  it('that has no such long names says so before anything is stored', async () => {
    const provider = bench.open()
    const put = provider.put(
      rel(`folder/${'é'.repeat(130)}`),
      { size: 0, open: () => nothing() },
      { ...never, metadata: { mtimeNs: 0n }, expect: ANY },
    )
    await expect(put).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('255 bytes') })
    expect(existsSync(bench.root)).toBe(false)
  })

  it('that is full fails the file that does not fit, keeps the others and leaves nothing behind', async () => {
    await onTmpfs('size=2m', async () => {
      const provider = bench.open()
      await bench.put(provider, 'small', 'x')
      const large = bench.item('large', Buffer.alloc(5_000_000, 1))
      const put = provider.put(large.path, large.content, { ...never, metadata: large.metadata, expect: ANY })
      await expect(put).rejects.toMatchObject({
        code: 'quota-exceeded',
        message: expect.stringMatching(/is full: 4\.77\u00a0MiB more are needed/),
      })
      const results = await provider.features.putBatch!([bench.item('one', 'x'), large, bench.item('two', 'y')], never)
      expect(results.map(({ ok }) => ok)).toEqual([true, false, true])
      expect((await listAll(provider)).map(({ path }) => path)).toEqual(['one', 'small', 'two'])
      expect(bench.temporaries()).toEqual([])
    })
  })

  it('that became read-only forbids writing and still reads', async () => {
    await onTmpfs('size=2m', async () => {
      const provider = bench.open()
      await bench.put(provider, 'kept', 'content')
      spawnSync('mount', ['-o', 'remount,ro', bench.root])
      const readOnly = {
        code: 'unavailable',
        retry: { kind: 'never' },
        message: expect.stringContaining('read-only'),
      }
      await expect(bench.put(provider, 'new', 'x')).rejects.toMatchObject(readOnly)
      await expect(provider.remove(rel('kept'), { ...never, expect: ANY })).rejects.toMatchObject(readOnly)
      const results = await provider.features.putBatch!([bench.item('a', 'x')], never)
      expect(results).toMatchObject([{ ok: false, error: readOnly }])
      expect(await listAll(provider)).toHaveLength(1)
    })
  })

  it('that was unmounted is unavailable, and its mount point stays empty', async () => {
    await onTmpfs('size=2m', async () => {
      const provider = bench.open()
      await bench.put(provider, 'kept', 'content')
      spawnSync('umount', [bench.root])
      await expect(bench.put(provider, 'new', 'x')).rejects.toMatchObject({ code: 'unavailable' })
      await expect(listAll(provider)).rejects.toMatchObject({ code: 'unavailable' })
      expect(readdirSync(bench.root)).toEqual([])
    })
  })

  it('that denies access to another user says so', async () => {
    if (process.getuid?.() === 0)
      return console.log('not run: permission denied (root is denied nothing; run as another user)')
    mkdirSync(bench.root, { mode: 0o500 })
    await expect(bench.put(bench.open(), 'a', 'x')).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('that has another one mounted inside refuses to carry files across', async () => {
    const inner = join(bench.root, 'inner')
    await bench.put(bench.open(), 'a', 'x')
    mkdirSync(inner)
    await onTmpfs(
      'size=2m',
      async () => {
        await expect(bench.put(bench.open(), 'inner/file', 'x')).rejects.toMatchObject({ code: 'unsupported' })
        expect(readdirSync(inner)).toEqual([])
      },
      inner,
    )
  })

  /** Runs with a memory file system mounted at `at`, where this machine allows it. */
  async function onTmpfs(options: string, run: () => Promise<void>, at = bench.root): Promise<void> {
    mkdirSync(at, { recursive: true })
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', at]).status === 0
    if (!mounted) {
      if (process.env['REQUIRE_REAL'] === '1') throw new Error('mounting a tmpfs needs root')
      return console.log('not run: full, read-only and unmounted disks (mounting a tmpfs needs root)')
    }
    try {
      await run()
    } finally {
      spawnSync('umount', [at])
    }
  }
})

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array()
}

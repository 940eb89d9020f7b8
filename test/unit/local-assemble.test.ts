import { copyFileSync, existsSync, lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Entry } from '../../common/model.ts'
import { LocalAssembly } from '../../main/providers/local/assemble.ts'
import { GroupSync } from '../../main/providers/local/group-sync.ts'
import { TargetGuard } from '../../main/providers/local/target-guard.ts'
import type { AssemblyPart, BatchItem, PutResult, TargetProvider } from '../../main/providers/provider.ts'
import { CANNOT_CLONE, type CloneFile } from '../../workers/fs/safe-root.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { patchClone } from '../../workers/patch-clone.ts'
import type { PatchClone, Pool } from '../../workers/tasks.ts'
import { mountCloningDisk } from '../fixtures/cloning-disk.ts'
import { LocalBench, never, rel } from './local-support.ts'

const OLD = 'aaaaBBBBccccDDDD'
const literal = (start: number, end: number): AssemblyPart => ({ kind: 'literal', range: { start, end } })
const copy = (start: number, end: number, fromStart = start): AssemblyPart => ({
  kind: 'copy',
  range: { start, end },
  fromStart,
})

let bench: LocalBench
let assembly: LocalAssembly
let target: TargetProvider
let clone: CloneFile
let beforePublish: () => void

/** Runs the clone in this thread, so that a test can give another one than the file system's. */
function fakePool(inner: Pool): Pool {
  return {
    run: async (name, params, options) => {
      const work: unknown = params
      if (name === 'patchClone') return patchClone(work as PatchClone, (from, to) => clone(from, to))
      if (name === 'publishBatch') beforePublish()
      return inner.run(name, params, options)
    },
    close: () => inner.close(),
  }
}

function openAssembly(root: string, pool: Pool): LocalAssembly {
  const deps = { host: bench.host, pool }
  const guard = new TargetGuard({ root, deps, mustExist: false })
  return new LocalAssembly({ root, deps, guard, groupSync: new GroupSync(root) }, () => Promise.resolve(true))
}

beforeEach(() => {
  bench = new LocalBench()
  target = bench.open()
  clone = copyFileSync
  beforePublish = () => undefined
  assembly = openAssembly(bench.root, fakePool(bench.pool))
})
afterEach(async () => {
  await target.close()
  await bench.close()
})

const stored = (path = 'f'): string => readFileSync(join(bench.root, path), 'utf8')
const put = (
  held: Entry,
  item: BatchItem,
  parts: readonly AssemblyPart[],
  contentHash = blake3Hex(readFileSync(item.content.file!.absolutePath)),
): Promise<PutResult> =>
  assembly.assemble(item.path, item.content, parts, {
    ...never,
    metadata: item.metadata,
    expect: { kind: 'etag', etag: held.etag! },
    from: { etag: held.etag!, sizeBytes: held.size },
    contentHash,
  })

describe('a changed file at a local target', () => {
  it('is the held file with what changed written over it', async () => {
    const held = (await bench.put(target, 'f', OLD)).entry
    const result = await put(held, bench.item('f', 'aaaaXXXXccccDDDD'), [copy(0, 4), literal(4, 8), copy(8, 16)])
    expect(stored()).toBe('aaaaXXXXccccDDDD')
    expect(result).toMatchObject({ verifiedBy: 'read-back', bytesSent: 4, bytesReused: 12 })
    // Whom a file belongs to is told by looks alone.
    const { changedBy: _owner, ...there } = await target.stat(rel('f'), never)
    expect(result.entry).toEqual(there)
    expect(bench.temporaries()).toEqual([])
  })

  it.each([
    ['shorter', 'aaaaBBBB', [copy(0, 8)], 0],
    ['longer', `${OLD}more`, [copy(0, 16), literal(16, 20)], 4],
    ['moved inside', 'DDDDaaaaBBBBcccc', [copy(0, 4, 12), copy(4, 16, 0)], 16],
    ['empty', '', [], 0],
  ] as const)('may become %s', async (_how, content, parts, bytesSent) => {
    const held = (await bench.put(target, 'f', OLD)).entry
    expect(await put(held, bench.item('f', content), parts)).toMatchObject({ bytesSent })
    expect(stored()).toBe(content)
  })

  it.each([
    ['leave a gap', [copy(0, 4), copy(8, 16)]],
    ['overlap', [copy(0, 8), literal(4, 8), copy(8, 16)]],
    ['end too early', [copy(0, 12)]],
    ['go beyond the content', [copy(0, 16), literal(16, 20)]],
    ['are empty', [copy(0, 4), literal(4, 4), copy(4, 16)]],
  ] as const)('is refused in parts that %s, and stays as it was', async (_how, parts) => {
    const held = (await bench.put(target, 'f', OLD)).entry
    await expect(put(held, bench.item('f', 'aaaaXXXXccccDDDD'), parts)).rejects.toMatchObject({ code: 'invalid' })
    expect(stored()).toBe(OLD)
  })

  it('takes on the mtime and mode it is given', async () => {
    const held = (await bench.put(target, 'f', OLD)).entry
    const item = bench.item('f', 'aaaaBBBBccccDDDX')
    const { entry } = await put(held, { ...item, metadata: { mtimeNs: 1_700_000_000_000_000_000n, mode: 0o640 } }, [
      copy(0, 15),
      literal(15, 16),
    ])
    expect(entry).toMatchObject({ mtimeNs: 1_700_000_000_000_000_000n, mode: 0o640 })
  })

  it('stays as it was when what would be copied is not what it was taken for', async () => {
    const held = (await bench.put(target, 'f', OLD)).entry
    const lie = put(held, bench.item('f', 'aaaaXXXXccccDDDD'), [copy(0, 16)])
    await expect(lie).rejects.toMatchObject({ code: 'corrupt', retry: { kind: 'never' } })
    expect(stored()).toBe(OLD)
    expect(bench.temporaries()).toEqual([])
  })

  it('is not touched when somebody else changed it since', async () => {
    const held = (await bench.put(target, 'f', OLD)).entry
    writeFileSync(join(bench.root, 'f'), 'theirs, a longer text')
    const late = put(held, bench.item('f', 'aaaaXXXXccccDDDD'), [copy(0, 4), literal(4, 8), copy(8, 16)])
    await expect(late).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(stored()).toBe('theirs, a longer text')
  })

  it('is not touched when somebody changes it while it is cloned', async () => {
    const held = (await bench.put(target, 'f', OLD)).entry
    clone = (from, to) => {
      copyFileSync(from, to)
      writeFileSync(join(bench.root, 'f'), 'theirs')
    }
    const late = put(held, bench.item('f', 'aaaaXXXXccccDDDD'), [copy(0, 4), literal(4, 8), copy(8, 16)])
    await expect(late).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(stored()).toBe('theirs')
  })

  it('is not touched when somebody changes it just before it would be replaced', async () => {
    const held = (await bench.put(target, 'f', OLD)).entry
    beforePublish = () => writeFileSync(join(bench.root, 'f'), 'theirs')
    const late = put(held, bench.item('f', 'aaaaXXXXccccDDDD'), [copy(0, 4), literal(4, 8), copy(8, 16)])
    await expect(late).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(stored()).toBe('theirs')
    expect(bench.temporaries()).toEqual([])
  })

  it('follows no link that took its place', async () => {
    const held = (await bench.put(target, 'f', OLD)).entry
    writeFileSync(join(bench.base, 'outside'), OLD)
    rmSync(join(bench.root, 'f'))
    symlinkSync(join(bench.base, 'outside'), join(bench.root, 'f'))
    await expect(put(held, bench.item('f', OLD), [copy(0, 16)])).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(lstatSync(join(bench.root, 'f')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(bench.base, 'outside'), 'utf8')).toBe(OLD)
  })

  it('refuses a source that changed after it was compared', async () => {
    const held = (await bench.put(target, 'f', OLD)).entry
    const item = bench.item('f', 'aaaaXXXXccccDDDD')
    writeFileSync(item.content.file!.absolutePath, 'aaaaYYYYccccDDDD and more')
    const late = put(held, item, [copy(0, 4), literal(4, 8), copy(8, 16)], blake3Hex(Buffer.from('aaaaXXXXccccDDDD')))
    await expect(late).rejects.toMatchObject({ code: 'changed' })
    expect(stored()).toBe(OLD)
  })

  it('goes whole from then on where the file system turns out not to clone', async () => {
    const held = (await bench.put(target, 'f', OLD)).entry
    expect(await assembly.limits()).toBeDefined()
    clone = () => {
      throw Object.assign(new Error('no'), { code: CANNOT_CLONE[0] })
    }
    await expect(put(held, bench.item('f', OLD), [copy(0, 16)])).rejects.toMatchObject({ code: 'unsupported' })
    expect(await assembly.limits()).toBeUndefined()
    expect(bench.temporaries()).toEqual([])
  })

  it('says nothing of a target that was never used, and makes nothing by asking', async () => {
    const other = openAssembly(join(bench.base, 'other'), bench.pool)
    expect(await other.limits()).toBeUndefined()
    expect(existsSync(join(bench.base, 'other'))).toBe(false)
  })
})

describe.each(['btrfs', 'xfs'] as const)('a target on %s', (kind) => {
  it('shares what did not change', async () => {
    const disk = mountCloningDisk(kind, bench.base)
    if (disk === undefined) return console.log(`not run: no file system that clones (${kind})`)
    const root = join(disk.path, 'target')
    const provider = bench.open({ root })
    try {
      const old = Buffer.alloc(8 * 1024 ** 2, 1)
      const first = bench.item('f', old)
      const { entry } = await provider.put(first.path, first.content, { ...never, ...first })
      const changed = Buffer.from(old).fill(2, 4096, 8192)
      const { path, content, metadata } = bench.item('f', changed)
      expect(await provider.features.assemblyLimits!(never)).toBeDefined()
      const parts = [copy(0, 4096), literal(4096, 8192), copy(8192, old.length)]
      const result = await provider.features.assemble!(path, content, parts, {
        ...never,
        metadata,
        expect: { kind: 'etag', etag: entry.etag! },
        from: { etag: entry.etag!, sizeBytes: entry.size },
        contentHash: blake3Hex(changed),
      })
      expect(result).toMatchObject({ bytesSent: 4096, bytesReused: old.length - 4096, verifiedBy: 'read-back' })
      expect(readFileSync(join(root, 'f')).equals(changed)).toBe(true)
    } finally {
      await provider.close()
      disk.unmount()
    }
  })
})

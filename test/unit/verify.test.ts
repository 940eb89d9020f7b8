import { describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { BaselineEntry, Entry, FolderId, RelPath } from '../../common/model.ts'
import { comparePaths } from '../../common/paths.ts'
import { createRecords, NO_RECORDS } from '../../main/restore/records.ts'
import { createSelection } from '../../main/restore/selection.ts'
import { verify, type VerifyOptions } from '../../main/restore/verify.ts'
import type { VerifyResult } from '../../main/restore/verify-tally.ts'
import type { VerifyProgress } from '../../main/state/verify-progress.ts'
import type { SourceTree } from '../../main/restore/verify-source.ts'
import { seededRandom } from '../fakes/host.ts'
import { ListedTarget, recordOf } from '../fakes/listed-target.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const FOLDER = 'f' as FolderId
type Baseline = ReturnType<ListedTarget['baseline']>

function filled(files: number, random = seededRandom(7)): ListedTarget {
  const target = new ListedTarget()
  for (let index = 0; index < files; index++) {
    const bytes = Uint8Array.from({ length: 1 + Math.floor(random.next() * 3000) }, () =>
      Math.floor(random.next() * 256),
    )
    target.put(`folder ${index % 9}/file ${index}.bin`, bytes)
  }
  return target
}

function run(
  target: ListedTarget,
  baselines: readonly Baseline[],
  options: Partial<VerifyOptions> = {},
): Promise<VerifyResult> {
  return verify({
    provider: target,
    records: createRecords(baselines.map((baseline) => ({ baseline, folderId: FOLDER }))),
    clock: new VirtualClock(),
    random: seededRandom(3),
    stop: new AbortController().signal,
    kill: new AbortController().signal,
    onEvent: () => undefined,
    ...options,
  })
}

const kinds = ({ findings }: VerifyResult): Record<string, string> =>
  Object.fromEntries(findings.map(({ path, kind }) => [path, kind]))

describe('verify by metadata', () => {
  it('raises no false alarm on an intact target, and reads nothing', async () => {
    const target = filled(500)
    const result = await run(target, [target.baseline()])
    expect(result).toMatchObject({ findings: [], failures: [], filesRead: 0 })
    expect(result.counts).toMatchObject({ scanned: 500, failed: 0 })
  })

  it('finds each of 100 missing and 100 resized files, and nothing else', async () => {
    const target = filled(1000)
    const baseline = target.baseline()
    const expected: Record<string, string> = {}
    for (const [index, path] of [...target.objects.keys()].entries()) {
      if (index % 10 === 3) {
        target.objects.delete(path)
        expected[path] = 'missing'
      } else if (index % 10 === 7) {
        target.put(path, target.objects.get(path)!.bytes.slice(1))
        expected[path] = 'resized'
      }
    }
    const result = await run(target, [baseline])
    expect(kinds(result)).toEqual(expected)
    expect(Object.keys(expected)).toHaveLength(200)
  })

  it('finds content of the same size under another etag, and two objects that were swapped', async () => {
    const target = new ListedTarget()
    for (const [path, text] of [
      ['a', 'AAAA'],
      ['b', 'BBBB'],
      ['c', 'CCCC'],
      ['d', 'DDDD'],
    ] as const)
      target.put(path, text)
    const baseline = target.baseline()
    target.put('a', 'XXXX')
    target.put('b', 'CCCC')
    target.put('c', 'BBBB')
    expect(kinds(await run(target, [baseline]))).toEqual({ a: 'changed', b: 'changed', c: 'changed' })
  })

  it('does not take another etag on the same content for a change', async () => {
    const target = filled(20)
    const baseline = target.baseline()
    for (const [path, { entry, bytes }] of target.objects) {
      target.objects.set(path, { entry: { ...entry, etag: '"touched"' }, bytes })
    }
    const result = await run(target, [baseline])
    expect(result.findings).toEqual([])
    expect(result.filesRead).toBe(20)
  })

  it('lets what the service did meanwhile alone: replaced, added and removed files', async () => {
    const target = filled(60)
    const baseline = target.baseline()
    const record = (path: string): void => {
      const { entry, bytes } = target.objects.get(path)!
      baseline.entries.set(path, recordOf(entry, bytes))
    }
    let batches = 0
    target.afterBatch = () => {
      if (batches++ !== 1) return
      for (const [index, path] of [...target.objects.keys()].entries()) {
        if (index % 3 === 0) {
          target.put(path, 'replaced meanwhile')
          record(path)
        } else if (index % 3 === 1) {
          target.objects.delete(path)
          baseline.entries.delete(path)
        }
      }
    }
    expect((await run(target, [baseline])).findings).toEqual([])
  })

  it('accepts what any of the trees in one target agreed on', async () => {
    const target = new ListedTarget()
    target.put('shared', 'old')
    const first = target.baseline()
    target.put('shared', 'newer')
    const second = target.baseline()
    expect((await run(target, [first, second])).findings).toEqual([])
  })

  it('counts what could not be asked as a failure, not as a finding', async () => {
    const target = filled(3)
    const baseline = target.baseline()
    const [gone] = target.objects.keys()
    target.objects.delete(gone!)
    target.stat = async () => {
      throw new TidekeepError({ code: 'timeout', message: 'No answer.' })
    }
    const result = await run(target, [baseline])
    expect(result.findings).toEqual([])
    expect(result.failures).toMatchObject([{ path: gone, code: 'timeout' }])
  })
})

describe('verify --read-data', () => {
  it('finds 100 of 100 single flipped bits that no metadata shows, and nothing else', async () => {
    const random = seededRandom(11)
    const target = filled(400)
    const baseline = target.baseline()
    const flipped = [...target.objects.keys()].filter((_path, index) => index % 4 === 0)
    for (const path of flipped) {
      target.flipBit(path, Math.floor(random.next() * target.objects.get(path)!.bytes.byteLength * 8))
    }
    expect((await run(target, [baseline])).findings).toEqual([])
    const result = await run(target, [baseline], { readData: { kind: 'all' } })
    expect(flipped).toHaveLength(100)
    expect(result.findings.map(({ path }) => path).toSorted()).toEqual(flipped.toSorted())
    expect(new Set(Object.values(kinds(result)))).toEqual(new Set(['corrupt']))
    expect(result.filesRead).toBeGreaterThanOrEqual(400)
  })

  it('trusts what is stored with an object where nothing is remembered', async () => {
    const target = filled(30)
    const [first] = target.objects.keys()
    target.put('no checksum', 'x', { checksums: [] })
    target.put('terse', 'y', { terse: true })
    target.flipBit(first!, 5)
    const result = await run(target, [], { records: NO_RECORDS, readData: { kind: 'all' } })
    expect(kinds(result)).toEqual({ [first!]: 'corrupt' })
    expect(result.unverifiable).toBe(1)
  })

  it('says that archived files cannot be read, and does not call them lost', async () => {
    const target = new ListedTarget()
    target.put('old', 'x', { storageClass: 'DEEP_ARCHIVE' })
    target.beforeRead = () => {
      throw new TidekeepError({ code: 'forbidden', message: 'It is frozen.' })
    }
    const result = await run(target, [target.baseline()], { readData: { kind: 'all' } })
    expect(result).toMatchObject({ findings: [], failures: [], archived: 1 })
  })

  it('reads every file exactly once over the turns of a rotation', async () => {
    const target = filled(200)
    for (let turn = 1; turn <= 7; turn++) {
      const before = target.readPaths.length
      await run(target, [target.baseline()], { readData: { kind: 'rotation', turn, turns: 7 } })
      expect(target.readPaths.length - before).toBeGreaterThan(10)
    }
    expect(target.readPaths.toSorted()).toEqual([...target.objects.keys()].toSorted())
  })

  it('reads about the share that was asked for, other files each time, and at least one', () => {
    const files = Array.from({ length: 4000 }, (_item, index) => ({ path: `file ${index}`, size: 10 }))
    const random = seededRandom(5)
    const chosen = [1, 2].map(() => files.filter(createSelection({ kind: 'percent', percent: 5 }, 0, random.hex(8))))
    for (const paths of chosen) expect(Math.abs(paths.length - 200)).toBeLessThan(60)
    expect(chosen[0]).not.toEqual(chosen[1])
    expect(
      files.slice(0, 3).filter(createSelection({ kind: 'percent', percent: 0.01 }, 0, random.hex(8))),
    ).toHaveLength(1)
  })

  it('reads about the amount that was asked for and never much more', async () => {
    const target = filled(300)
    const total = [...target.objects.values()].reduce((sum, { entry }) => sum + entry.size, 0)
    const result = await run(target, [target.baseline()], { readData: { kind: 'bytes', bytes: Math.round(total / 4) } })
    expect(result.bytes.received).toBeGreaterThan(total / 8)
    expect(result.bytes.received).toBeLessThan(total / 4 + 3001)
  })
})

describe('verify --source', () => {
  function sourceOf(files: Record<string, string>, changes: Partial<Entry> = {}): SourceTree {
    const entries = Object.entries(files)
      .map(([path, text]): Entry => ({
        path: path as RelPath,
        kind: 'file',
        size: Buffer.byteLength(text),
        mtimeNs: 5n,
        ...changes,
      }))
      .toSorted((left, right) => comparePaths(left.path, right.path))
    return {
      files: async function* () {
        yield* entries
      },
      read: async function* ({ path }) {
        yield Buffer.from(files[path]!)
      },
    }
  }

  it('finds what is not backed up and what differs, and leaves what only the target has alone', async () => {
    const target = new ListedTarget()
    target.put('same', 'same')
    target.put('longer', 'abc')
    target.put('other', 'abc')
    target.put('no checksum', 'abc', { checksums: [] })
    target.put('only at the target', 'x')
    const source = sourceOf({ same: 'same', longer: 'abcd', other: 'abd', 'no checksum': 'abe', fresh: 'x' })
    const result = await run(target, [], { records: NO_RECORDS, source })
    expect(kinds(result)).toEqual({
      longer: 'differs',
      other: 'differs',
      'no checksum': 'differs',
      fresh: 'not-backed-up',
    })
  })

  it('does not read the source again where size and mtime are those that were backed up', async () => {
    const target = new ListedTarget()
    target.put('a', 'abc')
    const baseline = target.baseline()
    const { mtimeNs } = baseline.entries.get('a') as BaselineEntry
    const source = { ...sourceOf({ a: 'abc' }, { mtimeNs }), read: () => expect.unreachable() }
    expect((await run(target, [baseline], { source })).findings).toEqual([])
  })
})

describe('verify that was cut off', () => {
  /** Runs until so many files were begun to be read, then is cut off at once. */
  async function cutOff(
    target: ListedTarget,
    baseline: Baseline,
    { reads, ...options }: Partial<VerifyOptions> & { readonly reads: number },
  ): Promise<VerifyProgress> {
    const kill = new AbortController()
    let begun = 0
    target.beforeRead = () => {
      if (++begun >= reads) kill.abort()
      kill.signal.throwIfAborted()
    }
    let progress: VerifyProgress | undefined
    const onProgress = (told: VerifyProgress): void => void (progress = told)
    await run(target, [baseline], { readData: { kind: 'all' }, kill: kill.signal, onProgress, ...options }).catch(
      (error: unknown) => {
        if (!kill.signal.aborted) throw error
      },
    )
    target.beforeRead = () => undefined
    return progress!
  }

  it('goes on where it was, reads the rest, and reports what was found before and after', async () => {
    const target = filled(300)
    const baseline = target.baseline()
    const paths = [...target.objects.keys()].toSorted(comparePaths)
    for (const place of [3, 120, 280]) target.flipBit(paths[place]!, 9)
    const progress = await cutOff(target, baseline, { reads: 150 })
    const done = paths.indexOf(progress.after!) + 1
    expect(done).toBeGreaterThan(130)
    expect(done).toBeLessThan(150)
    expect(progress.again).toEqual([paths[3], paths[120]])
    target.readPaths.length = 0
    const result = await run(target, [baseline], { readData: { kind: 'all' }, from: progress })
    expect(kinds(result)).toEqual({ [paths[3]!]: 'corrupt', [paths[120]!]: 'corrupt', [paths[280]!]: 'corrupt' })
    // Content that is wrong is read twice before anybody is alarmed.
    const readOnce = [...new Set(target.readPaths)].toSorted(comparePaths)
    expect(readOnce).toEqual([paths[3], paths[120], ...paths.slice(done)])
  })

  it('draws the same files again, and between the two runs reads each of them', async () => {
    const target = filled(400)
    const baseline = target.baseline()
    const readData = { kind: 'percent', percent: 30 } as const
    const whole = await run(target, [baseline], { readData, seed: 'abcd' })
    const drawn = [...target.readPaths].toSorted(comparePaths)
    expect(whole).toMatchObject({ seed: 'abcd', filesRead: drawn.length })
    target.readPaths.length = 0
    const from = await cutOff(target, baseline, { readData, seed: 'abcd', reads: 40 })
    expect(from.seed).toBe('abcd')
    await run(target, [baseline], { readData, from })
    expect([...new Set(target.readPaths)].toSorted(comparePaths)).toEqual(drawn)
  })

  it('does not pass over what had begun but not ended', async () => {
    const target = filled(60)
    const baseline = target.baseline()
    let progress = await cutOff(target, baseline, { reads: 1 })
    expect(progress.after).toBeUndefined()
    const seen = new Set<string>()
    for (let runs = 0; runs < 20; runs++) {
      target.readPaths.length = 0
      progress = await cutOff(target, baseline, { from: progress, reads: 9 })
      for (const path of target.readPaths) seen.add(path)
    }
    expect(seen.size).toBe(60)
  })
})

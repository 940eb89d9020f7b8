import { describe, expect, it } from 'vitest'
import type { Entry, FolderId, Problem, RelPath } from '../../common/model.ts'
import { DISTINCT_NAMES, type NameFolding } from '../../common/name-folding.ts'
import { MovesUnderWay } from '../../main/engine/moves-under-way.ts'
import { runPass } from '../../main/engine/passes.ts'
import type { Scanner, ScanScope } from '../../main/engine/scan/scanner.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import { createFakeHost } from '../fakes/host.ts'
import { scanInStretches } from '../fakes/in-stretches.ts'
import { MapStore } from '../fakes/map-store.ts'
import { ModelSource } from '../fakes/model-source.ts'
import { baseDirectory, baseFile, rel } from '../fixtures/entries.ts'

const ID = 'f1' as FolderId
const FOLDING: NameFolding = { case: 'simple', normalization: true }

/** A folder with these files, what was agreed on, and a target that folds names. */
class Bench {
  readonly source = new ModelSource()
  readonly store = new MapStore()
  readonly target = createMemoryProvider({ name: '', nameFolding: FOLDING })
  asked = 0

  constructor(files: readonly string[], folding = FOLDING) {
    for (const path of files) this.write(path)
    this.store.folder = { compared: true }
    this.store.baseline.setFolding(ID, folding)
    const names = this.source.names.bind(this.source)
    this.source.names = (directory) => {
      this.asked++
      return names(directory)
    }
  }

  write(path: string): void {
    this.source.apply({ kind: 'write', path: rel(path), content: path })
  }

  /** As if the path had been backed up as it is now. */
  agree(path: string): void {
    const { size, mtimeNs, mode, identity, kind } = this.source.entry(rel(path)) as Required<Entry>
    const base = kind === 'file' ? baseFile(path) : baseDirectory(path)
    this.store.baseline.put(ID, { ...base, size, mtimeNs, mode, identity })
  }

  /** As if the target held the file, and nothing were known of it. */
  async hold(path: string): Promise<void> {
    const content = { size: 1, open: () => [Buffer.from('x')][Symbol.iterator]() as never }
    const options = {
      metadata: { mtimeNs: 1n },
      expect: { kind: 'any' },
      signal: new AbortController().signal,
    } as const
    await this.target.put(rel(path), content, options)
  }

  /** What a pass plans, and what it lists. */
  async look(
    scopes: readonly ScanScope[] | 'everything' = 'everything',
    scanner: Scanner = this.source,
  ): Promise<readonly string[]> {
    const found: string[] = []
    const { clock } = createFakeHost()
    await runPass(
      {
        folderId: ID,
        scanner,
        target: this.target,
        store: this.store.asStore(),
        clock,
        moves: new MovesUnderWay(),
        sample: async () => [],
      },
      {
        scopes,
        compareTarget: false,
        rules: { mode: 'mirror', guardFiles: 100, guardPercent: 100 },
        signal: new AbortController().signal,
      },
      {
        plan: (planned) => found.push(...planned.map(({ action: { kind, path } }) => `${kind} ${path}`)),
        problems: (problems: readonly Problem[]) =>
          void found.push(...problems.map(({ reason, path }) => `${reason} ${path}`)),
        scanned: () => undefined,
        hold: () => undefined,
      },
    )
    return found
  }
}

const single = (path: string): readonly ScanScope[] => [{ path: path as RelPath, recursive: false }]

describe('names that the target takes for one', () => {
  it('are kept once: the first in order, and the others are listed', async () => {
    const bench = new Bench(['report.txt', 'Report.txt', 'REPORT.TXT', 'reports.txt'])
    expect(await bench.look()).toEqual([
      'upload REPORT.TXT',
      'upload reports.txt',
      'collision Report.txt',
      'collision report.txt',
    ])
  })

  it('are kept once where the scan tells of stretches, too: one in which a name gives way is none', async () => {
    const bench = new Bench(['report.txt', 'Report.txt', 'REPORT.TXT', 'reports.txt'])
    const found = await bench.look('everything', scanInStretches(bench.source))
    expect(found.toSorted()).toEqual([
      'collision Report.txt',
      'collision report.txt',
      'upload REPORT.TXT',
      'upload reports.txt',
    ])
  })

  it('stay as they were agreed on, whatever comes first', async () => {
    const bench = new Bench(['report.txt'])
    bench.agree('report.txt')
    bench.write('Report.txt')
    expect(await bench.look()).toEqual(['collision Report.txt'])
    expect(await bench.look(single('Report.txt'))).toEqual(['collision Report.txt'])
  })

  it('stay as the target has them where none was agreed on, as after their deletion was kept while the disk was away', async () => {
    const bench = new Bench(['REPORT.TXT', 'Report.txt', 'report.txt', 'Photos/a.jpg', 'photos/a.jpg'])
    for (const path of ['Report.txt', 'photos/a.jpg']) await bench.hold(path)
    const found = await bench.look()
    expect(found.filter((each) => each.startsWith('collision'))).toEqual([
      'collision Photos',
      'collision REPORT.TXT',
      'collision report.txt',
    ])
    expect(await bench.look(single('REPORT.TXT'))).toEqual([
      'upload Report.txt',
      'collision REPORT.TXT',
      'collision report.txt',
    ])
  })

  it('are asked about once for each that collide, and not at all in what gives way anyhow', async () => {
    const bench = new Bench(['Photos/a.jpg', 'photos/x', 'photos/X', 'photos/deep/y', 'photos/deep/Y', 'z'])
    const asked: string[] = []
    const spelling = bench.target.features.spelling!.bind(bench.target.features)
    bench.target.features.spelling = (path, options) => {
      asked.push(path)
      return spelling(path, options)
    }
    const found = await bench.look()
    expect(found.filter((each) => each.startsWith('collision'))).toEqual(['collision photos'])
    expect(asked).toEqual(['Photos'])
  })

  it('are kept by their order where the target cannot be asked', async () => {
    const bench = new Bench(['Report.txt', 'report.txt'])
    await bench.hold('report.txt')
    bench.target.features.spelling = () => Promise.reject(new Error('out of reach'))
    expect(await bench.look()).toEqual(['upload Report.txt', 'collision report.txt'])
  })

  it('that are folders give way with everything in them, under one problem', async () => {
    const bench = new Bench(['Photos/a.jpg', 'photos/b.jpg', 'photos/deep/c.jpg', 'photos-2/d.jpg'])
    const found = await bench.look()
    expect(found.filter((each) => each.includes('photos/') || each.startsWith('collision'))).toEqual([
      'collision photos',
    ])
    expect(found).toContain('upload Photos/a.jpg')
    expect(found).toContain('upload photos-2/d.jpg')
    expect(await bench.look(single('photos/b.jpg'))).toEqual(['collision photos'])
    expect(await bench.look([{ path: rel('photos/deep'), recursive: true }])).toEqual(['collision photos'])
  })

  it('that differ only in Unicode form are told to look alike', async () => {
    const bench = new Bench(['caf\u00e9', 'cafe\u0301'])
    const messages: string[] = []
    bench.store.folders.putProblems = ((...args: readonly unknown[]) => {
      messages.push(...(args[2] as readonly Problem[]).map(({ message }) => message))
    }) as never
    await bench.look()
    expect(messages).toEqual([
      'caf\u00e9 is not backed up: the target takes it for cafe\u0301, which looks the same and is made of other characters. Rename one of them.',
    ])
  })

  it('are picked up when what they gave way to goes, by a look at that path alone', async () => {
    const bench = new Bench(['Report.txt', 'report.txt', 'Photos/a.jpg', 'photos/b.jpg'])
    for (const path of ['Report.txt', 'Photos', 'Photos/a.jpg']) bench.agree(path)
    bench.source.apply({ kind: 'remove', path: rel('Report.txt') })
    expect(await bench.look(single('Report.txt'))).toEqual(['upload report.txt', 'delete Report.txt'])
    bench.source.apply({ kind: 'rename', path: rel('Photos'), to: rel('Pictures') })
    const found = await bench.look(single('Photos'))
    expect(found).toContain('upload photos/b.jpg')
    expect(found).toContain('make-directory photos')
    expect(found.filter((each) => each.startsWith('collision'))).toEqual([])
  })

  it('of which one is no file and no folder, or is ignored, do not collide', async () => {
    const bench = new Bench(['report.txt', 'Report.txt'])
    const stat = bench.source.stat.bind(bench.source)
    bench.source.stat = async (path) => (path === 'Report.txt' ? undefined : stat(path))
    expect((await bench.look()).filter((each) => each.startsWith('collision'))).toEqual([])
  })

  it('are moved where one is the other renamed', async () => {
    const bench = new Bench(['a.txt'])
    bench.agree('a.txt')
    bench.source.apply({ kind: 'rename', path: rel('a.txt'), to: rel('A.txt') })
    expect(await bench.look()).toEqual(['move A.txt'])
  })

  it('are not even asked for where every spelling is a name of its own', async () => {
    const bench = new Bench(['report.txt', 'Report.txt', 'd/e'], DISTINCT_NAMES)
    expect((await bench.look()).filter((each) => each.startsWith('upload'))).toHaveLength(3)
    expect(bench.asked).toBe(0)
  })
})

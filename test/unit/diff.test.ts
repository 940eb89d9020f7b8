import { describe, expect, it } from 'vitest'
import type { BaselineEntry, Change, Entry, Problem, RelPath } from '../../common/model.ts'
import { comparePaths } from '../../common/paths.ts'
import { diffPaths, diffTree, type LocalBatch } from '../../main/engine/diff/diff.ts'
import { MovePairing } from '../../main/engine/diff/moves.ts'
import { baseDirectory, baseFile, localDirectory, localFile, rel, remoteFile } from '../fixtures/entries.ts'

interface Trees {
  readonly local?: readonly Entry[]
  readonly base?: readonly BaselineEntry[]
  readonly remote?: readonly Entry[]
  readonly problems?: readonly Problem[]
  /** Paths of which cannot be told whether they are there. */
  readonly hidden?: readonly string[]
}

async function* oneByOne(entries: readonly Entry[], problems: readonly Problem[] = []): AsyncGenerator<LocalBatch> {
  if (problems.length > 0) yield { entries: [], problems }
  for (const entry of entries.toSorted((a, b) => comparePaths(a.path, b.path))) yield { entries: [entry], problems: [] }
}

async function* remoteBatches(entries: readonly Entry[]): AsyncGenerator<readonly Entry[]> {
  yield entries.toSorted((a, b) => comparePaths(a.path, b.path))
}

function movesOf({ local = [], base = [], hidden = [] }: Trees, moving: readonly string[] = []): MovePairing {
  return new MovePairing({
    byInode: (inode: string) => base.filter((entry) => entry.identity?.inode === inode),
    statLocal: async (path: RelPath) =>
      hidden.includes(path) ? 'unknown' : local.find((entry) => entry.path === path),
    isMoving: (path: RelPath) => moving.includes(path),
  })
}

async function diff(trees: Trees): Promise<Change[]> {
  const base = (trees.base ?? []).toSorted((a, b) => comparePaths(a.path, b.path))
  const changes: Change[] = []
  const batches = diffTree({
    local: oneByOne(trees.local ?? [], trees.problems),
    baseline: (after) => base.filter((entry) => after === undefined || comparePaths(entry.path, after) > 0).slice(0, 2),
    moves: movesOf(trees),
    ...(trees.remote === undefined ? {} : { remote: remoteBatches(trees.remote) }),
  })
  for await (const batch of batches) changes.push(...batch.changes)
  return changes
}

const short = (changes: readonly Change[]): string[] =>
  changes.map((change) =>
    change.kind === 'moved' ? `moved ${change.from} -> ${change.path}` : `${change.kind} ${change.path}`,
  )

it('asks both sides at once: each may take a while to begin', async () => {
  const asked: string[] = []
  const side = async function* <T>(name: string, batch: T): AsyncGenerator<T> {
    asked.push(name)
    await new Promise((resolve) => setImmediate(resolve))
    asked.push(`${name} answers`)
    yield batch
  }
  const batches = diffTree({
    local: side('here', { entries: [localFile('a')], problems: [] }),
    baseline: () => [],
    moves: movesOf({}),
    remote: side('there', [remoteFile('a')]),
  })
  const changes: Change[] = []
  for await (const batch of batches) changes.push(...batch.changes)
  expect(short(changes)).toEqual(['both-present a'])
  expect(asked.slice(0, 2)).toEqual(['here', 'there'])
})

describe('diff of both ways', () => {
  const compare = async (trees: Trees): Promise<{ readonly changes: string[]; readonly problems: string[] }> => {
    const [changes, problems]: [Change[], Problem[]] = [[], []]
    const base = trees.base ?? []
    const batches = diffTree({
      local: oneByOne(trees.local ?? []),
      baseline: (after) => base.filter((entry) => after === undefined || comparePaths(entry.path, after) > 0),
      moves: movesOf(trees),
      remote: remoteBatches(trees.remote ?? []),
      twoWay: { isLeftOut: ({ path }) => path.endsWith('.tmp'), isInConflict: () => false, mayHaveMoved: true },
    })
    for await (const batch of batches) {
      changes.push(...batch.changes)
      problems.push(...batch.problems)
    }
    return { changes: short(changes), problems: problems.map(({ path, reason }) => `${reason} ${path}`) }
  }

  it('sets a file here against what a target without folders holds below its name, once, and lets that wait', async () => {
    const remote = [remoteFile('thing/one'), remoteFile('thing/deep/two'), remoteFile('thing else')]
    expect(await compare({ local: [localFile('thing')], remote })).toEqual({
      changes: [
        'both-present thing',
        'remote-created thing/deep/two',
        'remote-created thing/one',
        'remote-created thing else',
      ],
      problems: [],
    })
  })

  it('sets it against them also where other files come between, and where the target holds that file, too', async () => {
    const [local, base] = [localFile('thing'), baseFile('thing')]
    const there = { ...remoteFile('thing'), ...base.remote } as Entry
    const between = ['thing-a', 'thing.b'].map((path) => localFile(path))
    expect(
      await compare({ local: [local, ...between], base: [base], remote: [there, remoteFile('thing/one')] }),
    ).toEqual({
      changes: ['created thing-a', 'created thing.b', 'both-changed thing', 'remote-created thing/one'],
      problems: [],
    })
  })

  it('lets a file go that is as agreed on here and gone there, for what took its place', async () => {
    expect(
      await compare({ local: [localFile('thing')], base: [baseFile('thing')], remote: [remoteFile('thing/one')] }),
    ).toEqual({ changes: ['remote-created thing/one', 'remote-removed thing'], problems: [] })
  })

  it('leaves a file against a folder to the conflict that it is, and what is left out alone', async () => {
    const folder = { ...remoteFile('thing'), kind: 'directory' as const, size: 0 }
    const remote = [folder, remoteFile('thing/one'), remoteFile('other/x.tmp')]
    expect(await compare({ local: [localFile('thing'), localFile('other')], remote })).toEqual({
      changes: ['created other', 'both-present thing', 'remote-created thing/one'],
      problems: [],
    })
  })

  it('takes what was agreed on below a file that replaced its folder for removed', async () => {
    const one = baseFile('thing/one')
    const remote = [{ ...remoteFile('thing/one'), ...one.remote } as Entry]
    expect(await compare({ local: [localFile('thing')], base: [one], remote })).toEqual({
      changes: ['created thing', 'removed thing/one'],
      problems: [],
    })
  })
})

describe('diff of two trees', () => {
  it('finds nothing where nothing changed', async () => {
    expect(
      await diff({
        local: [localDirectory('d'), localFile('d/a'), localFile('z')],
        base: [baseDirectory('d'), baseFile('d/a'), baseFile('z')],
      }),
    ).toEqual([])
  })

  it('reports new, changed and removed files', async () => {
    const changes = await diff({
      local: [localFile('new'), localFile('same'), localFile('edited', { size: 11 })],
      base: [baseFile('edited'), baseFile('gone'), baseFile('same')],
    })
    expect(short(changes)).toEqual(['modified edited', 'created new', 'removed gone'])
  })

  it('tells what is gone on both sides, only where the target was listed', async () => {
    const base = [baseFile('both'), baseFile('here')]
    const listed = await diff({ base, remote: [remoteFile('here')] })
    expect(listed.map((change) => [change.path, change.kind === 'removed' && change.isGone])).toEqual([
      ['both', true],
      ['here', undefined],
    ])
    expect(await diff({ base })).toEqual(base.map((entry) => ({ kind: 'removed', path: entry.path, base: entry })))
  })

  it('tells where the target has another version of what is gone here', async () => {
    const base = [baseFile('other'), baseFile('same')]
    const listed = await diff({ base, remote: [remoteFile('other', { size: 11 }), remoteFile('same')] })
    expect(listed.map((change) => change.kind === 'removed' && change.isOther)).toEqual([true, undefined])
  })

  it('notices a writer that restored mtime, by ctime', async () => {
    expect(short(await diff({ local: [localFile('a', { ctimeNs: 2_000n })], base: [baseFile('a')] }))).toEqual([
      'modified a',
    ])
  })

  it('notices a file replaced by another with the same size and mtime, by inode', async () => {
    expect(short(await diff({ local: [localFile('a', { inode: '1:other' })], base: [baseFile('a')] }))).toEqual([
      'modified a',
    ])
  })

  it('says nothing of a directory whose mtime moved with its children, and reports its mode', async () => {
    expect(await diff({ local: [{ ...localDirectory('d'), mtimeNs: 5n }], base: [baseDirectory('d')] })).toEqual([])
    expect(short(await diff({ local: [localDirectory('d', 0o700)], base: [baseDirectory('d')] }))).toEqual([
      'metadata d',
    ])
  })

  it('orders directories and their siblings as the listings do', async () => {
    const paths = ['a', 'a/x', 'a-b', 'a.c', 'ab']
    const changes = await diff({
      local: [localDirectory('a'), ...paths.slice(1).map((path) => localFile(path))],
      base: [],
    })
    expect(changes.map((change) => change.path)).toEqual(['a', 'a-b', 'a.c', 'a/x', 'ab'])
  })

  it('turns a file that became a directory, and the reverse, into a new entry of the other kind', async () => {
    expect(short(await diff({ local: [localDirectory('a'), localFile('a/b')], base: [baseFile('a')] }))).toEqual([
      'created a',
      'created a/b',
    ])
    expect(short(await diff({ local: [localFile('a')], base: [baseDirectory('a'), baseFile('a/b')] }))).toEqual([
      'created a',
      'removed a/b',
    ])
  })
})

describe('recognising moves', () => {
  it('pairs a new path with a gone one of the same inode, size and mtime, whichever comes first in order', async () => {
    expect(
      short(await diff({ local: [localFile('z', { inode: '1:7' })], base: [baseFile('a', { inode: '1:7' })] })),
    ).toEqual(['moved a -> z'])
    expect(
      short(await diff({ local: [localFile('a', { inode: '1:7' })], base: [baseFile('z', { inode: '1:7' })] })),
    ).toEqual(['moved z -> a'])
  })

  it('does not take a hard link for a move while the old name is still there', async () => {
    const changes = await diff({
      local: [localFile('a', { inode: '1:7' }), localFile('b', { inode: '1:7' })],
      base: [baseFile('a', { inode: '1:7' })],
    })
    expect(short(changes)).toEqual(['created b'])
  })

  it('gives an old path away once', async () => {
    const changes = await diff({
      local: [localFile('b', { inode: '1:7' }), localFile('c', { inode: '1:7' })],
      base: [baseFile('a', { inode: '1:7' })],
    })
    expect(short(changes)).toEqual(['moved a -> b', 'created c'])
  })

  it('does not pair files whose size or mtime differ, nor empty ones', async () => {
    expect(
      short(
        await diff({ local: [localFile('b', { inode: '1:7', mtimeNs: 9n })], base: [baseFile('a', { inode: '1:7' })] }),
      ),
    ).toEqual(['created b', 'removed a'])
    expect(
      short(
        await diff({
          local: [localFile('b', { inode: '1:7', size: 0 })],
          base: [baseFile('a', { inode: '1:7', size: 0 })],
        }),
      ),
    ).toEqual(['created b', 'removed a'])
  })

  it('recognises every file of a renamed directory', async () => {
    const names = ['1', '2', '3']
    const changes = await diff({
      local: [localDirectory('new'), ...names.map((name) => localFile(`new/${name}`, { inode: `1:${name}` }))],
      base: [baseDirectory('old'), ...names.map((name) => baseFile(`old/${name}`, { inode: `1:${name}` }))],
    })
    expect(short(changes)).toEqual([
      'created new',
      'moved old/1 -> new/1',
      'moved old/2 -> new/2',
      'moved old/3 -> new/3',
      'removed old',
    ])
  })

  it('takes a file for new where its old place cannot be looked at: it may be there still', async () => {
    const changes = await diff({
      local: [localFile('new', { inode: '1:7' })],
      base: [baseFile('locked/old', { inode: '1:7' })],
      problems: [{ path: rel('locked'), reason: 'unreadable', message: 'permission denied' }],
      hidden: ['locked/old'],
    })
    expect(short(changes)).toEqual(['created new'])
  })
})

describe('absent is not deleted', () => {
  it('takes nothing below an unreadable directory for removed', async () => {
    const problems: Problem[] = [{ path: rel('locked'), reason: 'unreadable', message: 'permission denied' }]
    const changes = await diff({
      local: [localDirectory('locked')],
      base: [baseDirectory('locked'), baseFile('locked/a'), baseFile('lockedX')],
      problems,
    })
    expect(short(changes)).toEqual(['removed lockedX'])
  })

  it('yields no removal when the listing breaks off', async () => {
    async function* broken(): AsyncGenerator<LocalBatch> {
      yield { entries: [localFile('a')], problems: [] }
      throw new Error('unplugged')
    }
    const seen: Change[] = []
    const run = async (): Promise<void> => {
      const batches = diffTree({
        local: broken(),
        baseline: (after) => (after === undefined ? [baseFile('a'), baseFile('b')] : []),
        moves: movesOf({}),
      })
      for await (const batch of batches) seen.push(...batch.changes)
    }
    await expect(run()).rejects.toThrow('unplugged')
    expect(short(seen)).toEqual([])
  })
})

describe('diff with the target listed', () => {
  it('reports what both sides have and nobody agreed on', async () => {
    expect(short(await diff({ local: [localFile('a')], base: [], remote: [remoteFile('a')] }))).toEqual([
      'both-present a',
    ])
  })

  it('reports what the target lost or changed, and leaves alone what only the target has', async () => {
    const changes = await diff({
      local: [localFile('a'), localFile('b'), localFile('c')],
      base: [baseFile('a'), baseFile('b'), baseFile('c')],
      remote: [remoteFile('b', { etag: '"other"' }), remoteFile('c'), remoteFile('foreign')],
    })
    expect(short(changes)).toEqual(['remote-drifted a', 'remote-drifted b'])
  })
})

describe('a file that the target rewrites by itself', () => {
  const second = 1_000_000_000n
  const base: BaselineEntry = {
    ...baseFile('a.docx', { mtimeNs: 7n * second }),
    remote: { size: 10, etag: '"sent"', verifiedBy: 'altered' },
  }
  const local = localFile('a.docx', { mtimeNs: 7n * second })
  const held = (mtimeNs: bigint): Entry => remoteFile('a.docx', { etag: '"rewritten"', size: 99, mtimeNs })

  it('is not sent again and again for that, and is looked at once someone edits it there', async () => {
    expect(short(await diff({ local: [local], base: [base], remote: [held(7n * second + 5n)] }))).toEqual([])
    const edited = await diff({ local: [local], base: [base], remote: [held(9n * second)] })
    expect(short(edited)).toEqual(['remote-drifted a.docx'])
  })
})

describe('diff of single paths', () => {
  it('does not take for removed what an earlier pass saw moving', async () => {
    const base = [baseFile('a')]
    const changes: Change[] = []
    const batches = diffPaths({
      looked: [rel('a')],
      local: oneByOne([]),
      baselineAt: (path) => base.find((entry) => entry.path === path),
      moves: movesOf({ base }, ['a']),
    })
    for await (const batch of batches) changes.push(...batch.changes)
    expect(changes).toEqual([])
  })

  it('looks at the hinted paths alone', async () => {
    const base = [baseFile('a'), baseFile('b'), baseFile('c')]
    const local = [localFile('a', { size: 99 }), localFile('d')]
    const changes: Change[] = []
    const batches = diffPaths({
      looked: [rel('a'), rel('b'), rel('d')],
      local: oneByOne(local),
      baselineAt: (path) => base.find((entry) => entry.path === path),
      moves: movesOf({ local, base }),
    })
    for await (const batch of batches) changes.push(...batch.changes)
    expect(short(changes)).toEqual(['modified a', 'created d', 'removed b'])
  })

  it('pairs a rename whose two halves were hinted together', async () => {
    const base = [baseFile('a', { inode: '1:7' })]
    const local = [localFile('b', { inode: '1:7' })]
    const changes: Change[] = []
    const batches = diffPaths({
      looked: [rel('a'), rel('b')],
      local: oneByOne(local),
      baselineAt: (path) => base.find((entry) => entry.path === path),
      moves: movesOf({ local, base }),
    })
    for await (const batch of batches) changes.push(...batch.changes)
    expect(short(changes)).toEqual(['moved a -> b'])
  })
})

describe('a listing that holds less than it counted', () => {
  it('fails, rather than pass for one that ended: what lies behind it was not deleted', async () => {
    const entries = ['a', 'b', 'c'].map((path) => localFile(path))
    const last = entries.at(-1)!.path
    const stretch = { last, count: 3, files: 3, bytes: 30, digest: () => '' }
    const local = async function* (): AsyncGenerator<LocalBatch> {
      yield { entries: entries.slice(0, 1), problems: [], stretch }
      yield { entries: [localFile('d')], problems: [] }
    }
    const base = ['a', 'b', 'c', 'd'].map((path) => baseFile(path))
    const found: Change[] = []
    const batches = diffTree({
      local: local(),
      baseline: (after) => base.filter(({ path }) => after === undefined || comparePaths(path, after) > 0),
      moves: movesOf({ base }),
    })
    const look = async (): Promise<void> => {
      for await (const { changes } of batches) found.push(...changes)
    }
    await expect(look()).rejects.toMatchObject({ code: 'internal' })
    expect(found).toEqual([])
  })
})

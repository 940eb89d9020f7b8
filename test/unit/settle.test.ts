import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hint, RelPath } from '../../common/model.ts'
import { isWithin } from '../../common/paths.ts'
import { collapseHints } from '../../main/engine/watch/collapse.ts'
import type { RawEventKind } from '../../main/engine/watch/raw-watcher.ts'
import { Settler } from '../../main/engine/watch/settle.ts'
import type { HintBatch } from '../../main/engine/watch/watcher.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

/** [milliseconds since the start, kind, path] */
type Step = readonly [atMs: number, kind: RawEventKind, path: string]

interface Received {
  readonly atMs: number
  readonly hints: readonly string[]
  readonly overflow: boolean
  readonly batch: HintBatch
}

class Bench {
  readonly clock = new VirtualClock()
  readonly settler = new Settler(this.clock, { settleMs: 500, settleMaxMs: 5_000 })
  readonly received: Received[] = []
  readonly #stop = new AbortController()
  readonly #startMs = this.clock.monotonic()
  readonly done: Promise<void>
  autoAcknowledge = true

  constructor() {
    this.done = this.#read()
  }

  async #read(): Promise<void> {
    for (;;) {
      const batch = await this.settler.take(this.#stop.signal)
      if (batch === undefined) return
      if (this.autoAcknowledge) batch.acknowledge()
      this.received.push({
        atMs: this.clock.monotonic() - this.#startMs,
        hints: batch.hints.map(({ path, recursive }) => (recursive ? `${path}/**` : path)),
        overflow: batch.overflow,
        batch,
      })
    }
  }

  async play(steps: readonly Step[], thenMs = 20_000): Promise<void> {
    for (const [atMs, kind, path] of steps) {
      await this.clock.advance(this.#startMs + atMs - this.clock.monotonic())
      this.settler.note({ path, kind })
    }
    await this.clock.advance(thenMs)
  }

  async end(): Promise<void> {
    this.#stop.abort()
    await this.done
  }
}

async function played(steps: readonly Step[]): Promise<readonly Received[]> {
  const bench = new Bench()
  await bench.play(steps)
  await bench.end()
  return bench.received
}
const hintsOf = (received: readonly Received[]): readonly (readonly string[])[] => received.map(({ hints }) => hints)

/** Each is one save or one action of a user, as inotify shows it, and the only batch it may lead to. */
const PATTERNS: readonly (readonly [name: string, steps: readonly Step[], batches: readonly (readonly string[])[]])[] =
  [
    [
      'a new file',
      [
        [0, 'appeared', 'a'],
        [1, 'changed', 'a'],
      ],
      [['a']],
    ],
    [
      'write to a temporary file and rename it over',
      [
        [0, 'appeared', '.a.tmp'],
        [2, 'changed', '.a.tmp'],
        [5, 'removed', '.a.tmp'],
        [5, 'appeared', 'a'],
      ],
      [['a']],
    ],
    [
      'a slow temporary file, renamed over',
      [
        [0, 'appeared', '.a.tmp'],
        [400, 'changed', '.a.tmp'],
        [800, 'removed', '.a.tmp'],
        [800, 'appeared', 'a'],
      ],
      [['a']],
    ],
    [
      'vim with a backup',
      [
        [0, 'appeared', '4913'],
        [1, 'removed', '4913'],
        [2, 'removed', 'a'],
        [2, 'appeared', 'a~'],
        [3, 'appeared', 'a'],
        [4, 'changed', 'a'],
        [6, 'removed', 'a~'],
      ],
      [['a']],
    ],
    [
      'vim with a swap file held open',
      [
        [0, 'appeared', '.a.swp'],
        [3, 'changed', '.a.swp'],
        [90, 'changed', 'a'],
        [95, 'removed', '.a.swp'],
      ],
      [['a']],
    ],
    ['append in pieces', [0, 200, 400, 600, 800].map((atMs): Step => [atMs, 'changed', 'log']), [['log']]],
    [
      'unlink, and create 30 ms later',
      [
        [0, 'removed', 'a'],
        [30, 'appeared', 'a'],
        [31, 'changed', 'a'],
      ],
      [['a']],
    ],
    [
      'unlink, and create 800 ms later',
      [
        [0, 'removed', 'a'],
        [800, 'appeared', 'a'],
      ],
      [['a']],
    ],
    [
      'rename a file',
      [
        [0, 'removed', 'a'],
        [0, 'appeared', 'b'],
      ],
      [['a', 'b']],
    ],
    [
      'rename a file, the new name first',
      [
        [0, 'appeared', 'b'],
        [1, 'removed', 'a'],
      ],
      [['a', 'b']],
    ],
    [
      'rename a directory',
      [
        [0, 'directory-removed', 'a'],
        [0, 'directory-appeared', 'b'],
        [3, 'directory-appeared', 'b'],
      ],
      [['a/**', 'b/**']],
    ],
    ['change only a mode', [[0, 'changed', 'a']], [['a']]],
    [
      'touch',
      [
        [0, 'changed', 'a'],
        [0, 'changed', 'a'],
      ],
      [['a']],
    ],
    [
      'write the same content again',
      [
        [0, 'changed', 'a'],
        [1, 'changed', 'a'],
        [2, 'changed', 'a'],
      ],
      [['a']],
    ],
    [
      'Word: temporary file, two renames and a lock',
      [
        [0, 'appeared', '~$port.docx'],
        [10, 'appeared', '~WRD0001.tmp'],
        [40, 'changed', '~WRD0001.tmp'],
        [50, 'removed', 'report.docx'],
        [50, 'appeared', '~WRL0002.tmp'],
        [51, 'removed', '~WRD0001.tmp'],
        [51, 'appeared', 'report.docx'],
        [60, 'removed', '~WRL0002.tmp'],
        [70, 'removed', '~$port.docx'],
      ],
      [['report.docx']],
    ],
    [
      'LibreOffice lock beside a save',
      [
        [0, 'appeared', '.~lock.a.ods#'],
        [20, 'changed', 'a.ods'],
        [30, 'removed', '.~lock.a.ods#'],
      ],
      [['a.ods']],
    ],
    [
      'rsync receives a file',
      [
        [0, 'appeared', '.a.Xy12Zw'],
        [300, 'changed', '.a.Xy12Zw'],
        [600, 'changed', '.a.Xy12Zw'],
        [700, 'removed', '.a.Xy12Zw'],
        [700, 'appeared', 'a'],
        [701, 'changed', 'a'],
      ],
      [['a']],
    ],
    [
      'git takes and drops its lock',
      [
        [0, 'appeared', '.git/index.lock'],
        [5, 'removed', '.git/index.lock'],
        [5, 'appeared', '.git/index'],
      ],
      [['.git/index']],
    ],
    [
      'SQLite commits with a journal',
      [
        [0, 'appeared', 'db-journal'],
        [2, 'changed', 'db'],
        [4, 'removed', 'db-journal'],
      ],
      [['db']],
    ],
    [
      'SQLite commits to its log',
      [
        [0, 'changed', 'db-wal'],
        [3, 'changed', 'db-shm'],
        [5, 'changed', 'db-wal'],
      ],
      [['db-wal', 'db-shm']],
    ],
    [
      'a file that came and went',
      [
        [0, 'appeared', 't'],
        [100, 'changed', 't'],
        [200, 'removed', 't'],
      ],
      [],
    ],
    [
      'a directory that came and went',
      [
        [0, 'directory-appeared', 'd'],
        [100, 'directory-removed', 'd'],
      ],
      [],
    ],
    [
      'a directory replaced by a file',
      [
        [0, 'directory-removed', 'd'],
        [1, 'appeared', 'd'],
      ],
      [['d/**']],
    ],
  ]

describe('settling', () => {
  it.each(PATTERNS)('makes one batch of one action: %s', async (_, steps, batches) => {
    const received = await played(steps)
    expect(hintsOf(received).map((hints) => hints.toSorted())).toEqual(batches.map((hints) => hints.toSorted()))
  })

  it('tells of a write half a second after the last, and of a removal after a second', async () => {
    expect(
      await played([
        [0, 'changed', 'a'],
        [300, 'changed', 'a'],
      ]),
    ).toMatchObject([{ atMs: 800, hints: ['a'] }])
    expect(await played([[0, 'removed', 'a']])).toMatchObject([{ atMs: 1_000, hints: ['a'] }])
  })

  it('waits five seconds at most for a file that never gets quiet', async () => {
    const steps = Array.from({ length: 100 }, (_, index): Step => [index * 100, 'changed', 'log'])
    const received = await played(steps)
    expect(received[0]).toMatchObject({ atMs: 5_000, hints: ['log'] })
    expect(hintsOf(received)).toEqual([['log'], ['log']])
  })

  it('does not hold a quiet path back for a busy one', async () => {
    const busy = Array.from({ length: 20 }, (_, index): Step => [index * 100, 'changed', 'busy'])
    const received = await played([[0, 'changed', 'quiet'], ...busy])
    expect(received[0]).toMatchObject({ hints: ['quiet'] })
    expect(received[0]!.atMs).toBeLessThanOrEqual(550)
  })

  it('holds a new file for removals only as long as any path may wait', async () => {
    const removals = Array.from({ length: 100 }, (_, index): Step => [index * 100, 'removed', `old-${index}`])
    const received = await played([[0, 'appeared', 'new'], ...removals])
    expect(received.find(({ hints }) => hints.includes('new'))!.atMs).toBeLessThanOrEqual(5_050)
  })

  it('tells of a removal when the file had been there longer than the window', async () => {
    expect(
      hintsOf(
        await played([
          [0, 'appeared', 'a'],
          [3_000, 'removed', 'a'],
        ]),
      ),
    ).toEqual([['a'], ['a']])
  })

  it('tells of the removal of a file that was just saved through a temporary one', async () => {
    const steps: readonly Step[] = [
      [0, 'appeared', '.a.tmp'],
      [1, 'removed', '.a.tmp'],
      [1, 'appeared', 'a'],
      [50, 'removed', 'a'],
    ]
    expect(hintsOf(await played(steps))).toEqual([['a']])
  })

  it('tells of the removal of a new directory in which a batch had something looked at', async () => {
    // The scan of what is in it saw the directory: without its removal it would stay known.
    const steps: readonly Step[] = [
      [0, 'directory-appeared', 'd'],
      [0, 'changed', 'd/f'],
      [400, 'changed', 'd'],
      [700, 'directory-removed', 'd'],
    ]
    expect(hintsOf(await played(steps))).toEqual([['d/f'], ['d/**']])
  })

  it('tells of the removal of a directory that was only looked at again', async () => {
    const steps: readonly Step[] = [
      [0, 'directory-changed', 'd'],
      [100, 'directory-removed', 'd'],
    ]
    expect(hintsOf(await played(steps))).toEqual([['d/**']])
  })

  it('tells of the removal of a new path that the scan of a batch may have seen', async () => {
    const bench = new Bench()
    bench.autoAcknowledge = false
    await bench.play([[0, 'directory-appeared', 'd']], 1_000)
    await bench.play(
      [
        [2_000, 'appeared', 'd/x'],
        [2_100, 'removed', 'd/x'],
      ],
      2_000,
    )
    expect(bench.received[1]?.hints).toEqual(['d/**'])
    expect(bench.received).toHaveLength(2)
    await bench.end()
  })

  it('makes one batch of directories of a checkout of 5,000 files', async () => {
    const steps = Array.from({ length: 5_000 }, (_, index): Step => [
      Math.floor(index / 50),
      'appeared',
      `src/d${index % 100}/f${index}`,
    ])
    const received = await played(steps)
    expect(received).toHaveLength(1)
    expect(received[0]!.hints.length).toBeLessThanOrEqual(512)
    expect(received[0]!.hints.toSorted()).toEqual(
      Array.from({ length: 100 }, (_, index) => `src/d${index}/**`).toSorted(),
    )
  })

  it('keeps what was not acknowledged and offers it with the next batch', async () => {
    const bench = new Bench()
    bench.autoAcknowledge = false
    await bench.play([[0, 'changed', 'a']], 1_000)
    await bench.play([[2_000, 'changed', 'b']], 1_000)
    expect(hintsOf(bench.received)).toEqual([['a'], ['a', 'b']])
    bench.received[1]!.batch.acknowledge()
    await bench.play([[4_000, 'changed', 'c']], 1_000)
    expect(bench.received[2]!.hints).toEqual(['c'])
    await bench.end()
  })

  it('offers what was not acknowledged again by itself after ten minutes', async () => {
    const bench = new Bench()
    bench.autoAcknowledge = false
    await bench.play([[0, 'changed', 'a']], 590_000)
    expect(bench.received).toHaveLength(1)
    await bench.clock.advance(20_000)
    expect(hintsOf(bench.received)).toEqual([['a'], ['a']])
    await bench.end()
  })

  it('says overflow once it is quiet, in place of everything that waited', async () => {
    const bench = new Bench()
    bench.settler.note({ path: 'a', kind: 'changed' })
    bench.settler.overflow()
    await bench.play([[300, 'changed', 'b']])
    expect(bench.received).toMatchObject([{ atMs: 800, hints: [], overflow: true }])
    await bench.end()
  })

  it('says overflow after five seconds of steady events', async () => {
    const bench = new Bench()
    bench.settler.overflow()
    await bench.play(Array.from({ length: 80 }, (_, index): Step => [index * 100, 'changed', 'log']))
    expect(bench.received[0]).toMatchObject({ atMs: 5_000, overflow: true })
    await bench.end()
  })

  it('keeps an overflow that was not acknowledged', async () => {
    const bench = new Bench()
    bench.autoAcknowledge = false
    bench.settler.overflow()
    await bench.clock.advance(1_000)
    await bench.play([[2_000, 'changed', 'a']], 1_000)
    expect(bench.received.map(({ overflow }) => overflow)).toEqual([true, true])
    await bench.end()
  })

  it('gives up remembering paths when there are more than 20,000', async () => {
    const bench = new Bench()
    for (let index = 0; index < 20_001; index++) bench.settler.note({ path: `f${index}`, kind: 'changed' })
    await bench.clock.advance(2_000)
    expect(bench.received).toMatchObject([{ hints: [], overflow: true }])
    await bench.end()
  })

  it('has a polled folder looked at as a whole', async () => {
    const bench = new Bench()
    bench.settler.poll()
    await bench.clock.advance(10)
    expect(bench.received[0]!.batch.hints).toEqual([{ path: '', recursive: true, cause: 'poll' }])
    await bench.end()
  })

  it('ends when it is aborted and leaves no timer', async () => {
    const bench = new Bench()
    bench.settler.note({ path: 'a', kind: 'changed' })
    await bench.clock.advance(100)
    await bench.end()
    expect(bench.clock.pending).toBe(0)
  })

  it('tells of every path that changed, whatever the events', async () => {
    const kind = fc.constantFrom<RawEventKind>('changed', 'removed', 'directory-removed')
    const step = fc.tuple(fc.nat(8_000), kind, fc.constantFrom('a', 'a/b', 'a/b/c', 'd', 'd/e'))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const inOrder = steps.toSorted(([a], [b]) => a - b)
        const received = await played(inOrder)
        for (const [atMs, , path] of inOrder) {
          const told = received.some(
            (batch) =>
              batch.atMs >= atMs &&
              batch.batch.hints.some(
                (hint) => hint.path === path || (hint.recursive && isWithin(path as RelPath, hint.path)),
              ),
          )
          expect(told, `${path} at ${atMs}`).toBe(true)
        }
      }),
      { seed: 20_261_121, numRuns: 60 },
    )
  })
})

describe('collapsing hints', () => {
  const hint = (path: string, recursive = false): Hint => ({ path: path as RelPath, recursive, cause: 'watch' })
  const shown = (hints: readonly Hint[]): readonly string[] =>
    hints.map(({ path, recursive }) => (recursive ? `${path}/**` : path))

  it('drops what a recursive hint covers, and nothing that only looks alike', () => {
    expect(shown(collapseHints([hint('a', true), hint('a/b'), hint('a-b'), hint('ab/c')]))).toEqual([
      'a/**',
      'a-b',
      'ab/c',
    ])
  })

  it('turns more than 128 paths of one directory into the directory', () => {
    const crowd = (count: number): Hint[] => Array.from({ length: count }, (_, index) => hint(`d/f${index}`))
    expect(collapseHints(crowd(128))).toHaveLength(128)
    expect(shown(collapseHints([...crowd(129), hint('x')]))).toEqual(['x', 'd/**'])
  })

  it('keeps unrelated places apart while they are few enough', () => {
    const hints = Array.from({ length: 600 }, (_, index) => hint(`deep/er/d${index}/f`))
    const collapsed = collapseHints([...hints, hint('far/x')])
    expect(shown(collapsed).toSorted()).toEqual(['deep/er/**', 'far/x'])
  })

  it('ends at the root when everything changed', () => {
    const hints = Array.from({ length: 600 }, (_, index) => hint(`f${index}`))
    expect(shown(collapseHints(hints))).toEqual(['/**'])
  })

  it('always covers every path it was given', () => {
    const path = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
    const any = fc.tuple(path, fc.boolean()).map(([where, recursive]) => hint(where, recursive))
    fc.assert(
      fc.property(fc.array(any, { maxLength: 900 }), (hints) => {
        const collapsed = collapseHints(hints)
        expect(collapsed.length).toBeLessThanOrEqual(512)
        for (const { path: wanted, recursive } of hints) {
          const covered = collapsed.some(
            (one) =>
              (one.path === wanted && (one.recursive || !recursive)) || (one.recursive && isWithin(wanted, one.path)),
          )
          expect(covered).toBe(true)
        }
      }),
      { seed: 20_261_121, numRuns: 60 },
    )
  })
})

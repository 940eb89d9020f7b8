import { describe, expect, it } from 'vitest'
import type { FolderId, Hold, Job, RelPath } from '../../common/model.ts'
import { isWithin } from '../../common/paths.ts'
import { PassGuard, type PassEnd } from '../../main/engine/pass-guard.ts'
import type { GuardLimits } from '../../main/engine/plan/guard.ts'
import type { Planned } from '../../main/engine/plan/plan.ts'
import { RecentChanges, type Moved } from '../../main/engine/recent-changes.ts'
import type { JobFilter, PlannedAction } from '../../main/state/store.ts'
import type { ContentSample } from '../../workers/tasks.ts'
import { seededRandom } from '../fakes/host.ts'
import { MapStore } from '../fakes/map-store.ts'
import { baseFile, localFile, rel } from '../fixtures/entries.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const LIMITS: GuardLimits = { guardFiles: 50, guardPercent: 10 }
const NOISE: ContentSample = {
  sampledBytes: 65_536,
  bits: 7.997,
  headBits: 7.955,
  head: 'a1'.repeat(16),
  isZero: false,
}
const HONEST: ContentSample = { ...NOISE, head: `504b0304${'a1'.repeat(12)}` }
const MINUTE_MS = 60_000

interface Changes {
  readonly edited?: readonly RelPath[]
  readonly deleted?: readonly RelPath[]
  readonly moved?: readonly Moved[]
  readonly created?: readonly RelPath[]
}

/** A folder of `files` files that are safe, ten to a folder, and the guard of its passes. */
class Bench {
  readonly store = new MapStore()
  readonly held: RelPath[] = []
  nowMs = 0
  sample: (path: RelPath) => ContentSample | undefined = () => HONEST
  sampled = 0
  planned: readonly PlannedAction[] = []
  readonly #recent = new RecentChanges({ monotonic: () => this.nowMs })
  readonly #limits: GuardLimits

  constructor(files: number, limits = LIMITS) {
    this.#limits = limits
    for (let index = 0; index < files; index++) this.add(pathOf(index))
  }

  add(path: RelPath): void {
    this.store.entries.set(path, baseFile(path))
  }

  /** One pass over these changes; answers why what waits does. What is let through is carried out. */
  async pass(
    { edited = [], deleted = [], moved = [], created = [] }: Changes,
    end: PassEnd = { localFiles: undefined, isKnownRoot: true },
  ): Promise<readonly string[]> {
    const guard = new PassGuard({
      folderId: 'f1' as FolderId,
      store: this.store.asStore(),
      limits: this.#limits,
      recent: this.#recent,
      sample: async (paths) => {
        this.sampled += paths.length
        return paths.map((path) => this.sample(path))
      },
      sampleThere: async (paths) => paths.map(() => undefined),
      look: async () => undefined,
      holdQueued: (paths) => void this.held.push(...paths),
      withdraw: () => undefined,
      plan: () => ({ planned: [], deletions: [], removals: [], problems: [] }),
      signal: new AbortController().signal,
    })
    const uploads = await guard.admit([
      ...edited.map((path) => this.#edit(path)),
      ...created.map((path) => this.#creation(path)),
      ...moved.map((each) => this.#move(each)),
    ])
    for (const path of created) this.add(path)
    for (const each of moved) this.#carryOut(each)
    const removals = await guard.admitDeletions(
      deleted.map((path) => this.#deletion(path)),
      end,
    )
    for (const { action, hold } of removals.planned) if (hold === undefined) this.store.entries.delete(action.path)
    this.planned = [...uploads, ...removals.planned]
    return [...new Set(this.planned.flatMap(reasonOf))]
  }

  #edit(path: RelPath): Planned {
    const base = this.store.entries.get(path)!
    const local = localFile(path, { size: 20, mtimeNs: 9_000n })
    return { lane: 'small', action: { kind: 'upload', path, local, base, expect: { kind: 'any' } } }
  }

  #creation(path: RelPath): Planned {
    return { lane: 'small', action: { kind: 'upload', path, local: localFile(path), expect: { kind: 'absent' } } }
  }

  #move({ from, path }: Moved): Planned {
    const base = this.store.entries.get(from) ?? baseFile(from)
    return {
      lane: 'small',
      action: { kind: 'move', path, from, local: localFile(path), base, expect: { kind: 'any' } },
    }
  }

  /** A folder is moved with all that is in it. */
  #carryOut({ from, path }: Moved): void {
    for (const known of [...this.store.entries.keys()].filter((each) => isWithin(each, from))) {
      this.store.entries.delete(known)
      this.add((path + known.slice(from.length)) as RelPath)
    }
  }

  #deletion(path: RelPath): Planned {
    return {
      lane: 'small',
      action: { kind: 'delete', path, base: this.store.entries.get(path)!, expect: { kind: 'any' } },
    }
  }
}

const pathOf = (index: number): RelPath => rel(`d${Math.floor(index / 10)}/f${index}.docx`)
const some = (count: number, from = 0): readonly RelPath[] =>
  Array.from({ length: count }, (_, index) => pathOf(from + index))

const ALBUM = Array.from({ length: 24 }, (_, index) => rel(`album/${index}.jpg`))

/** 5,000 other files, and so many in one folder. */
function withAlbum(files: number): Bench {
  const bench = new Bench(5_000)
  for (const path of ALBUM.slice(0, files)) bench.add(path)
  return bench
}

function reasonOf({ hold }: PlannedAction): readonly Hold['reason'][] {
  return hold === undefined ? [] : [hold.reason]
}

describe('the guard of a pass', () => {
  it('looks into overwrites only beyond the limit, and holds all that follows once they are noise', async () => {
    const bench = new Bench(1_000)
    bench.sample = () => NOISE
    expect(await bench.pass({ edited: some(100) })).toEqual([])
    expect(bench.sampled).toBe(0)
    expect(await bench.pass({ edited: some(40, 100) })).toEqual(['mass-overwrite'])
    // What was let through and may not have gone out yet waits as well.
    expect(bench.held).toEqual(some(100))
    expect(bench.sampled).toBeLessThanOrEqual(64)
  })

  it('goes on holding for what was held before, and gives no deletion the file that another took the place of', async () => {
    const bench = new Bench(1_000)
    const hold: Hold = { reason: 'mass-overwrite', count: 1, bytes: 1, message: 'noise', replaces: pathOf(7) }
    const job = { hold } as Job
    bench.store.queue.list = ({ reason }: JobFilter = { limit: 1 }) => (reason === 'mass-overwrite' ? [job] : [])
    expect(await bench.pass({ deleted: some(3) })).toEqual(['mass-overwrite'])
    expect(bench.planned.map((each) => each.hold?.replaces)).toEqual([undefined, undefined, undefined])
  })

  it('counts deletions and overwrites together', async () => {
    const bench = new Bench(1_000)
    bench.sample = () => NOISE
    const deleted = Array.from({ length: 60 }, (_, index) => pathOf(index * 10))
    expect(await bench.pass({ edited: some(60, 700), deleted })).toEqual(['mass-overwrite'])
  })

  it('begins to count anew once overwrites were found harmless', async () => {
    const bench = new Bench(1_000)
    expect(await bench.pass({ edited: some(150) })).toEqual([])
    bench.sample = () => NOISE
    expect(await bench.pass({ edited: some(100, 200) })).toEqual([])
    expect(await bench.pass({ edited: some(1, 400) })).toEqual(['mass-overwrite'])
  })

  it('does not count a path twice, nor what is longer ago than ten minutes', async () => {
    const bench = new Bench(1_000)
    bench.sample = () => NOISE
    for (let turn = 0; turn < 9; turn++) expect(await bench.pass({ edited: some(60) })).toEqual([])
    bench.nowMs = 11 * MINUTE_MS
    expect(await bench.pass({ edited: some(60, 100) })).toEqual([])
  })

  it('asks about a whole folder of twenty files, also when it goes in pieces, and not where one is left', async () => {
    const bench = withAlbum(24)
    expect(await bench.pass({ deleted: ALBUM.slice(0, 23) })).toEqual([])
    expect(await bench.pass({ deleted: ALBUM.slice(23) })).toEqual(['mass-delete'])
    expect(await withAlbum(24).pass({ deleted: ALBUM.slice(0, 23) })).toEqual([])
  })

  it('does not take a folder for deleted whose last files moved away after others were deleted one by one', async () => {
    const bench = withAlbum(24)
    expect(await bench.pass({ deleted: ALBUM.slice(0, 20) })).toEqual([])
    expect(await bench.pass({ moved: [{ from: rel('album'), path: rel('archive/2024') }] })).toEqual([])
    expect(await bench.pass({ moved: [{ from: rel('archive'), path: rel('attic') }] })).toEqual([])
    expect(await bench.pass({ deleted: some(14) })).toEqual([])
    // Where the rest is deleted under its new name, nothing of the folder is left.
    const moved = ALBUM.slice(20).map((path) => rel(`attic/2024${path.slice('album'.length)}`))
    expect(await bench.pass({ deleted: moved })).toEqual(['mass-delete'])
  })

  it('takes a folder for deleted also where its files were renamed inside it, or where the folder went in pieces while others moved in and out', async () => {
    const renamed = withAlbum(24)
    const inside = rel('album/renamed.jpg')
    expect(await renamed.pass({ moved: [{ from: ALBUM[0]!, path: inside }], deleted: ALBUM.slice(1, 20) })).toEqual([])
    expect(await renamed.pass({ deleted: [inside, ...ALBUM.slice(20)] })).toEqual(['mass-delete'])
    const passing = withAlbum(24)
    const elsewhere = rel('other/0.jpg')
    expect(await passing.pass({ moved: [{ from: ALBUM[0]!, path: elsewhere }] })).toEqual([])
    expect(await passing.pass({ moved: [{ from: elsewhere, path: ALBUM[0]! }] })).toEqual([])
    expect(await passing.pass({ deleted: ALBUM })).toEqual(['mass-delete'])
  })

  it('does not ask about what came and went within minutes, as files of a queue do', async () => {
    const bench = withAlbum(0)
    for (let turn = 0; turn < 30; turn++) {
      const path = rel(`queue/${turn}.job`)
      expect(await bench.pass({ created: [path] })).toEqual([])
      expect(await bench.pass({ deleted: [path] })).toEqual([])
    }
    // A file that was known, went, and came back is not one of them.
    const kept = withAlbum(24)
    expect(await kept.pass({ deleted: ALBUM.slice(0, 20) })).toEqual([])
    expect(await kept.pass({ created: ALBUM.slice(0, 20) })).toEqual([])
    expect(await kept.pass({ deleted: ALBUM })).toEqual(['mass-delete'])
  })

  it('takes a share of a large folder for a thousand files at most, unless a person set it for this pass', async () => {
    const bench = new Bench(20_000)
    const deleted = Array.from({ length: 1_001 }, (_, index) => pathOf(index * 10))
    expect(await bench.pass({ deleted })).toEqual(['mass-delete'])
    const agreed = new Bench(20_000, { ...LIMITS, isAgreed: true })
    expect(await agreed.pass({ deleted })).toEqual([])
  })

  it('lets a person who set the limits empty a folder', async () => {
    const emptied = { localFiles: 0, isKnownRoot: true }
    expect(await new Bench(30).pass({ deleted: some(30) }, emptied)).toEqual(['source-emptied'])
    const agreed = new Bench(30, { guardFiles: 0, guardPercent: 100, isAgreed: true })
    expect(await agreed.pass({ deleted: some(30) }, emptied)).toEqual([])
  })
})

/** How many questions an office asks in `days`: edits all day, and now and then a lot at once, all of it honest. */
async function questions(seed: number, days: number): Promise<number> {
  const random = seededRandom(seed)
  const draw = (count: number): number => Math.floor(random.next() * count)
  const bench = new Bench(3_000)
  let asked = 0
  const pass = async (changes: { edited?: readonly RelPath[]; deleted?: readonly RelPath[] }): Promise<void> => {
    if ((await bench.pass(changes)).length > 0) asked++
  }
  const known = (): readonly RelPath[] => [...bench.store.entries.keys()]
  const chosen = (count: number): readonly RelPath[] => {
    const paths = known()
    return [...new Set(Array.from({ length: count }, () => paths[draw(paths.length)]!))]
  }
  for (let day = 0; day < days; day++) {
    for (let minute = 0; minute < 480; minute += 5) {
      bench.nowMs += 5 * MINUTE_MS
      if (draw(3) > 0) await pass({ edited: chosen(1 + draw(4)), deleted: draw(12) === 0 ? chosen(1 + draw(3)) : [] })
      if (draw(12) === 0) bench.add(rel(`new/${day}-${minute}.docx`))
    }
    // A template changes in every letter; names are replaced in a project; a year's photos get their captions.
    if (draw(7) === 0) await pass({ edited: chosen(150 + draw(400)) })
    // A project is over: most have a few files, some have many.
    if (draw(7) === 0) {
      const size = Math.floor(2 ** (1 + random.next() * 3.5))
      for (let file = 0; file < size; file++) bench.add(rel(`project-${day}/${file}.docx`))
      await pass({ deleted: known().filter((path) => path.startsWith(`project-${day}/`)) })
    }
    bench.nowMs += 16 * 60 * MINUTE_MS
  }
  return asked
}

describe(`an office of 3,000 files (seed ${SEED})`, () => {
  it('is asked at most once in thirty days, on average over twenty months', async () => {
    const months = 20
    let total = 0
    for (let month = 0; month < months; month++) total += await questions(SEED + month, 30)
    console.log(`${total} questions in ${months} months of office work`)
    expect(total / months).toBeLessThanOrEqual(1)
  })
})

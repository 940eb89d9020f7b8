import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Entry } from '../../common/model.ts'
import { comparePaths } from '../../common/paths.ts'
import type { Feeds } from '../../main/providers/feeds.ts'
import { createOneDriveProvider } from '../../main/providers/onedrive/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import type { Store } from '../../main/state/store.ts'
import { Cloud } from '../fakes/graph/cloud.ts'
import type { Drive } from '../fakes/graph/drive.ts'
import { startGraphFixture, type GraphFixture } from '../fakes/graph/harness.ts'
import type { DriveKind, Quirks } from '../fakes/graph/server.ts'
import { collectEntries, memorySecrets, never, rel } from '../fakes/s3/harness.ts'
import { openBench } from '../unit/state-support.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const NAMES = ['a', 'b', 'c', '.tidekeep']
/** Places in the drive: in the followed folder, beside it and above it. */
const PLACES = [
  'Shared/team',
  'Shared/team/a',
  'Shared/team/a/b',
  'Shared/team/c',
  'Shared/b',
  'Other',
  'Other/a',
  'Other/a/b',
]

type Step =
  | { readonly kind: 'write'; readonly at: string }
  | { readonly kind: 'folder'; readonly at: string }
  | { readonly kind: 'remove'; readonly at: string }
  | { readonly kind: 'move'; readonly from: string; readonly to: string }
  | { readonly kind: 'restart' | 'expire' | 'look' }

const path = fc.tuple(fc.constantFrom(...PLACES), fc.constantFrom(...NAMES)).map((parts) => parts.join('/'))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('write' as const), at: path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('folder' as const), at: path }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: path }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('move' as const), from: path, to: path }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'look' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'expire' as const }) },
)

let fixture: GraphFixture
let store: Store
let count = 0
beforeAll(async () => {
  fixture = await startGraphFixture()
  ;({ store } = await openBench())
})
afterAll(async () => {
  store.close()
  await fixture.close()
})

/** One drive, followed and listed from nothing side by side. */
class World {
  readonly drive: Drive
  readonly cloud: Cloud
  readonly #folder: string
  readonly #account: string
  readonly #plain: TargetProvider
  #followed: TargetProvider
  #view = new Map<string, Entry>()

  constructor(kind: DriveKind, folder: string, quirks: Quirks) {
    this.#folder = folder
    this.#account = `account${++count}`
    this.drive = fixture.server.addDrive({ id: `feed${count}`, kind, tenant: 'contoso', quirks })
    this.cloud = new Cloud(this.drive, '')
    this.#plain = this.#open()
    this.#followed = this.#open(store.feeds)
    for (const at of PLACES) this.cloud.write(`${at}/a first file`, at)
  }

  async look(isListed: boolean): Promise<void> {
    const truth = await collectEntries(this.#plain.list(rel(''), { signal: never }))
    const changes = isListed ? 'unknown' : await this.#followed.features.changes!({ signal: never })
    if (changes === 'unknown') {
      const entries = await collectEntries(this.#followed.list(rel(''), { signal: never, follow: true }))
      this.#view = new Map(entries.map((entry) => [entry.path, entry]))
      expect(entries).toEqual(truth)
    } else {
      for (const { path: at, entry } of changes)
        if (entry === undefined) this.#view.delete(at)
        else this.#view.set(at, entry)
      expect([...this.#view.values()].toSorted((a, b) => comparePaths(a.path, b.path))).toEqual(truth)
    }
  }

  take(taken: Step): Promise<void> | void {
    switch (taken.kind) {
      case 'look':
        return this.look(false)
      case 'restart':
        this.#followed = this.#open(store.feeds)
        return undefined
      case 'expire':
        return this.drive.expireTokens()
      default:
        return this.#change(taken)
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#plain.close(), this.#followed.close()])
  }

  /** What a drive refuses does not happen. */
  #change(taken: Extract<Step, { readonly kind: 'write' | 'folder' | 'remove' | 'move' }>): void {
    const from = taken.kind === 'move' ? taken.from : taken.at
    // The followed folder itself stays where it is: without it there is nothing to compare.
    if (['Shared', 'Shared/team'].includes(from)) return
    try {
      if (taken.kind === 'write') this.cloud.write(taken.at, `${taken.at} ${this.drive.sequence}`)
      else if (taken.kind === 'folder') this.cloud.makeFolder(taken.at)
      else if (taken.kind === 'remove') this.cloud.remove(taken.at)
      else if (!taken.to.startsWith(`${taken.from}/`) && taken.to !== taken.from) this.cloud.move(taken.from, taken.to)
    } catch {
      // Not there, a file in the way, or a name that is taken.
    }
  }

  #open(feeds?: Feeds): TargetProvider {
    const { tokens, server, host } = fixture
    return createOneDriveProvider({
      account: {
        id: this.#account,
        tokens,
        drive: { kind: 'drive', driveId: this.drive.id },
        graphOrigin: server.origin,
      },
      folder: this.#folder,
      deps: { host, pool: undefined as never, secrets: memorySecrets({}), ...(feeds === undefined ? {} : { feeds }) },
    })
  }
}

describe.each([
  { name: 'all of a personal drive', kind: 'personal', folder: '' },
  { name: 'a folder of a personal drive', kind: 'personal', folder: 'Shared/team' },
  { name: 'all of a company drive', kind: 'business', folder: '' },
  { name: 'a folder of a library', kind: 'documentLibrary', folder: 'Shared/team' },
] as const)('what is known by the feed of $name', ({ kind, folder }) => {
  it(`is what a listing from nothing tells, after any history (seed ${SEED})`, { timeout: 120_000 }, async () => {
    const quirks = fc.record({
      pageItems: fc.constantFrom(2, 3, 200),
      childrenFirst: fc.boolean(),
      staleDuplicates: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(quirks, fc.array(step, { maxLength: 40 }), async (quirk, steps) => {
        const world = new World(kind, folder, quirk)
        try {
          await world.look(true)
          for (const taken of steps) await world.take(taken)
          await world.look(false)
          await world.look(true)
        } finally {
          await world.close()
        }
      }),
      { numRuns: 40, seed: SEED },
    )
  })
})

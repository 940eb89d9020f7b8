import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FRAGMENT_STEP_BYTES } from '../../main/providers/onedrive/context.ts'
import { startGraphFixture, type GraphFixture, type GraphFixtureOptions } from '../fakes/graph/harness.ts'
import { hastyClock } from '../fakes/s3/harness.ts'
import { createLocalContents } from './local-content.ts'
import { testConformance } from './suite.ts'

const contents = createLocalContents()
afterAll(() => contents.remove())

/** So many children and changes Microsoft Graph tells at once where it is not asked for another number. */
const PAGE_ITEMS = 200
const tuning = { fragmentBytes: 3 * FRAGMENT_STEP_BYTES }

const VARIANTS: readonly (GraphFixtureOptions & { readonly name: string })[] = [
  { name: 'is a personal one', kind: 'personal' },
  { name: 'is that of a company', kind: 'business' },
  { name: 'is a library, below a folder with odd characters', kind: 'documentLibrary', folder: 'Ablage/50% & mehr #1' },
  { name: 'is a personal one, below a folder', kind: 'personal', folder: 'Backups/über alles' },
  {
    name: 'tells children first, much of it twice, in small pages',
    kind: 'personal',
    quirks: { childrenFirst: true, staleDuplicates: true, pageItems: 7 },
  },
  {
    name: 'tells digests late, ignores If-Match of sessions and every Range',
    kind: 'personal',
    quirks: { lateHashes: 2, ignoresSessionIfMatch: true, ignoresRange: true, noQuickXor: true },
  },
  {
    name: 'is that of a company and tells no digest at all',
    kind: 'business',
    folder: 'x',
    quirks: { noQuickXor: true, pageItems: 50 },
  },
]

describe.each(VARIANTS)('a drive that $name', ({ name: _name, ...options }) => {
  let fixture: GraphFixture
  beforeAll(async () => {
    fixture = await startGraphFixture({ ...options, tuning, clock: hastyClock })
  })
  afterAll(async () => fixture.close())

  testConformance('OneDrive', {
    provider: () => fixture.provider,
    localContent: (bytes) => contents.make(bytes),
    pageEntries: options.quirks?.pageItems ?? PAGE_ITEMS,
    lacks: [
      'again',
      'assemble',
      'assemblyLimits',
      'case',
      'changes',
      'checksums',
      'keptVersions',
      'one-form',
      'putBackKept',
      'putBatch',
      'removeKept',
    ],
  })

  it('was never sent a token of another tenant, nor any to its storage', () => {
    expect(fixture.server.mixUps).toEqual([])
    expect(fixture.server.requests.filter(({ isStorage, headers }) => isStorage && 'authorization' in headers)).toEqual(
      [],
    )
  })

  it('is left without unfinished uploads', () => {
    expect(fixture.server.sessions.open.size).toBe(0)
    expect(fixture.sessions.bodies.size).toBe(0)
  })
})

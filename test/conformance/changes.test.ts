import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHANGE_CHECKS } from '../../main/providers/conformance/change-checks.ts'
import type { Store } from '../../main/state/store.ts'
import { startGraphFixture, type GraphFixture, type GraphFixtureOptions } from '../fakes/graph/harness.ts'
import { hastyClock } from '../fakes/s3/harness.ts'
import { openBench } from '../unit/state-support.ts'
import { followedMemory } from './change-mutants.ts'
import { testConformance } from './suite.ts'

const memory = followedMemory()
testConformance('memory that tells of its changes', {
  provider: () => memory.provider,
  again: memory.again,
  checks: CHANGE_CHECKS,
  lacks: [],
})

const DRIVES: readonly (GraphFixtureOptions & { readonly name: string })[] = [
  { name: 'is a personal one', kind: 'personal' },
  { name: 'is that of a company, below a folder', kind: 'business', folder: 'Team/Ablage 50%' },
  {
    name: 'tells children first, much of it twice, in small pages',
    kind: 'personal',
    folder: 'Backups',
    quirks: { childrenFirst: true, staleDuplicates: true, pageItems: 7 },
  },
]

describe.each(DRIVES)('a drive that $name, and is followed', ({ name: _name, ...options }) => {
  let fixture: GraphFixture
  let store: Store
  beforeAll(async () => {
    ;({ store } = await openBench())
    fixture = await startGraphFixture({ ...options, feeds: store.feeds, clock: hastyClock })
  })
  afterAll(async () => {
    await fixture.close()
    store.close()
  })

  testConformance('OneDrive', {
    provider: () => fixture.provider,
    again: {
      restarted: () => fixture.open(),
      elsewhere: () => createElsewhere(fixture),
      losePlace: () => fixture.drive.expireTokens(),
    },
    checks: CHANGE_CHECKS,
    lacks: [],
  })

  it('never told anything of another tenant', () => {
    expect(fixture.server.mixUps).toEqual([])
  })
})

/** Another computer has a state of its own; where it only writes, none is needed. */
function createElsewhere(fixture: GraphFixture): GraphFixture['provider'] {
  return fixture.open({ withoutFeeds: true })
}

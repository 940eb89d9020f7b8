import { beforeEach, describe, expect, it } from 'vitest'
import type { AttentionView, FolderView, StatusView } from '../../common/protocol.ts'
import { Notices } from '../../main/engine/notices.ts'
import { cleanRoute } from '../../main/shell/origin.ts'
import { createFakeHost, type FakeHost } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const MINUTE_MS = 60_000
let clock: VirtualClock
let host: FakeHost
let notices: Notices

beforeEach(() => {
  clock = new VirtualClock()
  host = createFakeHost({ clock })
  notices = new Notices(host)
})

function folder(view: Partial<FolderView> = {}): FolderView {
  return {
    id: 'f1',
    name: 'Documents',
    path: '/d',
    target: '/t',
    mode: 'backup',
    state: 'protected',
    sentence: '12 files safe',
    paused: false,
    files: 12,
    bytes: 1,
    pendingFiles: 0,
    pendingBytes: 0,
    held: 0,
    holds: [],
    refused: 0,
    dead: 0,
    conflicts: 0,
    problems: 0,
    lastReconcileMs: 1,
    lastChangeMs: null,
    coverage: { kind: 'live' },
    ...view,
  }
}

function row(kind: AttentionView['kind'], folderId = 'f1'): AttentionView {
  return { kind, folderId, message: `${folderId}: ${kind}.`, count: 1 }
}

function tell(folders: readonly FolderView[], attention: readonly AttentionView[] = []): void {
  const headline: StatusView['headline'] = attention.length > 0 ? 'attention' : 'protected'
  notices.update({
    headline,
    sentence: '',
    version: '',
    pausedUntil: 0,
    folders,
    transfers: [],
    progress: null,
    reasons: [],
    attention,
  })
}

const bodies = (): readonly string[] => host.notices.splice(0).map(({ body }) => body)

describe('a notice', () => {
  it('leads to where its matter is dealt with, by a route that the shell takes', () => {
    const kinds = ['held', 'dead', 'conflict', 'signed-out', 'source-missing'] as const
    for (const kind of kinds) tell([folder()], [row(kind, `of-${kind}`)])
    const routes = host.notices.map(({ route }) => route)
    expect(routes).toEqual(['folders/of-held', 'activity/errors', 'conflicts', 'targets', 'folders/of-source-missing'])
    expect(routes.map(cleanRoute)).toEqual(routes)
  })
})

describe('a first backup', () => {
  it('is told once when it is complete', () => {
    tell([folder({ state: 'scanning', lastReconcileMs: null, files: 0 })])
    tell([folder({ state: 'syncing', files: 3 })])
    tell([folder({ state: 'waiting', files: 11 })])
    expect(bodies()).toEqual([])
    tell([folder()])
    expect(host.notices).toEqual([
      {
        id: 'first-backup:f1',
        title: 'First backup complete',
        body: 'Documents: 12 files safe.',
        route: 'folders/f1',
      },
    ])
    bodies()
    for (const state of ['syncing', 'protected', 'scanning', 'protected'] as const) tell([folder({ state })])
    expect(bodies()).toEqual([])
  })

  it('is not told of a folder that was kept safe before this start', () => {
    for (const state of ['scanning', 'syncing', 'protected'] as const) tell([folder({ state })])
    expect(bodies()).toEqual([])
  })

  it('is not told of an empty folder before it holds something', () => {
    tell([folder({ state: 'scanning', lastReconcileMs: null, files: 0 })])
    tell([folder({ files: 0 })])
    expect(bodies()).toEqual([])
    tell([folder({ files: 1, sentence: '1 file safe' })])
    expect(bodies()).toEqual(['Documents: 1 file safe.'])
  })

  it('is told of each folder by itself', () => {
    const ids = ['f1', 'f2']
    tell(ids.map((id) => folder({ id, state: 'scanning', lastReconcileMs: null })))
    tell(ids.map((id) => folder({ id })))
    expect(host.notices.map(({ id }) => id)).toEqual(['first-backup:f1', 'first-backup:f2'])
  })
})

describe('something that needs a person', () => {
  it('is told once, however often and with whatever count it is shown', () => {
    tell([folder()], [row('held')])
    tell([folder()], [{ ...row('held'), count: 700 }])
    expect(host.notices).toEqual([
      { id: 'attention', title: 'Tidekeep needs you', body: 'f1: held.', route: 'folders/f1' },
    ])
  })

  it('is one notice for many that begin together', () => {
    tell([folder()], [row('held'), row('dead'), row('signed-out', 'f2')])
    expect(bodies()).toEqual(['f1: held. And 2 more.'])
  })

  it('is told again when it is decided and comes back', async () => {
    tell([folder()], [row('held')])
    await clock.advance(10)
    tell([folder()])
    await clock.advance(10)
    tell([folder()], [row('held')])
    expect(bodies()).toHaveLength(2)
  })

  it('is told when it joins another that was told already, and names the new one', () => {
    tell([folder()], [row('held')])
    bodies()
    tell([folder()], [row('held'), row('dead')])
    expect(bodies()).toEqual(['f1: dead.'])
  })
})

describe('a target that is away', () => {
  it('is told only after a quarter of an hour', async () => {
    tell([folder()], [row('target-unreachable')])
    await clock.advance(14 * MINUTE_MS)
    tell([folder()], [row('target-unreachable')])
    expect(bodies()).toEqual([])
    await clock.advance(MINUTE_MS)
    tell([folder()], [row('target-unreachable')])
    expect(bodies()).toEqual(['f1: target-unreachable.'])
  })

  it('is not told when it came back in time', async () => {
    for (let day = 0; day < 5; day++) {
      tell([folder()], [row('target-unreachable')])
      await clock.advance(10 * MINUTE_MS)
      tell([folder()])
      await clock.advance(10 * MINUTE_MS)
    }
    expect(bodies()).toEqual([])
  })

  it('that comes and goes is told once an hour at most', async () => {
    const away = async (): Promise<void> => {
      tell([folder()], [row('target-unreachable')])
      await clock.advance(20 * MINUTE_MS)
      tell([folder()], [row('target-unreachable')])
    }
    await away()
    await clock.advance(MINUTE_MS)
    tell([folder()])
    await away()
    expect(bodies()).toHaveLength(1)
    await clock.advance(MINUTE_MS)
    tell([folder()])
    await clock.advance(61 * MINUTE_MS)
    tell([folder()])
    await away()
    expect(bodies()).toHaveLength(1)
  })
})

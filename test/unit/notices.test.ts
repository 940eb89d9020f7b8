import { beforeEach, describe, expect, it } from 'vitest'
import type { AttentionView, FolderView, StatusView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS } from '../../common/settings.ts'
import type { NoticeSettings } from '../../main/engine/notice-grades.ts'
import { Notices } from '../../main/engine/notices.ts'
import { cleanRoute } from '../../main/shell/origin.ts'
import { createFakeHost, type FakeHost } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const COALESCE_MS = 15_000
let clock: VirtualClock
let host: FakeHost
let notices: Notices
let settings: NoticeSettings
/** Taken back, in order. */
let withdrawn: string[]

beforeEach(() => {
  // A Saturday, noon by the clock on the wall.
  clock = new VirtualClock(new Date(2026, 10, 21, 12).getTime())
  withdrawn = []
  host = { ...createFakeHost({ clock }), withdraw: (id) => void withdrawn.push(id) }
  settings = DEFAULT_SETTINGS
  notices = new Notices(host, () => settings)
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
    skipped: 0,
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
  it('leads to where its matter is dealt with, by a route that the shell takes', async () => {
    const kinds = ['held', 'dead', 'conflict', 'signed-out', 'source-missing'] as const
    for (const kind of kinds) {
      tell([folder()], [row(kind, `of-${kind}`)])
      await clock.advance(COALESCE_MS)
    }
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
    await clock.advance(COALESCE_MS)
    tell([folder()])
    await clock.advance(COALESCE_MS)
    tell([folder()], [row('held')])
    expect(bodies()).toHaveLength(2)
  })

  it('is told when it joins another that was told already, and names the new one', async () => {
    tell([folder()], [row('held')])
    bodies()
    await clock.advance(COALESCE_MS)
    tell([folder()], [row('held'), row('dead')])
    expect(bodies()).toEqual(['f1: dead.'])
  })
})

describe('a target that is away', () => {
  beforeEach(() => {
    settings = { ...DEFAULT_SETTINGS, notifyWarnings: true }
  })

  it('is a warning, which is told at once only where a person wants warnings', async () => {
    settings = DEFAULT_SETTINGS
    tell([folder()], [row('target-unreachable'), row('coverage')])
    await clock.advance(HOUR_MS)
    tell([folder()], [row('target-unreachable'), row('coverage')])
    expect(bodies()).toEqual([])
  })

  it('is told to everybody once files were unsafe for half of what raises the alarm, once, and with how long', async () => {
    settings = DEFAULT_SETTINGS
    const away = [row('target-unreachable')]
    for (const hours of [1, 6, 11]) {
      tell([folder({ state: 'offline' })], away)
      await clock.advance(hours * HOUR_MS)
    }
    expect(bodies()).toEqual([])
    for (const hours of [12, 13, 23]) {
      tell([folder({ state: 'offline', lateMs: hours * HOUR_MS })], away)
      await clock.advance(HOUR_MS)
    }
    expect(bodies()).toEqual(['f1: target-unreachable. The folder has not been wholly safe for 12\u00a0h of work.'])
    tell([folder()])
    expect(withdrawn).toEqual(['warning'])
  })

  it('is told to nobody who wants to hear of nothing, and late in the night only in the morning', async () => {
    const late = folder({ state: 'offline', lateMs: 12 * HOUR_MS })
    const hear = async (change: Partial<NoticeSettings>): Promise<number> => {
      settings = { ...DEFAULT_SETTINGS, ...change }
      tell([late], [row('target-unreachable')])
      await clock.advance(HOUR_MS)
      tell([late], [row('target-unreachable')])
      return bodies().length
    }
    expect(await hear({ notifyAttention: false })).toBe(0)
    expect(await hear({ quietHours: ['daily 00:00-24:00'] })).toBe(0)
    expect(await hear({})).toBe(1)
  })

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

describe('what begins within fifteen seconds', () => {
  it('is told together, as the next notice', async () => {
    tell([folder()], [row('held')])
    tell([folder()], [row('held'), row('dead')])
    await clock.advance(COALESCE_MS - 1)
    tell([folder()], [row('held'), row('dead'), row('signed-out')])
    expect(bodies()).toEqual(['f1: held.'])
    await clock.advance(1)
    tell([folder()], [row('held'), row('dead'), row('signed-out')])
    expect(bodies()).toEqual(['f1: dead. And 1 more.'])
  })
})

describe('a notice whose cause is gone', () => {
  it('is taken back, and stands as long as any of what it told of is there', async () => {
    tell([folder()], [row('held'), row('dead')])
    expect(notices.standing().map(({ id, grade, body }) => [id, grade, body])).toEqual([
      ['attention', 'attention', 'f1: held. And 1 more.'],
    ])
    tell([folder()], [row('dead')])
    expect(withdrawn).toEqual([])
    tell([folder()])
    expect(withdrawn).toEqual(['attention'])
    expect(notices.standing()).toEqual([])
  })

  it('is taken back with its folder, also a first backup that was greeted', () => {
    tell([folder({ state: 'scanning', lastReconcileMs: null, files: 0 })])
    tell([folder()])
    tell([])
    expect(withdrawn).toEqual(['first-backup:f1'])
  })
})

describe('the switches', () => {
  const update = {
    id: 'update',
    title: '1.3.0 is ready',
    body: '',
    grade: 'info',
    isCritical: false,
    isFirstBackup: false,
  } as const

  it('turn off what needs a person, and turned on again it is told if it still holds', () => {
    settings = { ...DEFAULT_SETTINGS, notifyAttention: false }
    tell([folder()], [row('dead')])
    expect(bodies()).toEqual([])
    settings = DEFAULT_SETTINGS
    tell([folder()], [row('dead')])
    expect(bodies()).toEqual(['f1: dead.'])
  })

  it('tell of first backups, but of no other good news, unless a person wants all or none', () => {
    notices.tell(update)
    expect(bodies()).toEqual([])
    settings = { ...DEFAULT_SETTINGS, notifyInfo: 'all' }
    notices.tell(update)
    expect(host.notices.splice(0).map(({ id }) => id)).toEqual(['update'])
    settings = { ...DEFAULT_SETTINGS, notifyInfo: 'none' }
    tell([folder({ state: 'scanning', lastReconcileMs: null, files: 0 })])
    tell([folder()])
    expect(bodies()).toEqual([])
  })
})

describe('in quiet hours', () => {
  beforeEach(() => {
    settings = { ...DEFAULT_SETTINGS, notifyWarnings: true, quietHours: ['daily 22:00-07:00'] }
  })
  const at = (hour: number): Promise<void> => clock.advance(new Date(2026, 10, 21, hour).getTime() - clock.now())

  it('nothing that can wait is told, and afterwards once, if it still holds', async () => {
    await at(23)
    const rows = [row('dead'), row('conflict')]
    tell([folder()], rows)
    await clock.advance(2 * HOUR_MS)
    tell([folder()], [row('dead')])
    expect(bodies()).toEqual([])
    await at(24 + 7)
    for (let turn = 0; turn < 3; turn++) {
      tell([folder()], [row('dead')])
      await clock.advance(MINUTE_MS)
    }
    expect(bodies()).toEqual(['f1: dead.'])
  })

  it('a first backup waits for the morning, and is not told of a folder that is gone by then', async () => {
    await at(22)
    const ids = ['f1', 'f2']
    tell(ids.map((id) => folder({ id, state: 'scanning', lastReconcileMs: null })))
    tell(ids.map((id) => folder({ id })))
    tell([folder({ id: 'f2' })])
    expect(bodies()).toEqual([])
    await at(24 + 7)
    tell([folder({ id: 'f2' })])
    expect(host.notices.map(({ id }) => id)).toEqual(['first-backup:f2'])
  })

  it.each(['held', 'unproven', 'overdue'] as const)(
    '%s is told all the same, unless a person wants it to wait',
    async (kind) => {
      await at(23)
      settings = { ...settings, quietExceptCritical: false }
      tell([folder()], [row(kind)])
      expect(bodies()).toEqual([])
      settings = { ...settings, quietExceptCritical: true }
      tell([folder()], [row(kind), row('dead')])
      expect(bodies()).toEqual([`f1: ${kind}.`])
    },
  )

  it('on other days nothing waits', async () => {
    settings = { ...settings, quietHours: ['Mon-Fri 00:00-24:00'] }
    tell([folder()], [row('dead')])
    expect(bodies()).toEqual(['f1: dead.'])
    tell([folder()])
    await clock.advance(24 * HOUR_MS)
    await clock.advance(24 * HOUR_MS)
    tell([folder()], [row('conflict')])
    expect(bodies()).toEqual([])
  })
})

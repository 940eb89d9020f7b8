import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { FolderId, Problem, RelPath } from '../../common/model.ts'
import type { FolderView, StatusView, TransferView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type FolderSettings, type Settings } from '../../common/settings.ts'
import type { PipelineState } from '../../main/engine/pipeline-ports.ts'
import { safeUpToNow } from '../../main/engine/protection-rows.ts'
import type { FolderStatusInput } from '../../main/engine/status-input.ts'
import { computeStatus } from '../../main/engine/status.ts'
import type { Situation } from '../../main/host.ts'
import { judgeSpeed, type Verdict } from '../../main/speed/verdict.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import type { PlannedAction, Store } from '../../main/state/store.ts'
import { RecordingLog } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { baseFile, localFile } from '../fixtures/entries.ts'

const ID = 'f1' as FolderId
const MINUTE_MS = 60_000
const FOLDER: FolderSettings = {
  id: 'f1',
  name: 'Documents',
  path: '/home/someone/Documents',
  target: '/mnt/backup',
  mode: 'mirror',
  paused: false,
  ignore: [],
}
const QUIET: PipelineState = {
  phase: 'idle',
  scanned: 0,
  paused: false,
  coverage: { kind: 'live' },
  passError: undefined,
  passErrorAt: 'source',
  targetError: undefined,
  live: [],
  done: { files: 0, bytes: 0 },
  reconciled: true,
}

let place: string
let store: Store
let clock: VirtualClock

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-status-'))
  clock = new VirtualClock()
  store = (await openStore({ directory: place, clock, log: new RecordingLog() })).store
  store.baseline.put(ID, baseFile('kept.txt', { size: 10 }))
  store.folders.set(ID, { lastReconcileMs: clock.now(), compared: true })
})
afterEach(() => {
  store.close()
  rmSync(place, { recursive: true, force: true })
})

interface Case {
  readonly state?: Partial<PipelineState> | 'not open'
  readonly folder?: Partial<FolderSettings>
  readonly settings?: Partial<Settings>
  readonly openError?: FolderStatusInput['openError']
  readonly speed?: Verdict
  readonly rate?: { readonly bytesPerSecond: number; readonly rateAgeMs?: number; readonly hasSlowed?: boolean }
}

function verdictOf({ settings = {}, ...facts }: { settings?: Partial<Settings>; situation?: Situation }): Verdict {
  return judgeSpeed({
    settings: { ...DEFAULT_SETTINGS, ...settings },
    situation: { power: 'unknown', network: 'unknown' },
    nowMs: clock.now(),
    lifted: new Set(),
    waits: [],
    ...facts,
  })
}

function statusOf({ state = {}, folder = {}, settings = {}, openError, speed, rate }: Case = {}): StatusView {
  return computeStatus({
    folders: [
      {
        settings: { ...FOLDER, ...folder },
        state: state === 'not open' ? undefined : { ...QUIET, ...state },
        ...(openError === undefined ? {} : { openError }),
      },
    ],
    settings: { ...DEFAULT_SETTINGS, ...settings },
    store,
    clock,
    version: 'test',
    bytesPerSecond: 0,
    ...rate,
    ...(speed === undefined ? {} : { speed }),
  })
}

const shown = ({ headline, sentence, folders: [folder] }: StatusView) => [
  headline,
  sentence,
  folder?.state,
  folder?.sentence,
]

function enqueue(paths: readonly string[]): void {
  store.queue.enqueue(
    ID,
    paths.map((path): PlannedAction => ({
      action: {
        kind: 'upload',
        path: path as RelPath,
        local: localFile(path, { size: 100 }),
        expect: { kind: 'absent' },
      },
      lane: 'small',
    })),
  )
}

function hold(path: string): void {
  store.queue.enqueue(ID, [
    {
      action: { kind: 'delete', path: path as RelPath, base: baseFile(path), expect: { kind: 'any' } },
      lane: 'small',
      hold: { reason: 'mass-delete', message: 'Many.', count: 1, bytes: 1 },
    },
  ])
}

function bury(path: string): void {
  enqueue([path])
  const [job] = store.queue.claim(ID, 'small', 1)
  store.queue.bury(job!.id, { code: 'forbidden', message: `${path} cannot be read.` })
}

function problem(path: string, reason: Problem['reason']): Problem {
  return { path: path as RelPath, reason, message: `${path}: ${reason}` }
}

describe('files that a person left out', () => {
  it('are named and counted, and nothing is called protected meanwhile', () => {
    enqueue(['big.iso', 'next.txt'])
    const [big, next] = store.queue.list({ limit: 9 })
    store.queue.skip(big!.id)
    expect(shown(statusOf())).toEqual([
      'waiting',
      '1 file waiting, 1 file safe; 1 file skipped by you',
      'waiting',
      '1 file waiting; 1 file skipped by you',
    ])
    store.queue.skip(next!.id)
    const status = statusOf()
    expect(shown(status)).toEqual([
      'waiting',
      '1 file safe; 2 files skipped by you',
      'waiting',
      '1 file safe; 2 files skipped by you',
    ])
    expect(status.attention).toEqual([])
    expect(status.skipped).toEqual([
      { jobId: big!.id, folderId: 'f1', path: 'big.iso', sizeBytes: 100 },
      { jobId: next!.id, folderId: 'f1', path: 'next.txt', sizeBytes: 100 },
    ])
    const state = { ...QUIET, lookedAtMs: clock.now() }
    expect(safeUpToNow({ settings: FOLDER, state }, { store, settings: DEFAULT_SETTINGS, clock })).toBeUndefined()
  })
})

describe('files that are in use', () => {
  it('are named with when they are tried again, and are nothing that needs a person', () => {
    enqueue(['budget.xlsx', 'other.txt'])
    const [first, second] = store.queue.claim(ID, 'small', 2)
    store.queue.postpone(first!.id, { code: 'in-use', message: 'In use.' }, clock.now() + MINUTE_MS)
    store.queue.postpone(second!.id, { code: 'internal', message: 'Broken.' }, clock.now() + MINUTE_MS)
    const { inUse, headline, attention } = statusOf()
    expect(inUse).toEqual([
      { jobId: first!.id, folderId: 'f1', path: 'budget.xlsx', nextTryMs: clock.now() + MINUTE_MS },
    ])
    expect([headline, attention]).toEqual(['waiting', []])
  })
})

describe('everything at rest', () => {
  it('is protected: every file known is provably there', () => {
    expect(shown(statusOf())).toEqual(['protected', '1 file safe', 'protected', '1 file safe'])
    expect(statusOf()).toMatchObject({ attention: [], reasons: [], progress: null, transfers: [] })
  })

  it('never counts what the target rewrote as safe, and says how many those are', () => {
    const sheet = baseFile('sheet.xlsx', { size: 10 })
    store.baseline.put(ID, { ...sheet, remote: { ...sheet.remote, verifiedBy: 'altered' } })
    const sentence = '1 file safe, 1 stored as the target rewrote them'
    expect(shown(statusOf())).toEqual(['protected', sentence, 'protected', sentence])
    expect(statusOf().folders[0]).toMatchObject({ files: 1, alteredFiles: 1 })
  })

  it('is unconfigured without folders', () => {
    const status = computeStatus({
      folders: [],
      settings: DEFAULT_SETTINGS,
      store,
      clock,
      version: 'test',
      bytesPerSecond: 0,
    })
    expect(shown(status).slice(0, 2)).toEqual(['unconfigured', 'Choose a folder to keep safe.'])
  })

  it('tells apart what is not carried by design, and stays protected', () => {
    store.folders.putProblems(ID, '' as RelPath, [problem('link', 'symlink'), problem('pipe', 'special')])
    expect(shown(statusOf())[3]).toBe('1 file safe; 2 items not carried')
    expect(statusOf().headline).toBe('protected')
  })
})

describe('protected is never said', () => {
  const refusals: readonly (readonly [string, () => Case | void | Promise<void>, FolderView['state']])[] = [
    ['a job is queued', () => enqueue(['a']), 'waiting'],
    [
      'a job runs',
      () => {
        enqueue(['a'])
        store.queue.claim(ID, 'small', 1)
        return { state: { phase: 'transferring' } }
      },
      'syncing',
    ],
    [
      'a job waits for another attempt',
      () => {
        enqueue(['a'])
        const [job] = store.queue.claim(ID, 'small', 1)
        store.queue.postpone(job!.id, { code: 'timeout', message: 'Slow.' }, clock.now() + MINUTE_MS)
      },
      'waiting',
    ],
    ['deletions are held', () => hold('a'), 'attention'],
    ['a job is dead', () => bury('a'), 'attention'],
    [
      'a file cannot be read',
      () => store.folders.putProblems(ID, '' as RelPath, [problem('a', 'unreadable')]),
      'attention',
    ],
    [
      'a name cannot be stored',
      () => store.folders.putProblems(ID, '' as RelPath, [problem('a', 'bad-name')]),
      'attention',
    ],
    ['two names collide', () => store.folders.putProblems(ID, '' as RelPath, [problem('a', 'collision')]), 'attention'],
    [
      'one file cannot be read behind two thousand links',
      () =>
        store.folders.putProblems(ID, '' as RelPath, [
          ...Array.from({ length: 2000 }, (_, index) => problem(`a${index}`, 'symlink')),
          problem('z', 'unreadable'),
        ]),
      'attention',
    ],
    ['this process has not looked at everything', () => ({ state: { reconciled: false } }), 'scanning'],
    ['a pass is under way', () => ({ state: { phase: 'scanning' } }), 'scanning'],
    ['the folder was never looked at whole', () => store.folders.clear(ID), 'waiting'],
    ['the last whole look is overdue', () => clock.advance(91 * MINUTE_MS), 'waiting'],
    [
      'the last whole look is dated in the future',
      () => store.folders.set(ID, { lastReconcileMs: clock.now() + 86_400_000 }),
      'waiting',
    ],
    ['the last pass failed at the source', () => ({ state: { passError: failure('not-found') } }), 'attention'],
    [
      'the last pass failed at the target',
      () => ({ state: { passError: failure('forbidden'), passErrorAt: 'target' } }),
      'offline',
    ],
    ['the target is down', () => ({ state: { targetError: failure('unavailable') } }), 'offline'],
    ['the folder could not be opened', () => ({ state: 'not open', openError: { message: 'No disk.' } }), 'attention'],
    ['the folder is paused', () => ({ folder: { paused: true } }), 'paused'],
    ['everything is paused', () => ({ settings: { pausedUntil: 'forever' } }), 'paused'],
  ]
  it.each(refusals)('while %s', async (_, arrange, expected) => {
    const how = (await arrange()) ?? {}
    const { headline, folders, sentence } = statusOf(how)
    expect(folders[0]?.state).toBe(expected)
    expect(headline).not.toBe('protected')
    expect(sentence).not.toMatch(/^\d+ files? safe$/)
  })

  it('while one of two folders is not', () => {
    const second = { ...FOLDER, id: 'f2', name: 'Pictures' }
    store.folders.set('f2' as FolderId, { lastReconcileMs: clock.now() })
    const folders = [FOLDER, second].map((settings, index) => ({
      settings,
      state: index === 0 ? QUIET : { ...QUIET, targetError: failure('unavailable') },
    }))
    const status = computeStatus({ folders, settings: DEFAULT_SETTINGS, store, clock, version: '', bytesPerSecond: 0 })
    expect(status.headline).toBe('offline')
    expect(status.folders.map(({ state }) => state)).toEqual(['protected', 'offline'])
  })
})

function failure(code: 'not-found' | 'forbidden' | 'unavailable' | 'unauthenticated'): TidekeepError {
  return new TidekeepError({ code, message: `It is ${code}.`, fix: 'Mend it.' })
}

describe('what is going on', () => {
  it('tells how many files are on the way', () => {
    enqueue(['a', 'b', 'c'])
    expect(shown(statusOf({ state: { phase: 'transferring' } }))).toEqual([
      'syncing',
      '3 files on the way, 1 file safe',
      'syncing',
      '3 files on the way, 1 file safe',
    ])
  })

  it('is checking, and nothing else, while a folder is being opened', () => {
    const opening = { settings: FOLDER, state: undefined, isOpening: true } as const
    const of = (settings: Partial<Settings>): StatusView =>
      computeStatus({
        folders: [opening],
        settings: { ...DEFAULT_SETTINGS, ...settings },
        store,
        clock,
        version: '',
        bytesPerSecond: 0,
      })
    const { headline, attention, folders } = of({})
    expect([headline, attention, folders[0]?.state]).toEqual(['checking', [], 'scanning'])
    expect(of({ pausedUntil: 'forever' }).headline).toBe('paused')
  })

  it('tells how far a look has come before anything is found', () => {
    expect(shown(statusOf({ state: { phase: 'scanning', scanned: 1234 } }))).toEqual([
      'checking',
      '1 file was safe when last looked at',
      'scanning',
      'Looking for changes: 1,234 files so far',
    ])
    expect(statusOf({ state: { phase: 'scanning' } }).reasons).toEqual([
      { kind: 'scanning', text: 'Looking for changes' },
    ])
  })

  it('says what waits, or that a look is due', async () => {
    await clock.advance(91 * MINUTE_MS)
    expect(shown(statusOf())).toEqual(['waiting', 'Due to be looked at again', 'waiting', 'Due to be looked at again'])
    enqueue(['a'])
    expect(shown(statusOf())).toEqual(['waiting', '1 file waiting, 1 file safe', 'waiting', '1 file waiting'])
  })

  it('says how long a pause lasts and what it holds up', () => {
    enqueue(['a'])
    expect(shown(statusOf({ settings: { pausedUntil: clock.now() + 30 * MINUTE_MS } }))).toEqual([
      'paused',
      'Paused for 30\u00a0min more, 1 file waiting',
      'paused',
      'Paused, 1 file waiting',
    ])
    expect(statusOf({ settings: { pausedUntil: 'forever' } }).sentence).toBe('Paused until you resume, 1 file waiting')
  })

  it('calls a pause over when its time has come', () => {
    const status = statusOf({ settings: { pausedUntil: clock.now() - 1 } })
    expect([status.headline, status.pausedUntil]).toEqual(['protected', 0])
  })

  it('counts what is in flight once in the progress, and promises no end without a rate', () => {
    enqueue(['a', 'b'])
    store.queue.claim(ID, 'small', 1)
    const live = [{ jobId: 1, folderId: 'f1', path: 'a', kind: 'upload' as const, bytesDone: 40, bytesTotal: 100 }]
    const { progress, transfers } = statusOf({
      state: { phase: 'transferring', live, done: { files: 0, bytes: 40, bytesUnderWay: 40 } },
    })
    expect(progress).toEqual({
      filesDone: 0,
      filesTotal: 2,
      bytesDone: 40,
      bytesTotal: 200,
      bytesPerSecond: 0,
      etaMs: null,
    })
    expect(transfers).toEqual(live)
  })

  it('shows twenty of what is under way, and makes no more', () => {
    let made = 0
    const live = function* (): Generator<TransferView> {
      for (;;) yield { jobId: ++made, folderId: 'f1', path: 'a', kind: 'upload', bytesDone: 0, bytesTotal: 100 }
    }
    const { transfers } = statusOf({ state: { phase: 'transferring', live: live() } })
    expect([transfers.length, made]).toEqual([20, 20])
  })

  it('promises an end only after it has been fast for five seconds', () => {
    enqueue(['a', 'b'])
    const etaAfter = (rateAgeMs: number): number | null | undefined =>
      statusOf({ state: { phase: 'transferring' }, rate: { bytesPerSecond: 100, rateAgeMs } }).progress?.etaMs
    expect(etaAfter(4_999)).toBeNull()
    expect(etaAfter(5_000)).toBe(2_000)
  })

  it('names the limit that slows it down', () => {
    const limited = verdictOf({ settings: { bandwidthLimit: 512 * 1024 } })
    expect(statusOf({ speed: limited }).reasons).toEqual([
      { kind: 'limit', text: 'Limited to 512\u00a0KiB/s up', lift: 'possible' },
    ])
  })

  it('tells of a drop beside a limit only where the limit would let much more through', () => {
    const limited = verdictOf({ settings: { bandwidthLimit: 512 * 1024 } })
    const live = [
      { jobId: 1, folderId: 'f1', path: 'a', kind: 'upload', bytesDone: 1, bytesTotal: 9 * 1024 ** 2 } as const,
    ]
    const kindsAt = (bytesPerSecond: number) =>
      statusOf({
        speed: limited,
        state: { phase: 'transferring', live },
        rate: { bytesPerSecond, hasSlowed: true },
      }).reasons.map(({ kind }) => kind)
    expect(kindsAt(500 * 1024)).toEqual(['limit'])
    expect(kindsAt(100 * 1024)).toEqual(['limit', 'slower'])
  })

  it('says why it stands still on battery, and what waits meanwhile', () => {
    enqueue(['a'])
    const onBattery = verdictOf({ situation: { power: 'battery', batteryPercent: 12, network: 'unknown' } })
    const sentence = 'Paused on battery (12%), 1 file waiting'
    expect(shown(statusOf({ speed: onBattery }))).toEqual(['paused', sentence, 'paused', sentence])
    // What a person asked for comes first.
    expect(statusOf({ speed: onBattery, settings: { pausedUntil: 'forever' } }).sentence).toBe(
      'Paused until you resume, 1 file waiting',
    )
  })

  it('goes on with a disk of this computer while the network is metered', () => {
    const metered = verdictOf({ situation: { power: 'unknown', network: 'metered' } })
    expect(statusOf({ speed: metered }).headline).toBe('protected')
    const away = statusOf({ speed: metered, folder: { target: 's3://keep/documents' } })
    expect(shown(away).slice(2)).toEqual(['paused', 'Paused on a metered network'])
  })
})

describe('what needs a person', () => {
  const attention = (how: Case = {}) => {
    const status = statusOf(how)
    return { sentence: status.sentence, rows: status.attention.map(({ kind, message }) => [kind, message]) }
  }

  it('is a decision on held deletions', () => {
    hold('a')
    hold('b')
    expect(attention()).toEqual({
      sentence: 'Documents: 2 deletions wait for your decision.',
      rows: [['held', 'Documents: 2 deletions wait for your decision.']],
    })
    expect(statusOf().folders[0]?.sentence).toBe('2 deletions wait for your decision')
  })

  it('speaks of one deletion as one', () => {
    hold('a')
    expect(attention().sentence).toBe('Documents: 1 deletion waits for your decision.')
  })

  it('is a file that could not be backed up', () => {
    bury('a')
    expect(attention().rows).toEqual([['dead', 'Documents: 1 file could not be backed up.']])
    expect(statusOf().folders[0]?.sentence).toBe('1 file could not be backed up')
  })

  it('is a file that cannot be read, told by the folder', () => {
    store.folders.putProblems(ID, '' as RelPath, [problem('a', 'unreadable')])
    expect(shown(statusOf())).toEqual([
      'attention',
      '1 item cannot be read or stored',
      'attention',
      '1 item cannot be read or stored',
    ])
  })

  it('does not count links among what cannot be read', () => {
    store.folders.putProblems(ID, '' as RelPath, [problem('a', 'unreadable'), problem('l', 'symlink')])
    expect(statusOf().folders[0]?.sentence).toBe('1 item cannot be read or stored')
  })

  it('is a source that is gone, a target that is away, or a sign-in, each by its name', () => {
    const rows = (state: Partial<PipelineState>) => attention({ state }).rows.map(([kind]) => kind)
    expect(rows({ passError: failure('not-found'), passErrorAt: 'source' })).toEqual(['source-missing'])
    expect(rows({ passError: failure('not-found'), passErrorAt: 'target' })).toEqual(['target-unreachable'])
    expect(rows({ passError: failure('forbidden'), passErrorAt: 'target' })).toEqual(['target-unreachable'])
    expect(rows({ targetError: failure('unavailable') })).toEqual(['target-unreachable'])
    expect(rows({ targetError: failure('unauthenticated') })).toEqual(['signed-out'])
    expect(attention({ state: { targetError: failure('unavailable') } }).sentence).toBe('It is unavailable.')
  })

  it('is a target without room, in its own words, while files wait for that and not for another reason', () => {
    enqueue(['a', 'b'])
    const [one, other] = store.queue.claim(ID, 'small', 2)
    const failure = { code: 'quota-exceeded', message: 'The disk is full.', fix: 'Make room.' } as const
    store.queue.postpone(one!.id, { code: 'in-use', message: 'Another program uses it.' }, clock.now() + 30_000)
    expect(statusOf()).toMatchObject({ headline: 'waiting', attention: [] })
    store.queue.postpone(other!.id, failure, clock.now() + 30_000)
    const status = statusOf()
    expect(shown(status)).toEqual([
      'attention',
      'Documents waits for room at its target. The disk is full.',
      'attention',
      'The disk is full.',
    ])
    expect(status.attention).toMatchObject([{ kind: 'target-full', folderId: 'f1', fix: 'Make room.' }])
    store.queue.drop(other!.id)
    expect(statusOf().attention).toEqual([])
  })

  it('is a folder that is not watched live, with the way to mend it', () => {
    const coverage = { kind: 'degraded', reason: 'Too many folders.', fix: 'Raise the limit.' } as const
    expect(statusOf({ state: { coverage } }).attention).toEqual([
      {
        kind: 'coverage',
        folderId: 'f1',
        count: 1,
        message: 'Documents is not watched live. Too many folders.',
        fix: 'Raise the limit.',
      },
    ])
  })

  it('is told while files are still on the way', () => {
    hold('a')
    enqueue(['b'])
    const status = statusOf({ state: { phase: 'transferring' } })
    expect([status.headline, status.attention.length]).toEqual(['syncing', 1])
  })
})

describe('how far a folder is safe', () => {
  const PROOF = { atMs: 5, files: 40, bytes: 1000, failedFiles: 0, failures: [], provenAtMs: 5 }

  it('shows until when, and when that was last proven', () => {
    store.folders.set(ID, { safeUpToMs: 77, proof: PROOF })
    expect(statusOf({}).folders[0]).toMatchObject({ state: 'protected', safeUpToMs: 77, proof: PROOF })
  })

  it('needs a person once it was not safe for longer than it may be, although nothing failed', () => {
    const HOUR_MS = 3_600_000
    store.folders.set(ID, { safeUpToMs: 77, unsafeAwakeMs: 23 * HOUR_MS })
    expect(statusOf({}).folders[0]).toMatchObject({ lateMs: 23 * HOUR_MS })
    expect(statusOf({}).folders[0]?.overdueMs).toBeUndefined()
    store.folders.set(ID, { unsafeAwakeMs: 25 * HOUR_MS })
    const { headline, folders, attention } = statusOf({})
    expect([headline, folders[0]?.state, folders[0]?.overdueMs]).toEqual(['attention', 'attention', 25 * HOUR_MS])
    expect(attention).toMatchObject([{ kind: 'overdue' }])
    expect(attention[0]?.message).toMatch(/^Documents: this computer has worked for .* it is safe up to \d{4}-/)
  })

  it('is late from half of that time on', () => {
    const lateMs = (unsafeAwakeMs: number, alarmAfterMs: number): number | undefined => {
      store.folders.set(ID, { unsafeAwakeMs })
      return statusOf({ settings: { alarmAfterMs } }).folders[0]?.lateMs
    }
    expect([lateMs(11, 24), lateMs(12, 24), lateMs(99, 0)]).toEqual([undefined, 12, undefined])
  })

  it('alarms about a folder that somebody forgot to resume, too', () => {
    store.folders.set(ID, { unsafeAwakeMs: 25 * 3_600_000 })
    const { attention } = statusOf({ settings: { pausedUntil: 'forever' } })
    expect(attention.map(({ kind }) => kind)).toEqual(['overdue'])
  })

  it('goes by the time that the folder has of its own, and is silent where that is off', () => {
    store.folders.set(ID, { unsafeAwakeMs: 25 * 3_600_000 })
    const alarmed = (alarmAfterMs: number): number => {
      const folders = [{ settings: { ...FOLDER, alarmAfterMs }, state: QUIET }]
      return computeStatus({ folders, settings: DEFAULT_SETTINGS, store, clock, version: '', bytesPerSecond: 0 })
        .attention.length
    }
    expect([alarmed(0), alarmed(48 * 3_600_000), alarmed(3_600_000)]).toEqual([0, 0, 1])
  })

  it('says in words what a proof could not bring back', () => {
    const failures = ['a', 'b', 'c', 'd'].map((path) => ({ path, message: 'it is missing at the target' }))
    store.folders.set(ID, { proof: { ...PROOF, failedFiles: 4, failures } })
    const { folders, attention } = statusOf({})
    expect(folders[0]).toMatchObject({ state: 'attention' })
    expect(attention[0]?.message).toBe(
      'Documents: 4 of 40 files could not be brought back: a (it is missing at the target), b (it is missing at the target), c (it is missing at the target) and 1 more.',
    )
  })

  it('is as of now while it is watched live, as of the last whole look otherwise, and unknown while anything waits', () => {
    const lookedAtMs = clock.now() - 50 * MINUTE_MS
    const safe = (state: Partial<PipelineState>): number | undefined =>
      safeUpToNow(
        { settings: FOLDER, state: { ...QUIET, lookedAtMs, ...state } },
        { store, settings: DEFAULT_SETTINGS, clock },
      )
    expect(safe({})).toBe(clock.now() - DEFAULT_SETTINGS.settleMaxMs - 1_000)
    expect(safe({ coverage: { kind: 'polled' } })).toBe(lookedAtMs)
    expect(safe({ paused: true })).toBe(lookedAtMs)
    expect(safe({ reconciled: false })).toBeUndefined()
    expect(safe({ phase: 'transferring' })).toBeUndefined()
    expect(safe({ targetError: failure('unavailable') })).toBeUndefined()
    enqueue(['waits.txt'])
    expect(safe({})).toBeUndefined()
  })
})

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RestoreRequest, RestoreRunView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type FolderSettings } from '../../common/settings.ts'
import type { Area } from '../../main/api/area.ts'
import { createRestoreHandlers } from '../../main/api/restore.ts'
import type { Store } from '../../main/state/store.ts'
import { Cloud } from '../fakes/graph/cloud.ts'
import { startGraphFixture, type GraphFixture } from '../fakes/graph/harness.ts'
import { thawsInMemory } from '../fakes/thaws-in-memory.ts'

const CALLER = { transport: 'direct' } as const
const place = mkdtempSync(join(tmpdir(), 'tk-onedrive-calls-'))
let fixture: GraphFixture
let handlers: Area<'restore' | 'versions'>

beforeAll(async () => {
  fixture = await startGraphFixture()
  const cloud = new Cloud(fixture.drive, '')
  for (const content of ['one', 'second', 'the third']) {
    cloud.write('a/letter.txt', content)
    fixture.server.advance(60_000)
  }
  const folder: FolderSettings = {
    id: 'f1',
    name: 'Source',
    path: join(place, 'source'),
    target: 'onedrive://ada',
    mode: 'backup',
    paused: false,
    ignore: [],
  }
  mkdirSync(folder.path)
  handlers = createRestoreHandlers({
    host: fixture.host,
    store: {
      baseline: { get: () => undefined, page: () => [] },
      folders: { get: () => ({ compared: true }) },
      history: { list: () => [] },
      queue: { list: () => [], has: () => false },
      conflicts: { at: () => undefined },
      thaws: thawsInMemory(),
    } as unknown as Store,
    settings: { get: () => ({ ...DEFAULT_SETTINGS, folders: [folder] }), update: () => Promise.resolve() },
    openTarget: async () => fixture.open(),
    openDelta: () => undefined,
    pricesOf: () => undefined,
    onStop: () => undefined,
    engine: {},
  })
})
afterAll(async () => {
  await fixture.close()
  rmSync(place, { recursive: true, force: true })
})

async function opened(): Promise<{
  readonly id: string
  readonly versionsByFile?: true
  readonly keepsVersions: boolean
}> {
  let view = await handlers['restore.open']({ folderId: 'f1' }, CALLER)
  while (view.state === 'reading') {
    await sleep(1)
    view = await handlers['restore.timeline']({ id: view.id }, CALLER)
  }
  return view
}

async function ended(name: 'restore.plan' | 'restore.start', request: RestoreRequest): Promise<RestoreRunView> {
  let run = await handlers[name](request, CALLER)
  while (run.state === 'counting' || run.state === 'running') {
    await sleep(1)
    run = await handlers['restore.run']({ id: run.id }, CALLER)
  }
  return run
}

describe('the versions of a OneDrive, over the interface', () => {
  it('are asked of the drive when a file is opened, looked into, and brought back', async () => {
    const { id, versionsByFile, keepsVersions } = await opened()
    expect([versionsByFile, keepsVersions]).toEqual([true, true])
    expect(fixture.server.count('Versions')).toBe(0)
    const { versions, isBeginningUnknown } = await handlers['versions.list']({ id, path: 'a/letter.txt' }, CALLER)
    expect(isBeginningUnknown).toBe(false)
    expect(versions.map(({ sizeBytes, why, keptBy }) => [sizeBytes, why, keptBy])).toEqual([
      [9, 'current', 'target'],
      [6, 'replaced', 'store'],
      [3, 'replaced', 'store'],
    ])
    expect(versions.map(({ untilMs }) => untilMs)).toEqual([undefined, versions[0]!.sinceMs, versions[1]!.sinceMs])
    const { token } = versions[2]!
    fixture.server.forget()
    const shown = await handlers['versions.preview']({ id, path: 'a/letter.txt', token }, CALLER)
    expect(shown).toMatchObject({ kind: 'text', text: 'one' })
    expect(fixture.server.requests.map(({ operation }) => operation)).toEqual(['VersionContent', 'Download'])
    const to = { kind: 'in-place' } as const
    const run = await ended('restore.start', { id, paths: ['a/letter.txt'], token, to })
    expect(run).toMatchObject({ state: 'done' })
    expect(readFileSync(join(place, 'source/a/letter.txt'), 'utf8')).toBe('one')
  })

  it('are asked of the drive once for plans and a restore of one moment', async () => {
    const { id } = await opened()
    const [, second] = (await handlers['versions.list']({ id, path: 'a/letter.txt' }, CALLER)).versions
    fixture.server.forget()
    const request = { id, paths: [''], atMs: second!.sinceMs! }
    const to = { kind: 'directory', path: join(place, 'elsewhere') } as const
    expect(await ended('restore.plan', { ...request, to: { kind: 'in-place' } })).toMatchObject({ state: 'done' })
    expect(await ended('restore.plan', { ...request, to })).toMatchObject({ state: 'done' })
    expect(await ended('restore.start', { ...request, to })).toMatchObject({ state: 'done', failed: 0 })
    expect(readFileSync(join(place, 'elsewhere/a/letter.txt'), 'utf8')).toBe('second')
    expect(fixture.server.count('Versions')).toBe(1)
  })

  it('are not counted, and nothing is let go of: the drive keeps them by its own limit', async () => {
    fixture.server.forget()
    expect(await handlers['versions.due']({ folderId: 'f1' }, CALLER)).toEqual({ keepsVersions: false })
    expect(fixture.server.requests.filter(({ method }) => method !== 'GET')).toEqual([])
    expect(fixture.server.count('Versions')).toBe(0)
  })
})

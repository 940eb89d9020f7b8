import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ActivityView, FolderView } from '../../common/protocol.ts'
import type { Area } from '../../main/api/area.ts'
import { Cloud } from './graph/cloud.ts'
import { startGraphFixture, type GraphFixture } from './graph/harness.ts'
import { realClock } from './real-clock.ts'
import { createFakeRestores } from './restore-calls.ts'
import { hastyClock } from './s3/harness.ts'

const DAY_MS = 86_400_000
/** The first folder of the fake application. */
const FOLDER_ID = 'd0c0d0c0'

/** What others did to one file, and when; undefined: it was deleted. */
type Life = readonly (readonly [agoDays: number, content: string | undefined, by?: string])[]

/** A folder of a OneDrive with a past, and the calls that look at it. Dispose it. */
export interface OneDrivePast extends AsyncDisposable {
  readonly fixture: GraphFixture
  readonly cloud: Cloud
  /** The folder of this computer. */
  readonly source: string
  readonly handlers: Area<'restore' | 'versions' | 'thaw'>
}

/** A month in which files changed as told. What was deleted is in this computer's history. */
export async function startOneDrivePast(lives: Readonly<Record<string, Life>>): Promise<OneDrivePast> {
  // What a drive asks to wait is not waited for.
  const fixture = await startGraphFixture({ clock: hastyClock })
  const cloud = new Cloud(fixture.drive, '')
  const place = mkdtempSync(join(tmpdir(), 'tk-onedrive-past-'))
  const source = join(place, 'Documents')
  mkdirSync(source)
  const history: ActivityView[] = []
  let agoMs = 0
  const goTo = (wantedMs: number): void => {
    fixture.server.advance(agoMs - wantedMs)
    agoMs = wantedMs
  }
  const events = Object.entries(lives).flatMap(([path, life]) =>
    life.map(([agoDays, content, by]) => ({ path, agoMs: agoDays * DAY_MS, content, by })),
  )
  const isGone = (path: string): boolean => lives[path]!.some(([, content]) => content === undefined)
  for (const { path, content, by, ...event } of events.toSorted((a, b) => b.agoMs - a.agoMs)) {
    goTo(event.agoMs)
    if (isGone(path)) history.unshift(rowOf(history.length + 1, path, { content, agoMs: event.agoMs }))
    if (content === undefined) cloud.remove(path)
    else {
      if (by !== undefined && cloud.tree()[path] !== undefined)
        cloud.signedBy(path, { user: { displayName: by }, device: { displayName: 'laptop' } })
      cloud.write(path, content)
    }
  }
  goTo(0)
  const folder = { id: FOLDER_ID, name: 'Documents', path: source, target: 'onedrive://ada', mode: 'backup' }
  const folders = (): readonly FolderView[] => [{ ...folder, paused: false } as unknown as FolderView]
  return {
    fixture,
    cloud,
    source,
    handlers: createFakeRestores({ clock: realClock, folders, openTarget: async () => fixture.open(), history }),
    [Symbol.asyncDispose]: async () => {
      await fixture.close()
      rmSync(place, { recursive: true, force: true })
    },
  }
}

function rowOf(
  id: number,
  path: string,
  { content, agoMs }: { readonly content: string | undefined; readonly agoMs: number },
): ActivityView {
  return {
    id,
    atMs: realClock.now() - agoMs,
    folderId: FOLDER_ID,
    path,
    kind: content === undefined ? 'delete' : 'upload',
    method: content === undefined ? 'delete' : 'whole',
    size: content?.length ?? 0,
    bytesSent: 0,
    bytesReused: 0,
    durationMs: 1,
  }
}

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { Action, FolderId } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import { startEngine, type Harness } from '../fakes/engine-harness.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'

const FOLDER = 'f1' as FolderId
const MIRROR = { folder: { mode: 'mirror' }, settings: { guardFiles: 1_000, guardPercent: 100 } } as const

let harness: Harness | undefined
afterEach(async () => {
  await harness?.remove()
  harness = undefined
})

/** A mirror of `a`, whose move to `new/a` was killed after `new` was made and undone at the source before the restart. */
async function restartedAfterKill(): Promise<Harness> {
  const first = await startEngine({ ...MIRROR, prepare: (source) => writeFileSync(join(source, 'a'), 'content') })
  await first.until('protected')
  await first.stop()
  const { log } = createFakeHost()
  const { store } = await openStore({ directory: join(first.place, 'state'), clock: realClock, log })
  const base = store.baseline.get(FOLDER, toRelPath('a'))!
  const { kind, size, mtimeNs, mode, identity } = base
  const folder = { path: toRelPath('new'), kind: 'directory', size: 0, mtimeNs: 1n, mode: 0o755 } as const
  const local = { path: toRelPath('new/a'), kind, size, mtimeNs, mode: mode!, identity: identity! }
  const actions: readonly Action[] = [
    { kind: 'make-directory', path: folder.path, local: folder, expect: { kind: 'absent' } },
    { kind: 'move', path: local.path, from: base.path, local, base, expect: { kind: 'any' } },
  ]
  store.queue.enqueue(
    FOLDER,
    actions.map((action) => ({ action, lane: 'small' })),
  )
  expect(store.queue.claim(FOLDER, 'small', 2)).toHaveLength(2)
  mkdirSync(join(first.target, 'new'))
  store.close()
  harness = await startEngine({ ...MIRROR, place: first.place })
  return harness
}

it('a move that was killed after making the folder, and undone meanwhile, leaves no empty folder at a mirror', async () => {
  const engine = await restartedAfterKill()
  await engine.until('protected')
  await engine.engine.syncNow()
  await engine.engine.syncNow()
  expect(existsSync(join(engine.target, 'a'))).toBe(true)
  expect(existsSync(join(engine.target, 'new'))).toBe(false)
})

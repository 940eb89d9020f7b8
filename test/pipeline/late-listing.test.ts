import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, describe, it } from 'vitest'
import type { Entry } from '../../common/model.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import { startEngine, type Harness } from '../fakes/engine-harness.ts'

const NAMES = Array.from({ length: 80 }, (_, number) => `new ${String(number).padStart(2, '0')}`)

let harness: Harness | undefined
afterEach(async () => {
  await harness?.remove()
  harness = undefined
})

/** What the test holds up at the target. */
interface Held {
  /** Puts wait for it. */
  gate: Promise<void>
  /** A listing is read to its end, then waits for this, and is told. */
  beforeTold: () => Promise<void>
}

async function start(mode: 'two-way' | 'mirror'): Promise<{ harness: Harness; held: Held }> {
  const held: Held = { gate: Promise.resolve(), beforeTold: () => Promise.resolve() }
  harness = await startEngine({
    folder: { mode },
    settings: { settleMs: 0 },
    prepare: (source) => writeFileSync(join(source, 'a'), 'first'),
    wrap: (inner) =>
      intercept(inner, {
        put: (path, content, options) => held.gate.then(() => inner.put(path, content, options)),
        abilities: { putBatch: (items, options) => held.gate.then(() => inner.features.putBatch!(items, options)) },
        list: async function* (path, options) {
          const pages: (readonly Entry[])[] = []
          for await (const page of inner.list(path, options)) pages.push(page)
          await held.beforeTold()
          yield* pages
        },
      }),
  })
  await harness.until('protected')
  return { harness, held }
}

describe.each(['two-way', 'mirror'] as const)(
  'a listing of the target that is older than what was agreed on since (%s)',
  (mode) => {
    it('is no reason to take what it lacks for deleted, or what it has for changed', async () => {
      const { harness: engine, held } = await start(mode)
      const { store, folderId, source, target, activity, watcher } = engine
      const sizeOf = (name: string): number | undefined => store.baseline.get(folderId, name as never)?.size
      let open: () => void = () => undefined
      held.gate = new Promise((resolve) => (open = resolve))
      for (const name of [...NAMES, 'a']) writeFileSync(join(source, name), `content of ${name}`)
      watcher.hint([...NAMES, 'a'])
      await expect.poll(() => store.queue.counts(folderId).running).toBeGreaterThan(0)
      activity.length = 0
      held.beforeTold = async () => {
        held.beforeTold = () => Promise.resolve()
        open()
        await expect.poll(() => [...NAMES, 'a'].every((name) => (sizeOf(name) ?? 0) > 10)).toBe(true)
      }
      await engine.engine.syncNow()
      expect(store.queue.counts(folderId)).toMatchObject({ queued: 0, held: 0, dead: 0, waiting: 0 })
      expect(new Set(activity.map(({ method }) => method))).toEqual(new Set(['whole']))
      expect(activity.length).toBe(NAMES.length + 1)
      for (const name of NAMES) expect(existsSync(join(source, name))).toBe(true)
      expect(readdirSync(target)).toEqual(expect.arrayContaining(NAMES))
    })

    it('still counts for what was agreed on before', async () => {
      const { harness: engine } = await start(mode)
      rmSync(join(engine.target, 'a'))
      await engine.engine.syncNow()
      expect(existsSync(join(engine.source, 'a'))).toBe(mode === 'mirror')
      expect(existsSync(join(engine.target, 'a'))).toBe(mode === 'mirror')
    })
  },
)

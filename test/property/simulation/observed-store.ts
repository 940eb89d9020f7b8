import type { Store } from '../../../main/state/store.ts'
import type { EngineWorld } from './engine-world.ts'

/** The same store with some of its methods replaced; the others keep their own `this`. A plain object: a proxy would be asked at every call. */
export function replaceMethods<T extends object>(real: T, replaced: Partial<T>): T {
  const made: Record<string, unknown> = {}
  for (let level: object = real; level !== Object.prototype; level = Object.getPrototypeOf(level) as object)
    for (const name of Object.getOwnPropertyNames(level)) {
      if (name === 'constructor' || name in made) continue
      const member = Reflect.get(real, name) as unknown
      made[name] = typeof member === 'function' ? (member.bind(real) as unknown) : member
    }
  return Object.assign(made, replaced) as T
}

/** Tells the world what is queued, written down as safe, and when a full pass ended. */
export function observedStore(store: Store, world: EngineWorld): Store {
  const { oracle } = world
  const { guardFiles = 0, guardPercent = 0 } = world.options.settings
  return replaceMethods(store, {
    baseline: replaceMethods(store.baseline, {
      put: (folderId, entry) => {
        const there = store.baseline.get(folderId, entry.path)
        const isNews = there?.contentHash !== entry.contentHash || there?.remote.etag !== entry.remote.etag
        if (isNews || entry.kind === 'directory') oracle.recorded(entry, world.target)
        store.baseline.put(folderId, entry)
        world.baselineChanged()
      },
      remove: (folderId, path) => {
        store.baseline.remove(folderId, path)
        world.baselineChanged()
      },
      clear: (folderId) => {
        store.baseline.clear(folderId)
        world.baselineChanged()
      },
    }),
    queue: replaceMethods(store.queue, {
      enqueue: (folderId, planned) => {
        const { files } = store.baseline.totals(folderId)
        oracle.enqueued(planned, Math.max(guardFiles, Math.floor((files * guardPercent) / 100)))
        world.checkMoves(planned)
        world.planned += planned.length
        store.queue.enqueue(folderId, planned)
      },
    }),
    folders: replaceMethods(store.folders, {
      set: (folderId, state) => {
        store.folders.set(folderId, state)
        if (state.lastReconcileMs !== undefined) world.reconciled(state.compared === true)
      },
    }),
  })
}

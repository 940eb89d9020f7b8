import type { Snapshot, SnapshotMemory } from './store.ts'

const KEY = 'tidekeep.snapshot'
const ROWS = 50
/** Another build may draw other values: what it left is not for this one. */
const BUILD = import.meta.url

type Kept = Pick<Snapshot, 'status' | 'recent'>

/** Of this tab, as long as it is open. Storage can be switched off; then a page begins empty, a moment long. */
export const sessionMemory: SnapshotMemory = {
  read: () => {
    try {
      const text = sessionStorage.getItem(KEY)
      const stored = (text === null ? {} : JSON.parse(text)) as { readonly build?: string } & Kept
      return stored.build === BUILD ? stored : undefined
    } catch {
      return undefined
    }
  },
  write: ({ status, recent }) => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ build: BUILD, status, recent: recent?.slice(0, ROWS) ?? null }))
    } catch {
      // As above.
    }
  },
  forget: () => {
    try {
      sessionStorage.removeItem(KEY)
    } catch {
      // As above.
    }
  },
}

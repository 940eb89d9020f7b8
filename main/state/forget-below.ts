import type { FolderId, RelPath } from '../../common/model.ts'
import type { BaselineStore } from './store.ts'

const PAGE = 1000

/** Forgets what was agreed on below a path, not of the path itself. Idempotent. */
export function forgetBelow(baseline: BaselineStore, folderId: FolderId, path: RelPath): void {
  for (let after = path; ;) {
    const page = baseline.page(folderId, path, after, PAGE)
    for (const entry of page) baseline.remove(folderId, entry.path)
    const last = page.at(-1)?.path
    if (last === undefined) return
    after = last
  }
}

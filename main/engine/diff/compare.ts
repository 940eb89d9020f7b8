import type { BaselineEntry, Change, Entry } from '../../../common/model.ts'

/**
 * What became of one path that exists locally and was agreed on before, going by what the file
 * system says. Undefined: nothing. Content is taken for unchanged only when size, mtime, inode
 * *and* ctime agree: mtime alone misses writers that restore it.
 */
export function compareWithBaseline(local: Entry, base: BaselineEntry): Change | undefined {
  const { path } = local
  if (local.kind !== base.kind) return { kind: 'created', path, local, base }
  if (local.kind === 'directory') return sameMode(local, base) ? undefined : { kind: 'metadata', path, local, base }
  return sameFile(local, base) ? undefined : { kind: 'modified', path, local, base }
}

/** True where the target's listing shows what the baseline says it holds. */
export function remoteAgrees(remote: Entry, base: BaselineEntry): boolean {
  if (base.kind === 'directory') return remote.kind === 'directory'
  // Size and etag of what the target rewrites are its own affair; the time it was given moves with an edit.
  if (base.remote.verifiedBy === 'altered') return remote.kind === 'file' && isSameSecond(remote.mtimeNs, base.mtimeNs)
  if (remote.kind !== 'file' || remote.size !== base.remote.size) return false
  return base.remote.etag === undefined || remote.etag === undefined || remote.etag === base.remote.etag
}

function isSameSecond(a: bigint, b: bigint): boolean {
  return a / 1_000_000_000n === b / 1_000_000_000n
}

function sameFile(local: Entry, base: BaselineEntry): boolean {
  return (
    local.size === base.size &&
    local.mtimeNs === base.mtimeNs &&
    local.identity?.inode === base.identity?.inode &&
    local.identity?.ctimeNs === base.identity?.ctimeNs
  )
}

/** A directory's mtime moves with every change of its children and says nothing of its own. */
function sameMode(local: Entry, base: BaselineEntry): boolean {
  return local.mode === undefined || base.mode === undefined || local.mode === base.mode
}

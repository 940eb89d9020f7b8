import type { Conflict } from '../../common/conflict.ts'
import type { Entry } from '../../common/model.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'

/** Stands for exactly this version of a file on its side: another one has another. */
export function versionOf({ kind, size, mtimeNs, etag, versionId, identity }: Entry): string {
  const parts = [kind, size, String(mtimeNs), etag ?? '', versionId ?? '']
  if (identity !== undefined) parts.push(identity.inode, String(identity.ctimeNs))
  return digest(JSON.stringify(parts))
}

/** Stands for these conflicts with these versions, in this order. */
export function seenOf(conflicts: readonly Conflict[]): string {
  return digest(
    conflicts
      .map(({ id, local, remote }) => [id, versionOf(local.entry), versionOf(remote.entry)].join(' '))
      .join('\n'),
  )
}

/** True where both looks at the source saw the same content. A look without identity is judged by size and times. */
export function isSameLocal(one: Entry, other: Entry): boolean {
  if (one.kind !== other.kind || one.size !== other.size || one.mtimeNs !== other.mtimeNs) return false
  if (one.identity === undefined || other.identity === undefined) return true
  return one.identity.inode === other.identity.inode && one.identity.ctimeNs === other.identity.ctimeNs
}

/** True where both looks at the target saw the same content. */
export function isSameRemote(one: Entry, other: Entry): boolean {
  if (one.kind !== other.kind || one.size !== other.size) return false
  if (one.etag !== undefined && other.etag !== undefined) return one.etag === other.etag
  return one.kind === 'directory' || one.mtimeNs === other.mtimeNs
}

function digest(text: string): string {
  return blake3Hex(Buffer.from(text)).slice(0, 32)
}

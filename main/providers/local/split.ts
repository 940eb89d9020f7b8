import { parentOf } from '../../../common/paths.ts'
import type { BatchItem } from '../provider.ts'

/** A share of a batch, with the places its items had in the batch. */
export type Share = readonly { readonly item: BatchItem; readonly index: number }[]

/** Below this many files a share is not worth a thread of its own. */
const LEAST_SHARE = 32
/** What a file costs besides its bytes, in bytes of copying. */
const FILE_COST_BYTES = 32 * 1024

/** A directory is split over threads when it outweighs a fair share by this much: what is staged apart is published file by file. */
const SPLIT_AT = 1.5

/**
 * Splits a batch over threads by directory, so that no two threads wait for one directory's lock
 * and new directories can be published as a whole; only one that outweighs a fair share is split, too.
 */
export function splitByDirectory(items: readonly BatchItem[], threads: number): readonly Share[] {
  const indexed = items.map((item, index) => ({ item, index }))
  const count = Math.max(1, Math.min(threads, Math.floor(items.length / LEAST_SHARE)))
  if (count === 1) return [indexed]
  const fair = totalCost(indexed) / count
  const shares = Array.from({ length: count }, () => ({ cost: 0, members: [] as { item: BatchItem; index: number }[] }))
  const directories = Map.groupBy(indexed, ({ item }) => parentOf(item.path))
  const weighed = [...directories.values()].map((members) => ({ members, cost: totalCost(members) }))
  for (const { members, cost } of weighed.sort((a, b) => b.cost - a.cost)) {
    let share = lightest(shares)
    for (const member of members) {
      if (cost > SPLIT_AT * fair && share.cost >= fair) share = lightest(shares)
      share.members.push(member)
      share.cost += costOf(member.item)
    }
  }
  return shares.map(({ members }) => members).filter((members) => members.length > 0)
}

function totalCost(members: Share): number {
  return members.reduce((sum, { item }) => sum + costOf(item), 0)
}

function costOf(item: BatchItem): number {
  return item.content.size + FILE_COST_BYTES
}

function lightest<T extends { readonly cost: number }>(shares: readonly T[]): T {
  return shares.reduce((least, share) => (share.cost < least.cost ? share : least))
}

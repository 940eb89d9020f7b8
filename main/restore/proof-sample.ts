import type { BaselineEntry, FolderId, RelPath } from '../../common/model.ts'
import { ROOT_PATH } from '../../common/paths.ts'
import type { Clock, Random } from '../host.ts'
import type { BaselineStore } from '../state/store.ts'

/** How large a sample may be. */
export interface SampleLimits {
  readonly files: number
  readonly bytes: number
}

/** What a sample is drawn from. */
export interface SampleWork {
  readonly baseline: Pick<BaselineStore, 'get' | 'page'>
  readonly folderId: FolderId
  /** Drawn before all others: what an earlier proof could not bring back. */
  readonly again: readonly RelPath[]
  readonly limits: SampleLimits
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
}

const PAGE_ENTRIES = 1000
/** More are drawn than are taken: those too large for what is left of the bytes are passed over. */
const SPARE = 4

/**
 * Files to bring back, each as likely as any other, and in an order drawn by chance. Never more bytes
 * than allowed: a file larger than that is never in a sample. What the target rewrites by itself has
 * nothing to be compared with and is left out.
 */
export async function drawSample(work: SampleWork): Promise<readonly BaselineEntry[]> {
  const { baseline, folderId, limits, again } = work
  const first = again.flatMap((path) => baseline.get(folderId, path) ?? []).filter(isComparable)
  const drawn = await reservoir(work, limits.files * SPARE)
  const chosen = new Map<RelPath, BaselineEntry>()
  let bytes = 0
  for (const entry of [...first, ...shuffled(drawn, work.random)]) {
    if (chosen.size >= limits.files || chosen.has(entry.path) || bytes + entry.size > limits.bytes) continue
    chosen.set(entry.path, entry)
    bytes += entry.size
  }
  return [...chosen.values()]
}

/** Algorithm R (Vitter 1985), a page at a time so that nothing else waits for it. */
async function reservoir(
  { baseline, folderId, limits, clock, random, signal }: SampleWork,
  wanted: number,
): Promise<BaselineEntry[]> {
  const drawn: BaselineEntry[] = []
  let seen = 0
  for (let after: RelPath | undefined; ;) {
    const page = baseline.page(folderId, ROOT_PATH, after, PAGE_ENTRIES)
    for (const entry of page) {
      if (!isComparable(entry) || entry.size > limits.bytes) continue
      seen++
      if (drawn.length < wanted) drawn.push(entry)
      else {
        const place = Math.floor(random.next() * seen)
        if (place < wanted) drawn[place] = entry
      }
    }
    after = page.at(-1)?.path
    if (after === undefined) return drawn
    await clock.sleep(0, signal)
  }
}

function isComparable({ kind, remote }: BaselineEntry): boolean {
  return kind === 'file' && remote.verifiedBy !== 'altered'
}

/** Fisher-Yates. */
function shuffled(entries: readonly BaselineEntry[], random: Random): readonly BaselineEntry[] {
  const order = [...entries]
  for (let last = order.length - 1; last > 0; last--) {
    const place = Math.floor(random.next() * (last + 1))
    const [left, right] = [order[last]!, order[place]!]
    order[last] = right
    order[place] = left
  }
  return order
}

import { toTidekeepError, TidekeepError, type ErrorCode } from '../../../common/errors.ts'
import type { BatchItem, BatchResult, CallOptions, LocalFile, PutResult } from '../provider.ts'
import type { AdaptiveLimit } from './adaptive-limit.ts'
import { backoffMs, isWorthWaiting } from './backoff.ts'
import type { S3Context } from './context.ts'
import { loadContent, putSmall, type LoadedContent } from './put-small.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** A worker's task: one file each costs seven times as much. */
const GROUP_FILES = 64
const GROUP_BYTES = 8 * 1024 ** 2
/** Groups being read or sent at once, and the content they may hold. */
const GROUPS_AT_ONCE = 8
const HELD_BYTES = 48 * 1024 ** 2
/** Attempts for an item the store pushes back with SlowDown. */
const MAX_SLOW_DOWNS = 5
const MAY_CONCERN_ALL: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'timeout',
  'unauthenticated',
  'forbidden',
  'not-found',
  'invalid',
])
/** Items that fail one after the other before the rest is not sent. */
const MAX_FAILURES = 5

interface Indexed {
  readonly index: number
  readonly item: BatchItem
}

interface Batch {
  readonly context: S3Context
  readonly limit: AdaptiveLimit
  readonly signal: AbortSignal
  readonly results: BatchResult[]
  /** In a row, with nothing that got through in between. */
  failures: number
  /** The store wants to be left alone, or cannot be reached: nothing more goes out. */
  refusal?: TidekeepError
}

/**
 * Puts many small contents: workers read and digest them in groups, this thread signs and sends,
 * as many at once as the store rewards. Results are in the order of `items`; items above
 * `singlePutBytes` do not belong here.
 */
export async function putBatch(
  context: S3Context,
  limit: AdaptiveLimit,
  { items, signal }: CallOptions & { readonly items: readonly BatchItem[] },
): Promise<readonly BatchResult[]> {
  if (items.length > 0) await context.abilities.writes(signal)
  const batch: Batch = { context, limit, signal, results: [], failures: 0 }
  const groups = groupItems(items)
  const memory = createByteBudget(HELD_BYTES)
  let next = 0
  const runLane = async (): Promise<void> => {
    for (let group = groups[next++]; group !== undefined; group = groups[next++]) {
      await memory.take(group.bytes)
      await putGroup(batch, group.members)
      memory.give(group.bytes)
    }
  }
  await Promise.all(Array.from({ length: Math.min(GROUPS_AT_ONCE, groups.length) }, runLane))
  return batch.results
}

/** Bounds the bytes held at once. A request above the whole budget is granted when nothing else is held. */
function createByteBudget(limitBytes: number): { take(bytes: number): Promise<void>; give(bytes: number): void } {
  const waiting: { readonly bytes: number; readonly grant: () => void }[] = []
  let heldBytes = 0
  const admit = (): void => {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      if (heldBytes > 0 && heldBytes + first.bytes > limitBytes) return
      waiting.shift()
      heldBytes += first.bytes
      first.grant()
    }
  }
  return {
    take: (bytes) =>
      new Promise((grant) => {
        waiting.push({ bytes, grant })
        admit()
      }),
    give: (bytes) => {
      heldBytes -= bytes
      admit()
    },
  }
}

interface Group {
  readonly members: readonly Indexed[]
  readonly bytes: number
}

function groupItems(items: readonly BatchItem[]): readonly Group[] {
  const groups: { members: Indexed[]; bytes: number }[] = []
  for (const [index, item] of items.entries()) {
    let group = groups.at(-1)
    if (group === undefined || group.members.length >= GROUP_FILES || group.bytes + item.content.size > GROUP_BYTES) {
      group = { members: [], bytes: 0 }
      groups.push(group)
    }
    group.members.push({ index, item })
    group.bytes += item.content.size
  }
  return groups
}

/** Never rejects: every member gets its own result. */
async function putGroup(batch: Batch, members: readonly Indexed[]): Promise<void> {
  const files = members.filter(({ item }) => item.content.file !== undefined)
  const others = members.filter(({ item }) => item.content.file === undefined)
  const settle = ({ index }: Indexed, run: () => Promise<PutResult>): Promise<void> =>
    run().then(
      (result) => void (batch.results[index] = { ok: true, result }),
      (error: unknown) => void (batch.results[index] = { ok: false, error: toTidekeepError(error) }),
    )
  const loadedFiles = readFiles(batch, files)
  await Promise.all([
    ...others.map((member) =>
      settle(member, async () =>
        sendItem(batch, member.item, await loadContent(batch.context, member.item.content, batch.signal)),
      ),
    ),
    ...files.map((member, position) =>
      settle(member, async () => {
        const loaded = (await loadedFiles)[position]
        if (loaded?.ok === true) return sendItem(batch, member.item, loaded)
        throw new TidekeepError(
          loaded?.failure ?? { code: 'internal', message: s3FailureTexts.putBatch.aWorkerGaveNoAnswer },
        )
      }),
    ),
  ])
}

function readFiles({ context, signal }: Batch, members: readonly Indexed[]) {
  if (members.length === 0) return Promise.resolve([])
  return context.pool.run(
    'readBatch',
    members.map(({ item }) => item.content.file as LocalFile),
    { signal },
  )
}

/**
 * A store that lets nothing through any more is not asked for the rest: it is away, or refuses
 * everything. What was not sent is not refused, and waits.
 */
function noteFailure(batch: Batch, error: TidekeepError): TidekeepError {
  if (!MAY_CONCERN_ALL.has(error.code) || ++batch.failures < MAX_FAILURES) return error
  const { fix } = error
  const isAway = error.code === 'timeout' || error.code === 'unavailable'
  const code = error.code === 'timeout' ? 'timeout' : 'unavailable'
  const message = isAway ? error.message : s3FailureTexts.putBatch.refusesAll({ location: batch.context.location })
  // Never sent: no outcome is in doubt.
  const retry = error.retry.kind === 'never' ? {} : { retry: error.retry }
  batch.refusal = new TidekeepError({ code, message, cause: error, ...(fix === undefined ? {} : { fix }), ...retry })
  return error
}

/**
 * SlowDown is the store's way to say how fast: the item waits with all others and goes again. A
 * store that goes on saying so, or wants to be left alone for long, is left alone by all of them.
 */
async function sendItem(batch: Batch, item: BatchItem, loaded: LoadedContent): Promise<PutResult> {
  const { context, limit, signal } = batch
  const { path, metadata, expect, keep } = item
  const put = { path, loaded, metadata, expect, signal, ...(keep === undefined ? {} : { keep }) }
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await limit.run(signal, () => {
        if (batch.refusal !== undefined) throw batch.refusal
        return putSmall(context, put)
      })
      batch.failures = 0
      return result
    } catch (error) {
      const known = toTidekeepError(error)
      if (batch.refusal !== undefined) throw known
      if (known.code !== 'throttled') throw noteFailure(batch, known)
      if (!isWorthWaiting(known.retry)) throw (batch.refusal = known)
      limit.slowDown(backoffMs(attempt, known.retry, context.host.random))
      if (limit.refusals >= MAX_SLOW_DOWNS) throw (batch.refusal = known)
      if (attempt >= MAX_SLOW_DOWNS) throw known
    }
  }
}

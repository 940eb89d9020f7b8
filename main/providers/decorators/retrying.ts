import { TidekeepError, toTidekeepError, type ErrorCode } from '../../../common/errors.ts'
import { comparePaths } from '../../../common/paths.ts'
import type { Entry, RelPath } from '../../../common/model.ts'
import type { BatchItem, BatchResult, CallOptions, Listed, SourceProvider, TargetProvider } from '../provider.ts'
import { intercept, type Abilities, type Call, type Overrides } from './intercept.ts'
import { Outcomes } from './outcomes.ts'
import { RetryLoop, type RetryDeps } from './retry-loop.ts'
import { targetFailureTexts } from './target-failure-texts.ts'

/** Items of a failed batch that are tried again at the same time. */
const BATCH_RETRY_LANES = 8
const TARGET_TROUBLE: ReadonlySet<ErrorCode> = new Set(['unavailable', 'timeout', 'throttled'])

/**
 * The one retry layer around a provider. Obeys each error's advice, never retries what cannot help,
 * looks up the outcome of a mutation whose answer was lost before calling it a failure or a
 * conflict (I4), and stops asking a target that is down.
 */
export function retrying(inner: TargetProvider, deps: RetryDeps): TargetProvider {
  const loop = new RetryLoop(inner, deps)
  const mutations = retriedMutations(inner, loop, new Outcomes(inner))
  return intercept(inner, {
    list: (path, options) =>
      retriedList(
        loop,
        { name: 'list', path, ...options },
        { open: () => inner.list(path, options), after: entriesAfter },
      ),
    stat: (path, options) => loop.run({ name: 'stat', path, ...options }, () => inner.stat(path, options)),
    read: (path, options) => retriedRead(inner, loop, path, options),
    ...mutations,
  })
}

function retriedMutations(inner: TargetProvider, loop: RetryLoop, outcomes: Outcomes): Overrides {
  const { features } = inner
  const put = (item: BatchItem, options: CallOptions & { readonly contentHash?: string }, seen?: TidekeepError) =>
    loop.run(
      { name: 'put', path: item.path, signal: options.signal },
      () => inner.put(item.path, item.content, { ...options, ...putOptionsOf(item) }),
      () => outcomes.ofPut(item.path, item.content, options),
      seen,
    )
  return {
    put: (path, content, options) => put({ path, content, ...options }, options),
    remove: async (path, options) => {
      const { kept } = await loop.run(
        { name: 'remove', path, signal: options.signal },
        () => inner.remove(path, options).then((done) => ({ kept: done })),
        // Who did it is not known, nor where what was there is: a listing finds it.
        () => outcomes.ofRemove(path, options).then((done) => (done === undefined ? undefined : { kept: undefined })),
      )
      return kept
    },
    abilities: {
      listStretches: (path, options) =>
        retriedList(
          loop,
          { name: 'list', path, ...options },
          { open: () => features.listStretches!(path, options), after: listedAfter },
        ),
      // Not tried again: it is asked for every minute, and a look finds out what is in the way.
      changes: (options) => loop.attempt(options.signal, () => features.changes!(options)),
      putBatch: (items, options) => retriedBatch(inner, loop, { items, options, put }),
      move: (from, to, options) =>
        loop.run(
          { name: 'move', path: to, signal: options.signal },
          () => features.move!(from, to, options),
          () => outcomes.ofMove(from, to, options),
        ),
      setMetadata: (path, metadata, options) =>
        loop.run(
          { name: 'setMetadata', path, signal: options.signal },
          () => features.setMetadata!(path, metadata, options),
          () => outcomes.ofSetMetadata(path, metadata, options),
        ),
      makeDirectory: (path, metadata, options) =>
        loop.run({ name: 'makeDirectory', path, ...options }, () => features.makeDirectory!(path, metadata, options)),
      assemblyLimits: (options) =>
        loop.run({ name: 'assemblyLimits', path: '' as RelPath, ...options }, () => features.assemblyLimits!(options)),
      assemble: (path, content, parts, options) =>
        loop.run(
          { name: 'assemble', path, signal: options.signal },
          () => features.assemble!(path, content, parts, options),
          () => outcomes.ofPut(path, content, options),
        ),
      leftovers: (options) => guarded(features.leftovers!(options), loop, options),
      removeLeftover: (leftover, options) =>
        loop.run({ name: 'removeLeftover', path: '' as RelPath, ...options }, () =>
          features.removeLeftover!(leftover, options),
        ),
      ...retriedLooks(inner, loop),
      ...retriedKept(inner, loop, outcomes),
    },
  }
}

/** Not tried again: cleaning up can wait for its next day, and who undoes something is there to ask again. */
async function* guarded<T>(items: AsyncIterable<T>, loop: RetryLoop, { signal }: CallOptions): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  for (;;) {
    const next = await loop.attempt(signal, () => iterator.next())
    if (next.done === true) return
    yield next.value
  }
}

/** What a batch says of one item, as a put of its own takes it. */
function putOptionsOf({ metadata, expect, keep }: BatchItem): Pick<BatchItem, 'metadata' | 'expect' | 'keep'> {
  return { metadata, expect, ...(keep === undefined ? {} : { keep }) }
}

function retriedLooks({ features }: TargetProvider, loop: RetryLoop): Partial<Abilities> {
  return {
    checksum: (path, options) =>
      loop.run({ name: 'checksum', path, ...options }, () => features.checksum!(path, options)),
    isLinkTo: (found, options) =>
      loop.run({ name: 'isLinkTo', path: found.path, signal: options.signal }, () =>
        features.isLinkTo!(found, options),
      ),
    // Not tried again: what is not told is asked for one by one.
    checksums: (items, options) => loop.attempt(options.signal, () => features.checksums!(items, options)),
    spelling: (path, options) =>
      loop.run({ name: 'spelling', path, ...options }, () => features.spelling!(path, options)),
    freeBytes: (options) =>
      loop.run({ name: 'freeBytes', path: '' as RelPath, ...options }, () => features.freeBytes!(options)),
    capacity: (options) =>
      loop.run({ name: 'capacity', path: '' as RelPath, ...options }, () => features.capacity!(options)),
  }
}

function retriedKept({ features }: TargetProvider, loop: RetryLoop, outcomes: Outcomes): Partial<Abilities> {
  return {
    keptVersions: (path, options) => guarded(features.keptVersions!(path, options), loop, options),
    readKept: (kept, options) => guarded(features.readKept!(kept, options), loop, options),
    fileVersions: (path, options) =>
      loop.run({ name: 'fileVersions', path, ...options }, () => features.fileVersions!(path, options)),
    children: (path, options) =>
      loop.run({ name: 'children', path, ...options }, () => features.children!(path, options)),
    statKept: (kept, options) =>
      loop.run({ name: 'statKept', path: kept.path, ...options }, () => features.statKept!(kept, options)),
    removeKept: (kept, options) =>
      loop.run({ name: 'removeKept', path: kept.path, ...options }, () => features.removeKept!(kept, options)),
    // What is refused of one is not asked again before the next day; what fails as a whole is.
    releaseKept: (kept, { signal, ...options }) =>
      loop.run({ name: 'releaseKept', path: kept[0]?.path ?? ('' as RelPath), signal }, () =>
        features.releaseKept!(kept, { signal, ...options }),
      ),
    putBackKept: (kept, options) =>
      loop.run(
        { name: 'putBackKept', path: kept.path, ...options },
        () => features.putBackKept!(kept, options),
        () => outcomes.ofPutBack(kept, options),
      ),
  }
}

interface BatchRetry {
  readonly items: readonly BatchItem[]
  readonly options: CallOptions
  put(item: BatchItem, options: CallOptions, seen: TidekeepError): ReturnType<TargetProvider['put']>
}

/**
 * A batch is sent once; each item that failed then goes through the loop by itself, its first error
 * known. Where nothing at all got through, the target is in trouble and no item: that is left to the queue.
 */
async function retriedBatch(
  inner: TargetProvider,
  loop: RetryLoop,
  batch: BatchRetry,
): Promise<readonly BatchResult[]> {
  const { items, options } = batch
  const sent = await sendBatch(inner, loop, items, options)
  const results = [...sent.results]
  const failed = results.flatMap((result, index) =>
    result.ok ? [] : [{ index, error: toTidekeepError(result.error) }],
  )
  const isNothing = sent.isAnswered && failed.length === results.length
  if (isNothing && failed.every(({ error }) => TARGET_TROUBLE.has(error.code))) return results
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < failed.length) {
      const { index, error } = failed[next++]!
      try {
        results[index] = { ok: true, result: await batch.put(items[index]!, options, error) }
      } catch (final) {
        results[index] = { ok: false, error: toTidekeepError(final, items[index]!.path) }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(BATCH_RETRY_LANES, failed.length) }, lane))
  return results
}

/** A batch that fails as a whole may have been stored in part: each item is then looked at. */
async function sendBatch(
  inner: TargetProvider,
  loop: RetryLoop,
  items: readonly BatchItem[],
  options: CallOptions,
): Promise<{ readonly isAnswered: boolean; readonly results: readonly BatchResult[] }> {
  try {
    const results = await loop.attempt(options.signal, () => inner.features.putBatch!(items, options))
    loop.batchEnded(results.map((result) => (result.ok ? undefined : toTidekeepError(result.error))))
    return { isAnswered: true, results }
  } catch (error) {
    const known = toTidekeepError(error)
    if (known.code === 'cancelled') throw known
    return { isAnswered: false, results: items.map(() => ({ ok: false, error: known })) }
  }
}

/** How a listing is begun, and what of a page comes after a path; undefined where nothing does. */
interface Listing<Page extends Listed> {
  readonly open: () => AsyncIterable<Page>
  readonly after: (page: Page, told: RelPath) => Page | undefined
}

/** Starts a listing anew after a failure and leaves out what was told already. */
async function* retriedList<Page extends Listed>(
  loop: RetryLoop,
  call: Call,
  { open, after }: Listing<Page>,
): AsyncGenerator<Page> {
  let told: RelPath | undefined
  let pages = open()[Symbol.asyncIterator]()
  let isFresh = true
  for (;;) {
    const page = await loop.run(call, async () => {
      if (!isFresh) pages = open()[Symbol.asyncIterator]()
      isFresh = false
      const next = await pages.next()
      isFresh = true
      return next
    })
    if (page.done === true) return
    const rest = told === undefined ? page.value : after(page.value, told)
    const last = rest === undefined ? undefined : lastOf(rest)
    if (rest === undefined || last === undefined) continue
    yield rest
    told = last
  }
}

function lastOf(page: Listed): RelPath | undefined {
  return 'last' in page ? page.last : page.at(-1)?.path
}

function entriesAfter(page: readonly Entry[], told: RelPath): readonly Entry[] | undefined {
  const rest = page.filter(({ path }) => comparePaths(path, told) > 0)
  return rest.length === 0 ? undefined : rest
}

/** A stretch of which a part was told is none any more. Only a listing that was begun anew has one: then its first entry was told. */
function listedAfter(page: Listed, told: RelPath): Listed | undefined {
  if (!('last' in page)) return entriesAfter(page, told)
  if (comparePaths(page.first, told) > 0) return page
  if (comparePaths(page.last, told) <= 0) return undefined
  return entriesAfter(page.entries(), told)
}

/** Goes on where the bytes stopped, if `expect` pins the version; otherwise only from the start. */
async function* retriedRead(
  inner: TargetProvider,
  loop: RetryLoop,
  path: RelPath,
  options: Parameters<SourceProvider['read']>[1],
): AsyncGenerator<Uint8Array> {
  let done = 0
  let pieces: AsyncIterator<Uint8Array> | undefined
  const open = async (): Promise<AsyncIterator<Uint8Array>> => {
    if (done === 0) return inner.read(path, options)[Symbol.asyncIterator]()
    if (options.expect?.kind !== 'etag') throw cutShort(path)
    const end = options.range?.end ?? (await inner.stat(path, options)).size
    const range = { start: (options.range?.start ?? 0) + done, end }
    return inner.read(path, { ...options, range })[Symbol.asyncIterator]()
  }
  for (;;) {
    const piece = await loop.run({ name: 'read', path, signal: options.signal }, async () => {
      pieces ??= await open()
      try {
        return await pieces.next()
      } catch (error) {
        pieces = undefined
        throw error
      }
    })
    if (piece.done === true) return
    done += piece.value.length
    yield piece.value
  }
}

function cutShort(path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: targetFailureTexts.retrying.readingBrokeOffInThe({ path }),
    path,
    fix: targetFailureTexts.retrying.readingBrokeOffInTheFix,
    retry: { kind: 'never' },
  })
}

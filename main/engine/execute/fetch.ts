import type { Action, BaselineEntry, Entry, Outcome, RelPath } from '../../../common/model.ts'
import type { Content } from '../../providers/provider.ts'
import { metadataOf } from './baseline-entry.ts'
import { pieced, piecesHere, reusedBytes } from './fetch-pieces.ts'
import { wholeAtTarget } from './fetch-whole.ts'
import { expectOf, keepHere, keptHere, lookAgain, sourceOf } from './here.ts'
import { failedWith, type Run } from './run.ts'
import { coarserStepNs } from './same-metadata.ts'

/** What is fetched, and what it takes the place of. */
export interface Fetched {
  readonly remote: Entry
  /** At the source, exactly this gives way and is kept; undefined: nothing may be there. */
  readonly here: Entry | undefined
  /** BLAKE3 hex of what gives way, where it is known. */
  readonly hereHash?: string | undefined
}

/**
 * Fetches the target's version into the source, all or nothing, pinned to its etag. Throws
 * `precondition-failed` or `already-exists` where either side changed: nothing is touched then (I5).
 */
export async function fetchOver(run: Run, action: Action, fetched: Fetched): Promise<Outcome> {
  const { here } = fetched
  const pieces = await piecesHere(run, fetched)
  if (here === undefined || pieces === undefined) return fetchAs(run, action, fetched, wholeOf(run, action, fetched))
  try {
    const read = (): AsyncIterable<Uint8Array> => pieced(run, { ...fetched, here }, pieces)
    const content = new RemoteContent(run, fetched.remote, standing(run, action, fetched, read))
    return { ...(await fetchAs(run, action, fetched, content)), bytesReused: reusedBytes(pieces) }
  } catch (error) {
    if (!failedWith(error, 'corrupt', 'changed')) throw error
    return fetchAs(run, action, fetched, wholeOf(run, action, fetched))
  }
}

async function fetchAs(
  run: Run,
  action: Action,
  { remote, here, hereHash }: Fetched,
  content: RemoteContent,
): Promise<Outcome> {
  const { path } = remote
  const { onProgress, signal } = run.options
  try {
    const result = await sourceOf(run).put(path, content, {
      metadata: metadataFrom(remote, here),
      expect: expectOf(here),
      signal,
      ...(here === undefined ? {} : keepHere(run)),
      ...(onProgress === undefined ? {} : { onProgress }),
    })
    const baseline = run.baselineOf(
      { ...result.entry, path },
      { remote, hash: result.contentHash, verifiedBy: 'read-back' },
    )
    return run.done({ action, method: 'download', baseline, ...keptHere(result.kept, hereHash) })
  } catch (error) {
    // What reading ran into is the target's trouble, however the source reports it.
    throw content.failure ?? error
  }
}

/** The same content is here already: only its times and mode follow the target's. */
export async function followMetadata(
  run: Run,
  action: Action,
  { remote, here, hash }: { readonly remote: Entry; readonly here: Entry; readonly hash: string },
): Promise<Outcome> {
  const { path } = remote
  const local = await setHere(run, path, { here, remote })
  const baseline = run.baselineOf(local, { remote, hash, verifiedBy: 'checksum' })
  return run.done({ action, method: 'metadata', baseline, bytesReused: local.size })
}

async function setHere(
  run: Run,
  path: RelPath,
  { here, remote }: { readonly here: Entry; readonly remote: Entry },
): Promise<Entry> {
  const { features } = sourceOf(run)
  if (features.setMetadata === undefined) return here
  const set = await features.setMetadata(path, metadataFrom(remote, here), {
    expect: expectOf(here),
    signal: run.signal,
  })
  return { ...set, path }
}

/** A target that keeps no modes leaves the mode that is here. */
function metadataFrom(remote: Entry, here: Entry | undefined): ReturnType<typeof metadataOf> {
  const mode = remote.mode ?? here?.mode
  return metadataOf(mode === undefined ? remote : { ...remote, mode })
}

/** Whether the target has something from before what was agreed on, as after a restore of it. */
export function isOlder(run: Run, remote: Entry, base: BaselineEntry): boolean {
  const stepNs = coarserStepNs(run.context)
  return remote.mtimeNs / stepNs < base.mtimeNs / stepNs
}

function wholeOf(run: Run, action: Action, fetched: Fetched): RemoteContent {
  const { remote } = fetched
  return new RemoteContent(
    run,
    remote,
    standing(run, action, fetched, (range) => wholeAtTarget(run, remote, range)),
  )
}

/** Content that ends with a refusal where what it was to replace is not agreed on any more: a decision was taken back while it was read. */
function standing(run: Run, action: Action, { here }: Fetched, read: Content['open']): Content['open'] {
  const isReplacing = action.kind === 'download' && here !== undefined && action.resolves === undefined
  const base = isReplacing ? action.base : undefined
  if (base === undefined) return read
  return async function* (range) {
    yield* read(range)
    if (run.context.isAgreedOn?.(base.path) === false) throw lookAgain(action.path)
  }
}

/** The target's version as content, with what went wrong in reading it. */
class RemoteContent implements Content {
  readonly size: number
  failure: unknown
  readonly #run: Run
  readonly #read: Content['open']

  constructor(run: Run, remote: Entry, read: Content['open']) {
    this.#run = run
    this.#read = read
    this.size = remote.size
  }

  async *open(range?: Parameters<Content['open']>[0]): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#read(range)
      this.#run.options.onFetched?.()
    } catch (error) {
      this.failure = error
      throw error
    }
  }
}

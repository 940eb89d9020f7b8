import type {
  BatchItem,
  BatchResult,
  CallOptions,
  Content,
  Features,
  PutOptions,
  PutResult,
  TargetProvider,
} from '../provider.ts'
import type { RelPath } from '../../../common/model.ts'

/** Names of the calls that answer once; `list` and `read` are streams and pass through a wrapper of their own. */
export type CallName =
  | 'stat'
  | 'put'
  | 'putBatch'
  | 'remove'
  | 'move'
  | 'setMetadata'
  | 'makeDirectory'
  | 'checksum'
  | 'freeBytes'

/** What is known of a call before it is made. */
export interface CallFacts {
  readonly name: CallName
  readonly path: RelPath | undefined
  readonly signal: AbortSignal
}

/** What a decorator does around the calls of a provider. Everything left out passes straight through. */
export interface Around {
  call?<T>(facts: CallFacts, run: () => Promise<T>): Promise<T>
  put?(inner: TargetProvider, path: RelPath, content: Content, options: PutOptions): Promise<PutResult>
  putBatch?(inner: TargetProvider, items: readonly BatchItem[], options: CallOptions): Promise<readonly BatchResult[]>
}

const MUTATIONS: ReadonlySet<CallName> = new Set(['put', 'putBatch', 'remove', 'move', 'setMetadata', 'makeDirectory'])

/** True for the calls that change the target. */
export function isMutation(name: CallName): boolean {
  return MUTATIONS.has(name)
}

/**
 * A provider around another. Every ability of the inner one is there, and none that it lacks; what
 * it finds out about itself later (preconditions, limits) shows through.
 */
export function wrapProvider(inner: TargetProvider, around: Around): TargetProvider {
  const call = <T>(
    name: CallName,
    path: RelPath | undefined,
    options: CallOptions,
    run: () => Promise<T>,
  ): Promise<T> => (around.call === undefined ? run() : around.call({ name, path, signal: options.signal }, run))
  return {
    location: inner.location,
    features: wrapFeatures(inner, around, call),
    list: (path, options) => inner.list(path, options),
    read: (path, options) => inner.read(path, options),
    stat: (path, options) => call('stat', path, options, () => inner.stat(path, options)),
    put: (path, content, options) =>
      call('put', path, options, () =>
        around.put === undefined ? inner.put(path, content, options) : around.put(inner, path, content, options),
      ),
    remove: (path, options) => call('remove', path, options, () => inner.remove(path, options)),
    close: () => inner.close(),
  }
}

type Call = <T>(name: CallName, path: RelPath | undefined, options: CallOptions, run: () => Promise<T>) => Promise<T>

function wrapFeatures(inner: TargetProvider, around: Around, call: Call): Features {
  const { features } = inner
  const has = (name: Exclude<CallName, 'stat' | 'put' | 'remove'>): boolean => features[name] !== undefined
  return {
    get limits() {
      return features.limits
    },
    get preconditions() {
      return features.preconditions
    },
    ...(features.pacesItself === undefined ? {} : { pacesItself: features.pacesItself }),
    ...(has('putBatch') && {
      putBatch: (items, options) =>
        call('putBatch', undefined, options, () =>
          around.putBatch === undefined ? features.putBatch!(items, options) : around.putBatch(inner, items, options),
        ),
    }),
    ...(has('move') && {
      move: (from, to, options) => call('move', to, options, () => features.move!(from, to, options)),
    }),
    ...(has('setMetadata') && {
      setMetadata: (path, metadata, options) =>
        call('setMetadata', path, options, () => features.setMetadata!(path, metadata, options)),
    }),
    ...(has('makeDirectory') && {
      makeDirectory: (path, metadata, options) =>
        call('makeDirectory', path, options, () => features.makeDirectory!(path, metadata, options)),
    }),
    ...(has('checksum') && {
      checksum: (path, options) => call('checksum', path, options, () => features.checksum!(path, options)),
    }),
    ...(has('freeBytes') && {
      freeBytes: (options) => call('freeBytes', undefined, options, () => features.freeBytes!(options)),
    }),
  }
}

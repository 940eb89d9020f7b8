import type { RelPath } from '../../../common/model.ts'
import type { Features, SourceProvider, TargetProvider } from '../provider.ts'

/** A provider call by name, as logged and counted. */
export type CallName =
  | 'list'
  | 'changes'
  | 'stat'
  | 'isLinkTo'
  | 'read'
  | 'put'
  | 'putBatch'
  | 'remove'
  | 'move'
  | 'spelling'
  | 'setMetadata'
  | 'makeDirectory'
  | 'checksum'
  | 'checksums'
  | 'thaw'
  | 'copyOut'
  | 'freeBytes'
  | 'capacity'
  | 'assemblyLimits'
  | 'assemble'
  | 'leftovers'
  | 'removeLeftover'
  | 'keptVersions'
  | 'fileVersions'
  | 'children'
  | 'statKept'
  | 'readKept'
  | 'removeKept'
  | 'releaseKept'
  | 'putBackKept'

/** Which call, on what. */
export interface Call {
  readonly name: CallName
  readonly path: RelPath
  readonly signal: AbortSignal
}

/** What a decorator replaces; whatever it leaves out goes straight to the provider inside. */
export interface Overrides {
  readonly list?: SourceProvider['list']
  readonly stat?: SourceProvider['stat']
  readonly read?: SourceProvider['read']
  readonly put?: TargetProvider['put']
  readonly remove?: TargetProvider['remove']
  readonly abilities?: Partial<Abilities>
}

/** The optional members of Features. */
export type Abilities = { [Name in AbilityName]-?: NonNullable<Features[Name]> }
type AbilityName = Exclude<keyof Features, 'limits' | 'preconditions' | 'pacesItself'>

/** Fails to compile when the port gains an ability that is not listed, so that no wrapper can swallow it. */
const ABILITY_NAMES: Readonly<Record<AbilityName, true>> = {
  isSameFile: true,
  isLinkTo: true,
  listStretches: true,
  changes: true,
  lastListed: true,
  putBatch: true,
  move: true,
  spelling: true,
  setMetadata: true,
  makeDirectory: true,
  checksum: true,
  checksums: true,
  thaw: true,
  copyOut: true,
  freeBytes: true,
  capacity: true,
  assemblyLimits: true,
  assemble: true,
  leftovers: true,
  removeLeftover: true,
  keptVersions: true,
  fileVersions: true,
  children: true,
  askedToWaitMs: true,
  statKept: true,
  readKept: true,
  removeKept: true,
  releaseKept: true,
  putBackKept: true,
}

/** `inner` with some calls replaced. Has exactly the abilities that `inner` has. */
export function intercept(inner: TargetProvider, overrides: Overrides): TargetProvider {
  return {
    location: inner.location,
    ...(inner.endpoint === undefined ? {} : { endpoint: inner.endpoint }),
    features: interceptFeatures(inner.features, overrides.abilities ?? {}, overrides.list !== undefined),
    list: overrides.list ?? ((path, options) => inner.list(path, options)),
    stat: overrides.stat ?? ((path, options) => inner.stat(path, options)),
    read: overrides.read ?? ((path, options) => inner.read(path, options)),
    put: overrides.put ?? ((path, content, options) => inner.put(path, content, options)),
    remove: overrides.remove ?? ((path, options) => inner.remove(path, options)),
    close: () => inner.close(),
  }
}

/** Limits and preconditions stay live: a provider may learn them with its first call. */
function interceptFeatures(inner: Features, replaced: Partial<Abilities>, isListReplaced: boolean): Features {
  const features = {
    get limits() {
      return inner.limits
    },
    get preconditions() {
      return inner.preconditions
    },
    ...(inner.pacesItself === undefined ? {} : { pacesItself: inner.pacesItself }),
  }
  for (const name of Object.keys(ABILITY_NAMES) as AbilityName[]) {
    // Who replaces a listing and not that one would be passed by.
    const own = name === 'listStretches' && isListReplaced ? replaced[name] && inner[name] : inner[name]
    if (own !== undefined)
      Object.defineProperty(features, name, { value: replaced[name] ?? own.bind(inner), enumerable: true })
  }
  return features
}

/** Runs a call that answers once. */
export type Around = <T>(call: Call, run: () => Promise<T>) => Promise<T>
/** Runs a call that answers in a stream. */
export type AroundStream = <T>(call: Call, run: () => AsyncIterable<T>) => AsyncIterable<T>

/** Every call of `inner` through one pair of functions. */
export function surround(inner: TargetProvider, around: Around, stream: AroundStream): TargetProvider {
  const { features } = inner
  const root = '' as RelPath
  return intercept(inner, {
    list: (path, options) => stream({ name: 'list', path, ...only(options) }, () => inner.list(path, options)),
    stat: (path, options) => around({ name: 'stat', path, ...only(options) }, () => inner.stat(path, options)),
    read: (path, options) => stream({ name: 'read', path, ...only(options) }, () => inner.read(path, options)),
    put: (path, content, options) =>
      around({ name: 'put', path, ...only(options) }, () => inner.put(path, content, options)),
    remove: (path, options) => around({ name: 'remove', path, ...only(options) }, () => inner.remove(path, options)),
    abilities: {
      listStretches: (path, options) =>
        stream({ name: 'list', path, ...only(options) }, () => features.listStretches!(path, options)),
      isLinkTo: (found, options) =>
        around({ name: 'isLinkTo', path: found.path, ...only(options) }, () => features.isLinkTo!(found, options)),
      changes: (options) => around({ name: 'changes', path: root, ...only(options) }, () => features.changes!(options)),
      putBatch: (items, options) =>
        around({ name: 'putBatch', path: items[0]?.path ?? root, ...only(options) }, () =>
          features.putBatch!(items, options),
        ),
      move: (from, to, options) =>
        around({ name: 'move', path: to, ...only(options) }, () => features.move!(from, to, options)),
      setMetadata: (path, metadata, options) =>
        around({ name: 'setMetadata', path, ...only(options) }, () => features.setMetadata!(path, metadata, options)),
      makeDirectory: (path, metadata, options) =>
        around({ name: 'makeDirectory', path, ...only(options) }, () =>
          features.makeDirectory!(path, metadata, options),
        ),
      checksum: (path, options) =>
        around({ name: 'checksum', path, ...only(options) }, () => features.checksum!(path, options)),
      checksums: (items, options) =>
        around({ name: 'checksums', path: items[0]?.path ?? root, ...only(options) }, () =>
          features.checksums!(items, options),
        ),
      thaw: (path, options) => around({ name: 'thaw', path, ...only(options) }, () => features.thaw!(path, options)),
      copyOut: (items, options) =>
        around({ name: 'copyOut', path: items[0]?.path ?? root, ...only(options) }, () =>
          features.copyOut!(items, options),
        ),
      freeBytes: (options) =>
        around({ name: 'freeBytes', path: root, ...only(options) }, () => features.freeBytes!(options)),
      capacity: (options) =>
        around({ name: 'capacity', path: root, ...only(options) }, () => features.capacity!(options)),
      assemblyLimits: (options) =>
        around({ name: 'assemblyLimits', path: root, ...only(options) }, () => features.assemblyLimits!(options)),
      assemble: (path, content, parts, options) =>
        around({ name: 'assemble', path, ...only(options) }, () => features.assemble!(path, content, parts, options)),
      leftovers: (options) =>
        stream({ name: 'leftovers', path: root, ...only(options) }, () => features.leftovers!(options)),
      removeLeftover: (leftover, options) =>
        around({ name: 'removeLeftover', path: root, ...only(options) }, () =>
          features.removeLeftover!(leftover, options),
        ),
      spelling: (path, options) =>
        around({ name: 'spelling', path, ...only(options) }, () => features.spelling!(path, options)),
      ...surroundKept(features, around, stream),
    },
  })
}

function surroundKept(features: Features, around: Around, stream: AroundStream): Partial<Abilities> {
  return {
    keptVersions: (path, options) =>
      stream({ name: 'keptVersions', path, ...only(options) }, () => features.keptVersions!(path, options)),
    fileVersions: (path, options) =>
      around({ name: 'fileVersions', path, ...only(options) }, () => features.fileVersions!(path, options)),
    children: (path, options) =>
      around({ name: 'children', path, ...only(options) }, () => features.children!(path, options)),
    statKept: (kept, options) =>
      around({ name: 'statKept', path: kept.path, ...only(options) }, () => features.statKept!(kept, options)),
    readKept: (kept, options) =>
      stream({ name: 'readKept', path: kept.path, ...only(options) }, () => features.readKept!(kept, options)),
    removeKept: (kept, options) =>
      around({ name: 'removeKept', path: kept.path, ...only(options) }, () => features.removeKept!(kept, options)),
    releaseKept: (kept, options) =>
      around({ name: 'releaseKept', path: kept[0]?.path ?? ('' as RelPath), ...only(options) }, () =>
        features.releaseKept!(kept, options),
      ),
    putBackKept: (kept, options) =>
      around({ name: 'putBackKept', path: kept.path, ...only(options) }, () => features.putBackKept!(kept, options)),
  }
}

function only({ signal }: { readonly signal: AbortSignal }): { readonly signal: AbortSignal } {
  return { signal }
}

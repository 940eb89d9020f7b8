import { TidekeepError } from '../../common/errors.ts'
import { ROOT_PATH } from '../../common/paths.ts'
import type { Entry, RelPath } from '../../common/model.ts'
import { intercept, type Abilities, type Overrides } from '../../main/providers/decorators/intercept.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { BatchResult, Content, Features, PutResult, TargetProvider } from '../../main/providers/provider.ts'
import { ASSEMBLY_MUTANTS } from './assembly-mutants.ts'
import { KEEPING_MUTANTS } from './keeping-mutants.ts'
import { FOLDING_MUTANTS } from './folding-mutants.ts'

/** A provider with one deliberate fault. */
export type Mutant = () => TargetProvider

const fresh = (): TargetProvider => createMemoryProvider({ name: '' })

/** The memory provider with some calls replaced. */
function faulty(faults: (inner: TargetProvider) => Overrides): Mutant {
  return () => {
    const inner = fresh()
    return intercept(inner, faults(inner))
  }
}

const able = (inner: TargetProvider): Abilities => inner.features as unknown as Abilities
const any = { kind: 'any' } as const
const unsignalled = { signal: new AbortController().signal }

function withBytes(content: Content, change: (bytes: Buffer) => Uint8Array): Content {
  return {
    size: content.size,
    open: async function* (range) {
      const pieces: Uint8Array[] = []
      for await (const piece of content.open(range)) pieces.push(piece)
      yield change(Buffer.concat(pieces))
    },
  }
}

/** Reads that are wrong in one place. */
const damagesReads = (isHit: (size: number) => boolean): Mutant =>
  faulty((inner) => ({
    read: async function* (path, options) {
      const { size } = await inner.stat(path, options)
      for await (const piece of inner.read(path, options)) {
        if (isHit(size)) piece[0] = (piece[0] ?? 0) ^ 1
        yield piece
      }
    },
  }))

/** Keeps everything under changed names. */
const renames = (rename: (path: string) => string): Mutant =>
  faulty((inner) => {
    const to = (path: RelPath): RelPath => rename(path) as RelPath
    return {
      put: (path, content, options) => inner.put(to(path), content, options),
      stat: (path, options) => inner.stat(to(path), options),
      read: (path, options) => inner.read(to(path), options),
    }
  })

const answers = (change: (result: PutResult) => PutResult): Mutant =>
  faulty((inner) => ({ put: async (path, content, options) => change(await inner.put(path, content, options)) }))

const lists = (change: (entries: readonly Entry[], path: RelPath) => readonly Entry[]): Mutant =>
  faulty((inner) => ({
    list: async function* (path, options) {
      for await (const page of inner.list(path, options)) yield change(page, path)
    },
  }))

const stats = (change: (entry: Entry) => Entry): Mutant =>
  faulty((inner) => ({ stat: async (path, options) => change(await inner.stat(path, options)) }))

/** Passes for success whatever the source did; stores what it got. */
const storesWhatItGot: Mutant = faulty((inner) => ({
  put: async (path, content, options) => {
    const pieces: Uint8Array[] = []
    try {
      for await (const piece of content.open()) pieces.push(piece)
    } catch (error) {
      const bytes = Buffer.concat(pieces)
      await inner.put(path, { size: bytes.length, open: () => once(bytes) }, options)
      throw error
    }
    const bytes = Buffer.concat(pieces)
    return inner.put(path, { size: bytes.length, open: () => once(bytes) }, options)
  },
}))

const ignoresConditions = faulty((inner) => ({
  put: (path, content, options) => inner.put(path, content, { ...options, expect: any }),
  remove: (path, options) => inner.remove(path, { ...options, expect: any }),
  read: (path, options) => inner.read(path, { ...options, expect: any }),
  abilities: {
    putBatch: (items, options) =>
      able(inner).putBatch(
        items.map((item) => ({ ...item, expect: any })),
        options,
      ),
    move: (from, to, options) => able(inner).move(from, to, { ...options, expect: any }),
    setMetadata: (path, metadata, options) => able(inner).setMetadata(path, metadata, { ...options, expect: any }),
  },
}))

const refusesEtags = faulty((inner) => ({
  put: (path, content, options) => {
    if (options.expect.kind === 'etag') throw refused(path)
    return inner.put(path, content, options)
  },
  remove: (path, options) => {
    if (options.expect.kind === 'etag') throw refused(path)
    return inner.remove(path, options)
  },
}))

/** Goes on although the caller does not want it any more. */
const ignoresCancellation = faulty((inner) => ({
  put: (path, content, options) => inner.put(path, content, { ...options, ...unsignalled }),
  remove: (path, options) => inner.remove(path, { ...options, ...unsignalled }),
  abilities: {
    putBatch: (items) => able(inner).putBatch(items, unsignalled),
    move: (from, to, options) => able(inner).move(from, to, { ...options, ...unsignalled }),
    setMetadata: (path, metadata, options) => able(inner).setMetadata(path, metadata, { ...options, ...unsignalled }),
    makeDirectory: (path, metadata) => able(inner).makeDirectory(path, metadata, unsignalled),
  },
}))

const saysNothingIsMissing = faulty((inner) => ({
  stat: (path, options) => inner.stat(path, options).catch(() => ({ path, kind: 'file', size: 0, mtimeNs: 0n })),
  read: async function* (path, options) {
    try {
      yield* inner.read(path, options)
    } catch {
      return
    }
  },
  abilities: {
    move: async (from, to, options) => {
      await inner
        .stat(from, options)
        .catch(() => inner.put(from, { size: 0, open: () => once(Buffer.alloc(0)) }, putAny))
      return able(inner).move(from, to, options)
    },
    setMetadata: async (path, metadata, options) => {
      await inner
        .stat(path, options)
        .catch(() => inner.put(path, { size: 0, open: () => once(Buffer.alloc(0)) }, putAny))
      return able(inner).setMetadata(path, metadata, options)
    },
  },
}))
const putAny = { ...unsignalled, metadata: { mtimeNs: 0n }, expect: any }

const removesWhateverIsThere = faulty((inner) => ({
  remove: async (path, options) => {
    const below: RelPath[] = []
    for await (const page of inner.list(path, options)) below.push(...page.map((entry) => entry.path))
    for (const each of below.toReversed()) await inner.remove(each, { ...options, expect: any })
    await inner.remove(path, options)
  },
}))

const makesRoomFirst = faulty((inner) => ({
  put: async (path, content, options) => {
    for await (const page of inner.list(path, options)) {
      for (const entry of page.toReversed()) await inner.remove(entry.path, { ...options, expect: any })
    }
    await inner.remove(path, { ...options, expect: any })
    return inner.put(path, content, { ...options, expect: any })
  },
  abilities: {
    makeDirectory: async (path, metadata, options) => {
      const entry = await inner.stat(path, options).catch(() => undefined)
      if (entry?.kind === 'file') await inner.remove(path, { ...options, expect: any })
      return able(inner).makeDirectory(path, metadata, options)
    },
    move: async (from, to, options) => {
      await inner.remove(to, { ...options, expect: any })
      return able(inner).move(from, to, options)
    },
  },
}))

/** Writes in place, in two steps that a reader can see. */
const writesInPlace = faulty((inner) => ({
  put: async (path, content, options) => {
    const half = { size: content.size, open: () => withBytes(content, (bytes) => bytes.fill(0, 5)).open() }
    if (options.expect.kind === 'any') await inner.put(path, half, options)
    await new Promise((resolve) => setImmediate(resolve))
    return inner.put(path, content, options)
  },
}))

/** Looks first and writes later. */
const looksThenWrites = faulty((inner) => ({
  put: async (path, content, options) => {
    const isThere = await inner.stat(path, options).then(
      () => true,
      () => false,
    )
    if (isThere && options.expect.kind === 'absent') throw refused(path)
    await new Promise((resolve) => setImmediate(resolve))
    return inner.put(path, content, { ...options, expect: any })
  },
}))

const batch = (change: (results: readonly BatchResult[]) => readonly BatchResult[]): Mutant =>
  faulty((inner) => ({
    abilities: { putBatch: async (items, options) => change(await able(inner).putBatch(items, options)) },
  }))

const losesBatchContent = faulty((inner) => ({
  abilities: {
    putBatch: (items, options) =>
      able(inner).putBatch(
        items.map((item) => ({ ...item, content: withBytes(item.content, (bytes) => bytes.fill(7, 0, 1)) })),
        options,
      ),
  },
}))

const neverMakesDirectories = faulty(() => ({
  abilities: {
    makeDirectory: async (path) => ({ path, kind: 'directory', size: 0, mtimeNs: 0n }),
  },
}))

const emptiesDirectories = faulty((inner) => ({
  abilities: {
    makeDirectory: async (path, metadata, options) => {
      for await (const page of inner.list(path, options)) {
        for (const entry of page.toReversed()) await inner.remove(entry.path, { ...options, expect: any })
      }
      return able(inner).makeDirectory(path, metadata, options)
    },
  },
}))

const movesWithoutContent = faulty((inner) => ({
  abilities: {
    move: async (from, to, options) => {
      await inner.remove(from, options)
      const { entry } = await inner.put(to, { size: 1, open: () => once(Buffer.from('x')) }, putAny)
      return entry
    },
  },
}))

const datesNothing = faulty((inner) => ({
  abilities: { setMetadata: (path, _metadata, options) => inner.stat(path, options) },
}))

const removesNothing = faulty(() => ({ remove: async () => undefined }))

const failsOnMissing = faulty((inner) => ({
  remove: async (path, options) => {
    await inner.stat(path, options)
    await inner.remove(path, options)
  },
}))

const clampsRanges = faulty((inner) => ({
  read: async function* (path, { range, ...options }) {
    const { size } = await inner.stat(path, options)
    const clamped = range && { start: Math.min(range.start, size), end: Math.min(range.end, size) }
    yield* inner.read(path, clamped === undefined ? options : { ...options, range: clamped })
  },
}))

const shiftsRanges = faulty((inner) => ({
  read: (path, { range, ...options }) =>
    inner.read(path, range === undefined ? options : { ...options, range: { start: range.start, end: range.end - 1 } }),
}))

/** As HTTP has it: a range ends with a byte that belongs to it. */
const readsOneByteOfNothing = faulty((inner) => ({
  read: (path, { range, ...options }) =>
    inner.read(
      path,
      range === undefined
        ? options
        : { ...options, range: { start: range.start, end: Math.max(range.end, range.start + 1) } },
    ),
}))

const withFeatures =
  (change: (features: Features) => Features): Mutant =>
  () => {
    const inner = fresh()
    return { ...intercept(inner, {}), features: change(inner.features) }
  }

const sumsWrong = faulty(() => ({
  abilities: { checksum: async () => ({ algorithm: 'sha256', value: '0'.repeat(64) }) },
}))

/** Tells what is there by now, whichever version was asked for. */
const sumsWhatIsThere: Mutant = () => {
  const inner = fresh()
  const checksums: Features['checksums'] = (items, options) =>
    Promise.all(
      items.map(({ path }) =>
        able(inner)
          .checksum(path, options)
          .catch(() => undefined),
      ),
    )
  return { ...intercept(inner, {}), features: { ...inner.features, checksums } }
}

const keepsReserved = faulty((inner) => ({
  list: async function* (path, options) {
    if (path === ROOT_PATH) yield* inner.list('.tidekeep' as RelPath, options)
    yield* inner.list(path, options)
  },
}))

const listsSiblings = faulty((inner) => ({
  list: async function* (path, options) {
    const pages: Entry[] = []
    for await (const page of inner.list(ROOT_PATH, options)) pages.push(...page)
    yield pages.filter((entry) => entry.path.startsWith(path) && entry.path !== path)
  },
}))

const losesErrorPaths = faulty((inner) => ({
  stat: async (path, options) => {
    try {
      return await inner.stat(path, options)
    } catch {
      throw new TidekeepError({ code: 'not-found', message: 'Not found.' })
    }
  },
}))

const shortensNames = renames((path) =>
  path
    .split('/')
    .map((segment) => segment.slice(0, 200))
    .join('/')
    .slice(0, 4000),
)

/** Reads local files without looking whether they are what was scanned. */
const trustsScans: Mutant = () => {
  const inner = fresh()
  const trusting = (content: Content): Content => ({ size: content.size, open: () => once(Buffer.alloc(content.size)) })
  return intercept(inner, {
    put: (path, content, options) => inner.put(path, trusting(content), options),
    abilities: {
      putBatch: (items, options) =>
        able(inner).putBatch(
          items.map((item) => ({ ...item, content: trusting(item.content) })),
          options,
        ),
    },
  })
}

const roomless: Mutant = withFeatures((features) => ({ ...features, freeBytes: async () => Number.NaN }))

/** For each check a fault that it alone is there to catch; the same fault may serve several. */
export const MUTANT_BY_CHECK: Readonly<Record<string, Mutant>> = {
  'keeps a small file byte for byte': damagesReads((size) => size === 1234),
  'keeps an empty file': stats((entry) => ({ ...entry, size: Math.max(1, entry.size) })),
  'keeps files whose size is at the edge of a buffer': damagesReads((size) => size === 65_537),
  'keeps a file of many pieces': damagesReads((size) => size > 2_000_000),
  'keeps names with spaces': renames((path) => path.replaceAll(' ', '+')),
  'keeps names with percent and plus signs': renames((path) => path.replaceAll('%20', ' ').replaceAll('+', ' ')),
  'keeps names with signs that have a meaning in addresses': renames((path) => path.replace(/[?#].*$/, '')),
  'keeps names in other scripts': renames((path) => path.replaceAll(/[^\x20-\x7e]/g, '_')),
  'keeps names that begin or end with dots': renames((path) => path.replaceAll(/\.+(?=\/|$)/g, '')),
  'keeps names apart that differ only by case': renames((path) => path.toLowerCase()),
  'keeps names apart that differ only in Unicode form': renames((path) => path.normalize('NFC')),
  'keeps deep paths': renames((path) => path.split('/').slice(0, 20).join('/')),
  'keeps a name of the greatest length it claims': shortensNames,
  'tells the digest of what went out': answers((result) => ({ ...result, contentHash: 'f'.repeat(64) })),
  'proves what it stored': answers((result) => ({ ...result, verifiedBy: 'none' })),
  'counts the bytes it sent': answers((result) => ({ ...result, bytesSent: result.bytesSent * 2 })),
  'tells progress that never goes back and never beyond the end': faulty((inner) => ({
    put: (path, content, { onProgress, ...options }) => {
      onProgress?.(content.size + 1)
      return inner.put(path, content, options)
    },
  })),
  'replaces a file': faulty((inner) => ({
    put: async (path, content, options) => {
      const there = await inner.stat(path, options).catch(() => undefined)
      const result = (entry: Entry): PutResult => ({ entry, contentHash: '', verifiedBy: 'checksum', bytesSent: 0 })
      return there === undefined ? inner.put(path, content, options) : result(there)
    },
  })),
  'replaces a longer file by a shorter one': faulty((inner) => ({
    put: async (path, content, options) => {
      const old: Uint8Array[] = []
      try {
        for await (const piece of inner.read(path, options)) old.push(piece)
      } catch {
        return inner.put(path, content, options)
      }
      const rest = Buffer.concat(old).subarray(content.size)
      const size = content.size + rest.length
      const patched = withBytes(content, (bytes) => Buffer.concat([bytes, rest]))
      return inner.put(path, { size, open: () => patched.open() }, options)
    },
  })),
  'shows the old file or the new one while it is replaced': writesInPlace,
  'takes 32 files at once': faulty((inner) => {
    let running = 0
    return {
      put: async (path, content, options) => {
        const spoilt = ++running > 16 ? withBytes(content, (bytes) => bytes.fill(0)) : content
        await new Promise((resolve) => setImmediate(resolve))
        return inner.put(path, spoilt, options).finally(() => running--)
      },
    }
  }),
  'forgets a file that was removed': removesNothing,
  'leaves nothing when the source breaks in the middle': storesWhatItGot,
  'keeps the old file when its replacement breaks in the middle': storesWhatItGot,
  'refuses a source that ends early': storesWhatItGot,
  'refuses a source that is longer than it said': storesWhatItGot,
  'refuses a name that is too long and stores nothing': shortensNames,
  'names the path in its errors': losesErrorPaths,
  'starts no put once it is cancelled': ignoresCancellation,
  'leaves nothing when a put is cancelled in the middle': ignoresCancellation,
  'starts no removal once it is cancelled': ignoresCancellation,
  'starts no move once it is cancelled': ignoresCancellation,
  'changes no metadata once it is cancelled': ignoresCancellation,
  'makes no directory once it is cancelled': ignoresCancellation,
  'starts no batch once it is cancelled': ignoresCancellation,
  'stores a file of this computer': trustsScans,
  'refuses a file of this computer that changed since it was looked at': trustsScans,
  'refuses a file of this computer that vanished': trustsScans,
  'never overwrites what was to be absent': ignoresConditions,
  'never overwrites another version than the expected one': ignoresConditions,
  'refuses a put that expects a version where nothing is': ignoresConditions,
  'overwrites the expected version': refusesEtags,
  'lets exactly one of two puts win that both expect nothing there': looksThenWrites,
  'gives other content another etag': answers((result) => ({ ...result, entry: { ...result.entry, etag: '"same"' } })),
  'tells one etag in put and stat': stats((entry) => ({ ...entry, etag: `W/${entry.etag}` })),
  'never removes another version than the expected one': ignoresConditions,
  'removes the expected version': refusesEtags,
  'never removes a file where a folder is expected': ignoresConditions,
  'is content when what it is to remove is missing': failsOnMissing,
  'moves a file with its content and attributes': movesWithoutContent,
  'never moves over a file': makesRoomFirst,
  'never moves another version than the expected one': ignoresConditions,
  'says when what it is to move is missing': saysNothingIsMissing,
  'changes time and mode without touching content': datesNothing,
  'never changes the metadata of another version than the expected one': ignoresConditions,
  'says when what it is to date is missing': saysNothingIsMissing,
  'reads only the expected version': ignoresConditions,
  'refuses a batch item whose condition does not hold': ignoresConditions,
  'lists in path order': lists((entries) => entries.toReversed()),
  'lists every file once': lists((entries) => entries.slice(0, -1)),
  'lists more files than one page holds': faulty((inner) => ({
    list: async function* (path, options) {
      for await (const page of inner.list(path, options)) {
        yield page
        return
      }
    },
  })),
  'lists nothing where nothing is': faulty((inner) => ({
    list: async function* (path, options) {
      let isEmpty = true
      for await (const page of inner.list(path, options)) {
        isEmpty = false
        yield page
      }
      if (isEmpty) yield [{ path: `${path}/.keep` as RelPath, kind: 'file', size: 0, mtimeNs: 0n }]
    },
  })),
  'tells a folder from one whose name begins the same': listsSiblings,
  'lists what is below a folder, not the folder': faulty((inner) => ({
    list: async function* (path, options) {
      yield [await inner.stat(path, options)]
      yield* inner.list(path, options)
    },
  })),
  'lists nothing below a file': faulty((inner) => ({
    list: async function* (path, options) {
      const own = await inner.stat(path, options).catch(() => undefined)
      if (own?.kind === 'file') yield [own]
      yield* inner.list(path, options)
    },
  })),
  'lists what stat tells': lists((entries) => entries.map((entry) => ({ ...entry, size: entry.size + 1 }))),
  "hides Tidekeep's own area": keepsReserved,
  'reads ranges at every edge': shiftsRanges,
  'reads nothing for an empty range': readsOneByteOfNothing,
  'refuses a range beyond the end': clampsRanges,
  'says when what it is to read is missing': saysNothingIsMissing,
  'says when what it is to look at is missing': saysNothingIsMissing,
  'keeps the time of a file': stats((entry) => ({ ...entry, mtimeNs: (entry.mtimeNs / 1000n) * 1000n })),
  'keeps the mode of a file': stats((entry) => ({ ...entry, mode: 0o666 })),
  'claims limits that can be true': withFeatures((features) => ({
    ...features,
    limits: { ...features.limits, mtimeStepNs: 0n },
  })),
  'stores a batch': losesBatchContent,
  'answers a batch in the order of its items, each alone': batch((results) => results.toReversed()),
  'proves every file of a batch': batch((results) =>
    results.map((each) => (each.ok ? { ok: true, result: { ...each.result, verifiedBy: 'none' } } : each)),
  ),
  'takes an empty batch': batch((results) =>
    results.length === 0 ? [{ ok: false, error: new Error('empty') }] : results,
  ),
  'stores a batch of files of this computer but not the one that changed': trustsScans,
  'makes a directory with its parents': neverMakesDirectories,
  'makes a directory that is there already': emptiesDirectories,
  'makes no directory in place of a file': makesRoomFirst,
  'removes an empty directory': removesNothing,
  'never removes a directory with something in it': removesWhateverIsThere,
  'never puts a file in place of a directory': makesRoomFirst,
  'computes the digest of what is stored': sumsWrong,
  'computes the digests of many files, each of the version that was listed': sumsWhatIsThere,
  'tells how much room is left': roomless,
  ...ASSEMBLY_MUTANTS,
  ...KEEPING_MUTANTS,
  ...FOLDING_MUTANTS,
}

function refused(path: RelPath): TidekeepError {
  return new TidekeepError({ code: 'precondition-failed', message: `${path} is another version.`, path })
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

import type { Kept, RelPath } from '../../common/model.ts'
import { intercept, type Overrides } from '../../main/providers/decorators/intercept.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { Keep, TargetProvider } from '../../main/providers/provider.ts'
import type { Mutant } from './mutants.ts'

const any = { kind: 'any' } as const
const unsignalled = { signal: new AbortController().signal }

function faulty(faults: (inner: TargetProvider) => Overrides): Mutant {
  return () => {
    const inner = createMemoryProvider({ name: '' })
    return intercept(inner, faults(inner))
  }
}

/** The bytes of a kept version, changed in one place. */
const damagesKept = faulty((inner) => ({
  abilities: {
    readKept: async function* (kept, options) {
      for await (const piece of inner.features.readKept!(kept, options)) {
        piece[0] = (piece[0] ?? 0) ^ 1
        yield piece
      }
    },
  },
}))

const forgetsDeletions = faulty((inner) => ({
  remove: (path, { keep: _keep, ...options }) => inner.remove(path, options),
}))

/** What is kept takes the place of what was kept in the same second. */
const keepsOneOfAMoment = faulty((inner) => {
  const last = new Map<RelPath, Kept>()
  return {
    put: async (path, content, options) => {
      const result = await inner.put(path, content, options)
      const before = last.get(path)
      if (result.kept !== undefined) {
        if (before !== undefined) await inner.features.removeKept!(before, unsignalled)
        last.set(path, result.kept)
      }
      return result
    },
  }
})

const forgetsBatches = faulty((inner) => ({
  abilities: {
    putBatch: (items, options) =>
      inner.features.putBatch!(
        items.map(({ keep: _keep, ...item }) => item),
        options,
      ),
  },
}))

/** As a medium tells it: when the copy was made. */
const makesBeginningsUp = faulty((inner) => ({
  abilities: {
    keptVersions: async function* (path, options) {
      for await (const version of inner.features.keptVersions!(path, options))
        yield { storedAtMs: version.keptAtMs, ...version }
    },
  },
}))

/** Keeps first and looks at the condition afterwards. */
const keepsBeforeItLooks = faulty((inner) => {
  const keepFirst = async (path: RelPath, keep: Keep | undefined): Promise<void> => {
    if (keep === undefined) return
    const pieces: Uint8Array[] = []
    for await (const piece of inner.read(path, unsignalled)) pieces.push(piece)
    const bytes = Buffer.concat(pieces)
    const content = {
      size: bytes.length,
      open: async function* () {
        yield bytes
      },
    }
    await inner.put(path, content, { ...unsignalled, expect: any, keep, metadata: { mtimeNs: 0n } })
  }
  return {
    put: async (path, content, options) => {
      if (options.expect.kind === 'etag') await keepFirst(path, options.keep)
      return inner.put(path, content, options)
    },
  }
})

const listsAllKept = faulty((inner) => ({
  abilities: { keptVersions: (_path, options) => inner.features.keptVersions!('' as RelPath, options) },
}))

const putsBackNothing = faulty((inner) => ({
  abilities: { putBackKept: (kept, options) => inner.features.statKept!(kept, options) },
}))

const putsBackOverAnything = faulty((inner) => ({
  abilities: {
    putBackKept: async (kept, options) => {
      await inner.remove(kept.path, { ...options, expect: any })
      return inner.features.putBackKept!(kept, options)
    },
  },
}))

const letsGoOfAll = faulty((inner) => ({
  abilities: {
    removeKept: async (kept, options) => {
      const found: Kept[] = []
      for await (const each of inner.features.keptVersions!(kept.path, options)) found.push(each)
      for (const each of found) await inner.features.removeKept!(each, options)
    },
  },
}))

/** A fault for each check of what is kept. */
export const KEEPING_MUTANTS: Readonly<Record<string, Mutant>> = {
  'keeps what a put replaces, byte for byte': damagesKept,
  'keeps what is removed, byte for byte': forgetsDeletions,
  'keeps each of several versions of one moment': keepsOneOfAMoment,
  'keeps what a batch replaces': forgetsBatches,
  'tells when what it keeps began, where that was told, and nothing where it was not': makesBeginningsUp,
  'replaces and removes nothing where something else is there than expected, and keeps nothing then':
    keepsBeforeItLooks,
  'shows kept versions of a path only when they are asked for': listsAllKept,
  'puts a kept version back where nothing is': putsBackNothing,
  'never puts a kept version over something': putsBackOverAnything,
  'lets go of a kept version, and of that alone': letsGoOfAll,
}

import { isTidekeepError } from '../../common/errors.ts'
import type { Entry, RelPath } from '../../common/model.ts'
import { ROOT_PATH } from '../../common/paths.ts'
import type { Again } from '../../main/providers/conformance/check.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import { createMemoryProvider, loseMemoryPlaces } from '../../main/providers/memory/index.ts'
import type { TargetChange, TargetProvider } from '../../main/providers/provider.ts'

/** A provider that tells of its changes, and the ways to open it again. */
export interface FollowedSubject {
  readonly provider: TargetProvider
  readonly again: Again
}

let count = 0

/** The memory provider as a target that tells of its changes; `fault` is put into each instance. */
export function followedMemory(fault: (inner: TargetProvider) => TargetProvider = (inner) => inner): FollowedSubject {
  const name = `followed-${++count}`
  const open = (): TargetProvider => fault(createMemoryProvider({ name, tellsChanges: true }))
  return {
    provider: open(),
    again: { restarted: open, elsewhere: open, losePlace: () => loseMemoryPlaces(name) },
  }
}

type Told = readonly TargetChange[] | 'unknown'
type Changes = NonNullable<TargetProvider['features']['changes']>

const faulty = (changes: (inner: TargetProvider) => Changes) => (): FollowedSubject =>
  followedMemory((inner) => intercept(inner, { abilities: { changes: changes(inner) } }))

type Change = (told: readonly TargetChange[]) => Told

const changed =
  (inner: TargetProvider, change: Change): Changes =>
  async (options) => {
    const told = await inner.features.changes!(options)
    return told === 'unknown' ? told : change(told)
  }

const tells = (change: Change): (() => FollowedSubject) => faulty((inner) => changed(inner, change))

/** Tells what is there by now, and of nothing that is gone. */
const forgetsWhatIsGone = tells((told) => told.filter(({ entry }) => entry !== undefined))

const tellsFoldersAlone = tells((told) => {
  const folders = told.filter(({ entry }) => entry?.kind !== 'file').map(({ path }) => path)
  return told.filter(({ path }) => !folders.some((folder) => folder !== ROOT_PATH && path.startsWith(`${folder}/`)))
})

/** Tells of each file as it was when it was first put there. */
const tellsFirstWord = (): FollowedSubject => {
  const first = new Map<RelPath, Entry>()
  return followedMemory((inner) =>
    intercept(inner, {
      put: async (path, content, options) => {
        const result = await inner.put(path, content, options)
        if (!first.has(path)) first.set(path, result.entry)
        return result
      },
      abilities: {
        changes: changed(inner, (told) =>
          told.map(({ path, entry }) => ({ path, entry: entry && (first.get(path) ?? entry) })),
        ),
      },
    }),
  )
}

/** Takes what it could not tell for told. */
const losesWhatItDidNotTell = faulty((inner) => async (options) => {
  try {
    return await inner.features.changes!(options)
  } catch (error) {
    if (isTidekeepError(error)) await inner.features.changes!({ signal: new AbortController().signal })
    throw error
  }
})

/** What it did itself is all it hears of. */
const hearsNoOthers = (): FollowedSubject => {
  const own = new Set<RelPath>()
  const { provider: inner, again } = followedMemory()
  const provider = intercept(inner, {
    put: (path, content, options) => {
      own.add(path)
      return inner.put(path, content, options)
    },
    abilities: { changes: changed(inner, (told) => told.filter(({ path }) => own.has(path))) },
  })
  return { provider, again }
}

/** Lists, after a restart, what it knew before it. */
const listsTheOld = (): FollowedSubject => {
  let listed: readonly (readonly Entry[])[] | undefined
  return followedMemory((inner) =>
    intercept(inner, {
      list: async function* (path, options) {
        if (path !== ROOT_PATH || options.follow !== true) return yield* inner.list(path, options)
        const pages: (readonly Entry[])[] = []
        for await (const page of inner.list(path, options)) pages.push(page)
        listed ??= pages
        yield* listed
      },
    }),
  )
}

const NOTHING = async (): Promise<Told> => []

/** One fault for each check of what a target tells of its changes. */
export const CHANGE_MUTANTS: Readonly<Record<string, () => FollowedSubject>> = {
  'tells nothing where nothing changed': faulty((inner) => async ({ signal }) => {
    const all: TargetChange[] = []
    for await (const page of inner.list(ROOT_PATH, { signal }))
      all.push(...page.map((entry) => ({ path: entry.path, entry })))
    return all
  }),
  'tells of files that were put, replaced and removed': forgetsWhatIsGone,
  'tells the last word on a file that changed twice': tellsFirstWord,
  'tells of a file that moved, where it was and where it is': forgetsWhatIsGone,
  'tells of everything in a folder that moved': tellsFoldersAlone,
  'tells of everything that went with a folder': tellsFoldersAlone,
  'tells of more changes than a page holds': tells((told) => told.slice(0, 100)),
  'tells again what a look that failed did not tell': losesWhatItDidNotTell,
  'does not claim to know what changed before it was listed': faulty(() => NOTHING),
  'tells of what others did': hearsNoOthers,
  'goes on after a restart where it was': listsTheOld,
  'lists everything anew once its place among the changes is lost': faulty((inner) => async (options) => {
    const told = await inner.features.changes!(options)
    return told === 'unknown' ? [] : told
  }),
}

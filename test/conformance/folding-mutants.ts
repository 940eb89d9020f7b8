import type { NameFolding } from '../../common/name-folding.ts'
import type { RelPath } from '../../common/model.ts'
import { nameOf } from '../../common/paths.ts'
import { intercept, type Overrides } from '../../main/providers/decorators/intercept.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'

const FOLDING: NameFolding = { case: 'full', normalization: true }
const folding = (): TargetProvider => createMemoryProvider({ name: '', nameFolding: FOLDING })

/** Says that it folds names, and keeps every spelling apart. */
const onlyClaims = (): TargetProvider => {
  const inner = createMemoryProvider({ name: '' })
  const limits = { ...inner.features.limits, nameFolding: FOLDING }
  return { ...intercept(inner, {}), features: { ...inner.features, limits } }
}

const faulty = (faults: (inner: TargetProvider) => Overrides) => (): TargetProvider => {
  const inner = folding()
  return intercept(inner, faults(inner))
}

/** Looks for what is in the way by its exact spelling only, and puts over whatever else there is. */
const putsOverTwins = faulty((inner) => ({
  put: (path, content, options) => inner.put(path, content, { ...options, expect: { kind: 'any' } }),
}))

/** Forgets what was there under another spelling, but goes on listing it. */
const listsBoth = faulty((inner) => ({
  list: async function* (path, options) {
    for await (const page of inner.list(path, options))
      yield page.flatMap((entry) => [entry, { ...entry, path: entry.path.toLowerCase() as RelPath }])
  },
}))

/** Takes a move to another spelling for one of a file to itself, and does nothing. */
const leavesSpelling = faulty((inner) => ({
  abilities: { move: (from, _to, options) => inner.stat(from, options) },
}))

/** Tells the name that it was asked for. */
const echoesSpelling = faulty((inner) => ({
  abilities: {
    spelling: async (path, options) => (await inner.features.spelling!(path, options)) && nameOf(path),
  },
}))

/** One fault for each check of names that are one. */
export const FOLDING_MUTANTS: Readonly<Record<string, () => TargetProvider>> = {
  'holds one file for names that differ only by case, as it claims': onlyClaims,
  'holds one file for names that differ only in Unicode form, as it claims': putsOverTwins,
  'lists a file that was replaced under another spelling once, or refuses that': listsBoth,
  'moves a file to another spelling of its name': leavesSpelling,
  'tells under which name it lists what is found under another': echoesSpelling,
  'moves a folder to another spelling of its name, with what is in it': leavesSpelling,
}

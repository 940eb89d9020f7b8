import type { RelPath } from '../../../common/model.ts'
import { DISTINCT_NAMES, type NameFolding } from '../../../common/name-folding.ts'
import type { Step } from './steps.ts'

/** How the names of a history are written, and which of them the target takes for one. */
export interface Spelling {
  readonly folding: NameFolding
  readonly spell: (path: RelPath) => RelPath
}

/** Every name as it is, and each one of its own. */
export const PLAIN_SPELLING: Spelling = { folding: DISTINCT_NAMES, spell: (path) => path }

/** What the two names that a level of a history has are called: plain ones, or twins by case, form or length. */
const NAMES: readonly (readonly [string, string])[] = [
  ['a', 'b'],
  ['a', 'A'],
  ['A', 'a'],
  ['\u00e9', 'e\u0301'],
  ['\u00c9', 'e\u0301'],
  ['ß', 'SS'],
]

/** Names for each level of depth; two of three levels have twins. */
export function drawSpelling(draw: (count: number) => number): Spelling {
  const pairs = Array.from({ length: 3 }, () => NAMES[draw(3) === 0 ? 0 : draw(NAMES.length)]!)
  const spell = (path: RelPath): RelPath =>
    path
      .split('/')
      .map((name, depth) => pairs[depth]?.[name === 'a' ? 0 : 1] ?? name)
      .join('/') as RelPath
  return { folding: { case: 'full', normalization: true }, spell }
}

/** The step in these names. */
export function respelled(step: Step, { spell }: Spelling): Step {
  switch (step.kind) {
    case 'edit': {
      const { edit } = step
      const path = spell(edit.path)
      return { ...step, edit: edit.kind === 'rename' ? { ...edit, path, to: spell(edit.to) } : { ...edit, path } }
    }
    case 'meddle':
      return { ...step, meddling: { ...step.meddling, path: spell(step.meddling.path) } }
    case 'lock':
    case 'unlock':
      return { ...step, path: spell(step.path) }
    default:
      return step
  }
}

import type { RelPath } from '../../../common/model.ts'
import type { Edit } from '../../fakes/model-source.ts'

/** What someone else does at the target. `put-same`: what the source has there, stored by another program. */
export interface Meddling {
  readonly path: RelPath
  readonly what: 'put' | 'put-same' | 'remove'
}

/** One event of a history. Which of them a world knows is up to it; it skips the others. */
export type Step =
  | { readonly kind: 'edit'; readonly edit: Edit; readonly underWay: boolean }
  | { readonly kind: 'meddle'; readonly meddling: Meddling; readonly underWay: boolean }
  | { readonly kind: 'look'; readonly at: 'hints' | 'everything' }
  | { readonly kind: 'lock' | 'unlock'; readonly path: RelPath }
  | { readonly kind: 'break-listing'; readonly of: 'source' | 'target' }
  | { readonly kind: 'crash' | 'power-cut' | 'lose-state' | 'restore-state' | 'swap-root' | 'unmount' | 'outage' }
  | { readonly kind: 'decide'; readonly approve: boolean }
  | { readonly kind: 'wait' }

const NAMES = ['a', 'b'] as const
/** Few and deep, so that edits meet: files where folders were, folders moved into their own names. */
export const PATHS: readonly RelPath[] = NAMES.flatMap((first) => [
  first,
  ...NAMES.flatMap((second) => [`${first}/${second}`, ...NAMES.map((third) => `${first}/${second}/${third}`)]),
]) as RelPath[]

type Kind = 'wait' | 'write' | 'rename' | 'unseen' | 'mkdir' | 'touch' | 'chmod' | 'remove' | 'meddle' | 'look' | Rare
type Rare =
  | 'lock'
  | 'break'
  | 'crash'
  | 'power-cut'
  | 'lose-state'
  | 'restore-state'
  | 'swap-root'
  | 'decide'
  | 'unmount'
  | 'outage'

const WEIGHTS: Readonly<Record<Kind, number>> = {
  wait: 3,
  write: 13,
  rename: 8,
  unseen: 2,
  mkdir: 2,
  touch: 2,
  chmod: 2,
  remove: 6,
  meddle: 6,
  look: 12,
  lock: 2,
  break: 2,
  crash: 2,
  'power-cut': 1,
  'lose-state': 1,
  'restore-state': 2,
  'swap-root': 1,
  decide: 2,
  unmount: 1,
  outage: 1,
}
const KINDS = (Object.keys(WEIGHTS) as Kind[]).flatMap((kind) => Array.from({ length: WEIGHTS[kind] }, () => kind))

/** Numbers below this are steps. Kept as numbers, a history is quick to draw and shrinks by itself. */
export const WORDS = 2 ** 26

/** The step that a number stands for; `index` is its place in the history and makes new content new. */
export function stepOf(word: number, index: number): Step {
  const kind = KINDS[word % KINDS.length]!
  let left = Math.floor(word / KINDS.length)
  const draw = (count: number): number => {
    const drawn = left % count
    left = Math.floor(left / count)
    return drawn
  }
  const path = PATHS[draw(PATHS.length)]!
  switch (kind) {
    case 'write': {
      const content = ['', 'x', 'long'][draw(8)] ?? `n${String(index).padStart(3, '0')}`
      return { kind: 'edit', edit: { kind: 'write', path, content }, underWay: draw(3) === 2 }
    }
    case 'rename':
      return { kind: 'edit', edit: { kind: 'rename', path, to: PATHS[draw(PATHS.length)]! }, underWay: draw(3) === 2 }
    case 'unseen':
      return { kind: 'edit', edit: { kind: 'rewrite-unseen', path }, underWay: draw(3) === 2 }
    case 'mkdir':
      return { kind: 'edit', edit: { kind: 'make-directory', path }, underWay: draw(3) === 2 }
    case 'touch':
    case 'chmod':
    case 'remove':
      return { kind: 'edit', edit: { kind, path }, underWay: draw(3) === 2 }
    case 'meddle': {
      const what = (['put', 'put', 'put-same', 'remove'] as const)[draw(4)]!
      return { kind: 'meddle', meddling: { path, what }, underWay: draw(2) === 1 }
    }
    case 'look':
      return { kind: 'look', at: draw(2) === 0 ? 'hints' : 'everything' }
    case 'lock':
      return { kind: draw(2) === 0 ? 'lock' : 'unlock', path }
    case 'break':
      return { kind: 'break-listing', of: draw(2) === 0 ? 'source' : 'target' }
    case 'decide':
      return { kind: 'decide', approve: draw(2) === 0 }
    default:
      return { kind }
  }
}

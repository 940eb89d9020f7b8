import { blake3Hex } from '../../workers/hash/blake3.ts'

/** Which content `verify --read-data` reads back. */
export type ReadDataChoice =
  | { readonly kind: 'all' }
  | { readonly kind: 'percent'; readonly percent: number }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'rotation'; readonly turn: number; readonly turns: number }

/** Decides for each file whether its content is read. Asked once for each file, in any order. */
export type Selection = (file: { readonly path: string; readonly size: number }) => boolean

/**
 * Turns the choice into a decision for each file. `totalBytes` is what the target holds.
 *
 * `n/t` depends on the path alone: t runs with n from 1 to t read every file exactly once. A share
 * and an amount draw by the seed, so that runs with other seeds come round to everything; an amount is
 * never exceeded by more than the file that reaches it.
 */
export function createSelection(choice: ReadDataChoice, totalBytes: number, seed: string): Selection {
  switch (choice.kind) {
    case 'all':
      return () => true
    case 'rotation':
      return ({ path }) => Math.floor(placeOf('', path) * choice.turns) === choice.turn - 1
    case 'percent':
      return draw(choice.percent / 100, seed)
    case 'bytes': {
      const isDrawn = draw(totalBytes === 0 ? 1 : choice.bytes / totalBytes, seed)
      let left = choice.bytes
      return (file) => {
        if (left <= 0 || !isDrawn(file)) return false
        left -= file.size
        return true
      }
    }
  }
}

/** Reads at least one file, so that a small target is not passed over. */
function draw(share: number, seed: string): Selection {
  let isFirst = true
  return ({ path, size }) => {
    const isDrawn = placeOf(seed, path) < share || (isFirst && size > 0)
    if (size > 0) isFirst = false
    return isDrawn
  }
}

/** Evenly spread in [0, 1): the first 48 bits of a hash. */
function placeOf(seed: string, path: string): number {
  return Number.parseInt(blake3Hex(Buffer.from(`${seed}\0${path}`)).slice(0, 12), 16) / 2 ** 48
}

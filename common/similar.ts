/** The names that were probably meant by one that is none of them, nearest first, at most three: a slip of the fingers, or its beginning. */
export function similarTo(typed: string, names: readonly string[]): readonly string[] {
  const word = typed.toLowerCase()
  return names
    .map((name) => ({ name, distance: distanceOf(word, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(word.length / 3)))
    .toSorted((left, right) => left.distance - right.distance)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Of what is typed; a beginning of three letters and more is as near as one wrong letter. */
function distanceOf(word: string, name: string): number {
  const letters = editDistance(word, name)
  return word.length >= 3 && name.startsWith(word) ? Math.min(1, letters) : letters
}

/** Letters put in, left out, replaced or swapped with their neighbour (optimal string alignment). */
function editDistance(left: string, right: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: right.length + 1 }, (_, at) => at)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let at = 1; at <= right.length; at++) {
      const isSame = left[row - 1] === right[at - 1]
      const steps = [last[at]! + 1, current[at - 1]! + 1, last[at - 1]! + (isSame ? 0 : 1)]
      const isSwapped = row > 1 && at > 1 && left[row - 1] === right[at - 2] && left[row - 2] === right[at - 1]
      if (isSwapped) steps.push(beforeLast[at - 2]! + 1)
      current.push(Math.min(...steps))
    }
    beforeLast = last
    last = current
  }
  return last[right.length]!
}

/** A stretch of each of several texts, as line numbers: what lies between two lines that all of them have once. */
export interface Stretch {
  /** One range for each text, in their order. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[]
}

/**
 * Cuts texts where all of them have the same line, once and in the same order, so that each stretch can be compared by
 * itself: comparing takes the square of what it is given. Between two stretches lies exactly one line of each text, the
 * same in all. (The idea is that of "patience diff".)
 */
export function stretchesOf(texts: readonly (readonly string[])[]): readonly Stretch[] {
  const stretches: Stretch[] = []
  let from = texts.map(() => 0)
  for (const anchor of anchorsOf(texts)) {
    stretches.push({ ranges: from.map((start, text) => ({ start, end: anchor[text]! })) })
    from = anchor.map((line) => line + 1)
  }
  stretches.push({ ranges: from.map((start, text) => ({ start, end: texts[text]!.length })) })
  return stretches
}

/** Line numbers in each text, growing in all of them: what all begin with, lines that all have once, what all end with. */
function anchorsOf(texts: readonly (readonly string[])[]): readonly (readonly number[])[] {
  const shortest = Math.min(...texts.map(({ length }) => length))
  let start = 0
  while (start < shortest && isShared(texts, () => start)) start++
  let end = 0
  while (end < shortest - start && isShared(texts, ({ length }) => length - 1 - end)) end++
  const inside = anchorsWithin(texts.map((lines) => ({ lines, start, end: lines.length - end })))
  return [
    ...Array.from({ length: start }, (_, line) => texts.map(() => line)),
    ...inside,
    ...Array.from({ length: end }, (_, line) => texts.map(({ length }) => length - end + line)),
  ]
}

type Lines = readonly string[]

function isShared([first = [], ...others]: readonly Lines[], at: (lines: Lines) => number): boolean {
  return others.every((lines) => lines[at(lines)] === first[at(first)])
}

interface Part {
  readonly lines: Lines
  readonly start: number
  readonly end: number
}

function anchorsWithin(parts: readonly Part[]): readonly (readonly number[])[] {
  const [first = new Map<string, number>(), ...others] = parts.map(uniqueLines)
  let anchors: number[][] = []
  for (const [line, at] of first) {
    const places = others.map((lines) => lines.get(line))
    if (places.every((place) => place !== undefined)) anchors.push([at, ...places])
  }
  anchors.sort((a, b) => a[0]! - b[0]!)
  for (let text = 1; text < parts.length; text++) anchors = longestGrowing(anchors, text)
  return anchors
}

/** Where each line is that a part has once. */
function uniqueLines({ lines, start, end }: Part): Map<string, number> {
  const places = new Map<string, number>()
  for (let at = start; at < end; at++) places.set(lines[at]!, places.has(lines[at]!) ? -1 : at)
  for (const [line, at] of places) if (at < 0) places.delete(line)
  return places
}

/** The longest run of anchors whose places in one text grow. */
function longestGrowing(anchors: readonly number[][], text: number): number[][] {
  const ends: number[] = []
  const before: number[] = []
  for (const [index, anchor] of anchors.entries()) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (anchors[ends[middle]!]![text]! < anchor[text]!) low = middle + 1
      else high = middle
    }
    before[index] = low === 0 ? -1 : ends[low - 1]!
    ends[low] = index
  }
  const run: number[][] = []
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index]!) run.push(anchors[index]!)
  return run.reverse()
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const OWN = '.tidekeep'

/** Everything below a directory that is no directory: where each is, by its path from there. None where there is no directory. */
export function filesBelow(root: string): ReadonlyMap<string, string> {
  if (!existsSync(root)) return new Map()
  const items = readdirSync(root, { recursive: true, withFileTypes: true }).filter((item) => !item.isDirectory())
  const found = items.map((item) => join(item.parentPath, item.name))
  return new Map(found.map((absolute) => [absolute.slice(root.length + 1), absolute]))
}

/** The text of each file by its path, in the order of paths; Tidekeep's own area is left out. */
export function textsBelow(root: string): Readonly<Record<string, string>> {
  const files = [...filesBelow(root)].filter(([path]) => !path.startsWith(`${OWN}/`))
  const sorted = files.toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(sorted.map(([path, absolute]) => [path, readFileSync(absolute, 'utf8')]))
}

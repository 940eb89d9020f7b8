import { opendirSync } from 'node:fs'
import { join } from 'node:path'

/** So many entries are looked at: less than a millisecond. */
const MOST_ENTRIES = 256
const MOST_DIRECTORIES = 16

/** Whether a folder holds a few files only, by a look that ends where it holds more. What cannot be read is no small folder; the walk will say why. */
export function holdsFewFiles(root: string): boolean {
  const directories = [root]
  let entries = 0
  try {
    for (const directory of directories) {
      if (directories.length > MOST_DIRECTORIES) return false
      const open = opendirSync(directory)
      try {
        for (let entry = open.readSync(); entry !== null; entry = open.readSync()) {
          if (++entries > MOST_ENTRIES) return false
          if (entry.isDirectory()) directories.push(join(directory, entry.name))
        }
      } finally {
        open.closeSync()
      }
    }
    return true
  } catch {
    return false
  }
}

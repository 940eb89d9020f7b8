import type { RelPath } from '../common/model.ts'
import { joinRelPath, nameOf, parentOf, RESERVED_DIRECTORY, ROOT_PATH } from '../common/paths.ts'
import { mayBeOne } from '../common/name-folding.ts'
import type { SafeRoot } from './fs/safe-root.ts'
import { inodeOf } from './fs/stable-read.ts'

/** True where both paths lead to one entry because they are spellings of one path; false for two names of one file (hard links). */
export function isOne(root: SafeRoot, from: RelPath, to: RelPath): boolean {
  if (!mayBeOne(from, to)) return false
  const [source, destination] = [root.lstat(from), root.lstat(to)]
  if (source === undefined || destination === undefined || inodeOf(source) !== inodeOf(destination)) return false
  return from === to || !(isListed(root, from) && isListed(root, to))
}

/**
 * Gives every name in `path`, which exists, exactly its spelling in it. Content, inode and what is below stay.
 *
 * Some systems take a rename to another spelling for one of a file to itself, and do nothing: then it
 * goes by way of a place among what is kept, where a crash in between leaves it safe.
 */
export function respell(root: SafeRoot, path: RelPath): void {
  if (path === ROOT_PATH) return
  respell(root, parentOf(path))
  const spelled = spellingOf(root, path)
  if (spelled === undefined || spelled === path) return
  const isDirectory = root.lstat(path)?.isDirectory() === true
  if (isDirectory) root.renameDirectory(spelled, path)
  else root.replace(spelled, path)
  if (root.readDirectory(parentOf(path)).includes(nameOf(path))) return
  const way = wayFor(root, path)
  if (isDirectory) root.renameDirectory(spelled, way)
  else root.replace(spelled, way)
  if (isDirectory) root.renameDirectory(way, path)
  else root.renameFileIfAbsent(way, path)
  root.removeDirectory(parentOf(way))
}

/** A place of its own: what an earlier crash left in one is not overwritten. */
function wayFor(root: SafeRoot, path: RelPath): RelPath {
  for (let number = 0; ; number++) {
    const directory = `${RESERVED_DIRECTORY}/kept/respelled-${number}` as RelPath
    if (root.makeDirectories(directory)) return joinRelPath(directory, nameOf(path))
  }
}

/** The name as its directory lists it; undefined where none leads there. */
export function spellingOf(root: SafeRoot, path: RelPath): RelPath | undefined {
  const parent = parentOf(path)
  const names = root.readDirectory(parent)
  if (names.includes(nameOf(path))) return path
  const inode = root.lstat(path)
  return names
    .filter((name) => name.isWellFormed() && mayBeOne(name as RelPath, nameOf(path) as RelPath))
    .map((name) => joinRelPath(parent, name))
    .find((spelled) => inode !== undefined && inodeOf(root.lstat(spelled) ?? inode) === inodeOf(inode))
}

/** Whether each name in `path` is listed with exactly this spelling. */
function isListed(root: SafeRoot, path: RelPath): boolean {
  if (path === ROOT_PATH) return true
  return root.readDirectory(parentOf(path)).includes(nameOf(path)) && isListed(root, parentOf(path))
}

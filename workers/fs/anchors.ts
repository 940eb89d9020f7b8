import { closeSync, constants, existsSync, lstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import { nameOf, parentOf } from '../../common/paths.ts'
import type { RelPath } from '../../common/model.ts'
import { threadWordings } from '../thread-wordings.ts'

/** Turns a checked relative path into one that a system call may be given, its parents known to be plain directories below the root. */
export interface Anchors {
  /** Throws ENOENT as the system does when a parent is missing, `forbidden` when one is a link, `already-exists` when one is a file. */
  at(path: RelPath): string
  /** Opens the directory itself for `fsync`; the caller closes it. */
  openDirectory(path: RelPath): number
  /** Drops what is remembered of `path` and below, or of everything. */
  forget(path?: RelPath): void
  /** Lets go of what is beyond the limit; results of earlier `at` calls may no longer be used. */
  trim(): void
  close(): void
}

const DIRECTORY = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0)
const PLAIN_DIRECTORY = DIRECTORY | (constants.O_NOFOLLOW ?? 0)

/** How many directories stay open; ancestors of the one in use may exceed it for a moment. */
const MAX_OPEN = 64

/**
 * Linux: every step goes through the descriptor of an open directory (`/proc/self/fd/<fd>/<name>`),
 * so a directory swapped for a link between check and use cannot lead outside.
 */
export function createDescriptorAnchors(root: string): Anchors {
  const rootFd = openSync(root, DIRECTORY)
  const fdByPath = new Map<string, number>()
  const at = (path: RelPath): string =>
    path === '' ? `/proc/self/fd/${rootFd}/.` : `/proc/self/fd/${fdOf(parentOf(path))}/${nameOf(path)}`
  let latest: { readonly path: string; readonly fd: number } | undefined
  const fdOf = (directory: RelPath): number => {
    if (directory === '') return rootFd
    if (latest?.path === directory) return latest.fd
    let fd = fdByPath.get(directory)
    if (fd === undefined) fd = openPlain(root, directory, at(directory))
    else fdByPath.delete(directory)
    fdByPath.set(directory, fd)
    latest = { path: directory, fd }
    return fd
  }
  const drop = (path: string, fd: number): void => {
    fdByPath.delete(path)
    if (latest?.fd === fd) latest = undefined
    closeSync(fd)
  }
  const forget = (path?: RelPath): void => {
    for (const [known, fd] of fdByPath) {
      if (path === undefined || known === path || known.startsWith(`${path}/`)) drop(known, fd)
    }
  }
  return {
    at,
    openDirectory: (path) => openSync(at(path), PLAIN_DIRECTORY),
    forget,
    trim: () => {
      if (fdByPath.size <= MAX_OPEN) return
      for (const [path, fd] of fdByPath) {
        drop(path, fd)
        if (fdByPath.size <= MAX_OPEN) return
      }
    },
    close: () => {
      forget()
      closeSync(rootFd)
    },
  }
}

/** Everywhere else: each parent is looked at once with `lstat`. Good against planted links, not against a swap in the very moment. */
export function createLookupAnchors(root: string): Anchors {
  const known = new Set<string>()
  const check = (directory: RelPath): void => {
    if (directory === '' || known.has(directory)) return
    check(parentOf(directory))
    if (!lstatSync(join(root, directory)).isDirectory()) throw notPlain(root, directory)
    known.add(directory)
  }
  const at = (path: RelPath): string => {
    if (path !== '') check(parentOf(path))
    return join(root, path)
  }
  return {
    at,
    openDirectory: (path) => openSync(at(path), DIRECTORY),
    forget: (path) => {
      for (const each of known)
        if (path === undefined || each === path || each.startsWith(`${path}/`)) known.delete(each)
    },
    trim: () => undefined,
    close: () => known.clear(),
  }
}

/** True where directory descriptors can be used as path prefixes. */
export function hasDescriptorPaths(): boolean {
  if (process.platform !== 'linux') return false
  return existsSync('/proc/self/fd')
}

function openPlain(root: string, path: RelPath, anchored: string): number {
  try {
    return openSync(anchored, PLAIN_DIRECTORY)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOTDIR' || code === 'ELOOP') throw notPlain(root, path)
    throw error
  }
}

function notPlain(root: string, path: RelPath): Error {
  const full = join(root, path)
  const stat = lstatSync(full, { throwIfNoEntry: false })
  if (stat?.isSymbolicLink() === true) {
    return new TidekeepError({
      code: 'forbidden',
      message: threadWordings.target.writeLink({ path: full }),
      path: full,
      fix: threadWordings.target.writeLinkFix,
    })
  }
  if (stat === undefined || stat.isDirectory()) {
    return new TidekeepError({
      code: 'changed',
      message: threadWordings.target.replacedMeanwhile({ path: full }),
      path: full,
      fix: threadWordings.fix.triedAgain,
    })
  }
  return new TidekeepError({
    code: 'already-exists',
    message: threadWordings.target.file({ path: full }),
    path: full,
    fix: threadWordings.target.fileFix,
  })
}

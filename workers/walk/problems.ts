import type { BigIntStats } from 'node:fs'
import { TidekeepError } from '../../common/errors.ts'
import type { Problem, RelPath } from '../../common/model.ts'
import { systemCode } from '../fs/system-code.ts'

/** Something that could not be read; nothing at or below it may be taken for deleted (I12). */
export function unreadable(path: string, error: unknown): Problem {
  return { path: path as RelPath, reason: 'unreadable', message: `${path} cannot be read: ${causeOf(error)}.` }
}

/** A link, which is not followed and not kept. */
export function symlink(path: string): Problem {
  return {
    path: path as RelPath,
    reason: 'symlink',
    message: `${path} is a symbolic link. Links are not backed up; what they lead to is, where it is in a watched folder.`,
  }
}

/** A socket, pipe or device: nothing a backup could hold. */
export function special(path: string, stat: BigIntStats): Problem {
  const what = stat.isSocket() ? 'a socket' : stat.isFIFO() ? 'a named pipe' : 'a device'
  return { path: path as RelPath, reason: 'special', message: `${path} is ${what}, not a file.` }
}

/** A name that is not text; `shown` is its printable form. */
export function badName(path: string, shown: string): Problem {
  return {
    path: path.toWellFormed() as RelPath,
    reason: 'bad-name',
    message: `The name ${shown} in ${directoryOf(path)} is not valid Unicode. Rename it to have it backed up.`,
  }
}

/** Another file system mounted inside the folder. */
export function otherDevice(path: string): Problem {
  return {
    path: path as RelPath,
    reason: 'other-device',
    message: `${path} is on another disk and is not entered. Add it as a folder of its own to have it backed up.`,
  }
}

/** The root could not be read at all: the scan says nothing about the folder. */
export function rootError(root: string, error: unknown): TidekeepError {
  const code = systemCode(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return rootGone(root)
  const forbidden = code === 'EACCES' || code === 'EPERM'
  return new TidekeepError({
    code: forbidden ? 'forbidden' : 'unavailable',
    message: `The folder ${root} cannot be read: ${causeOf(error)}.`,
    path: root,
    fix: forbidden ? 'Give your user read access to it.' : 'Check the disk it is on.',
    cause: error,
  })
}

/** The root is missing, no directory, or was replaced while it was read. */
export function rootGone(root: string): TidekeepError {
  return new TidekeepError({
    code: 'not-found',
    message: `The folder ${root} is not there.`,
    path: root,
    fix: 'Connect the disk it is on, or remove the folder from Tidekeep.',
  })
}

const CAUSE_BY_CODE: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'its path is too long for this computer',
  EIO: 'the disk reported an error',
  ELOOP: 'its path leads in a circle',
  ESTALE: 'the network folder was disconnected',
  ENOTCONN: 'the network folder was disconnected',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EUCLEAN: 'the file system it is on is damaged',
  EBADMSG: 'the file system it is on is damaged',
}

function causeOf(error: unknown): string {
  const code = systemCode(error)
  return CAUSE_BY_CODE[code] ?? (code === '' ? String(error) : code)
}

function directoryOf(path: string): string {
  const cut = path.lastIndexOf('/')
  return cut < 0 ? 'the folder itself' : path.slice(0, cut)
}

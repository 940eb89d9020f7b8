import { TidekeepError, isTidekeepError, type ErrorParts } from '../../common/errors.ts'
import { formatBytes } from '../../common/format.ts'
import { systemCode } from './system-code.ts'

/** What an error of a local target is told with. */
export interface TargetErrorContext {
  /** The full path it happened to, as the user knows it. */
  readonly path: string
  /** The target's root. */
  readonly root: string
  /** Bytes that were to be written, when that matters. */
  readonly neededBytes?: number
}

const CONNECT = 'Connect the disk or share it is on, then try again.'

/**
 * The one translation of what the file system of a local target can answer. TidekeepErrors pass.
 * Precondition: `path` may be shown to the user.
 */
export function translateTargetError(error: unknown, context: TargetErrorContext): TidekeepError {
  if (isTidekeepError(error)) return error
  const code = systemCode(error)
  const parts = TRANSLATIONS[code]?.(context) ?? {
    // Not 'unavailable': that speaks of the whole target, and this may be one odd file.
    code: 'internal',
    message: `${context.path} cannot be reached (${code === '' ? String(error) : code}).`,
    fix: 'Check the disk it is on.',
  }
  return new TidekeepError({ path: context.path, cause: error, ...parts })
}

type Translation = (context: TargetErrorContext) => Pick<ErrorParts, 'code' | 'message' | 'fix' | 'retry'>

const full: Translation = ({ root, neededBytes }) => ({
  code: 'quota-exceeded',
  message:
    neededBytes === undefined
      ? `The disk holding ${root} is full.`
      : `The disk holding ${root} is full: ${formatBytes(neededBytes)} more are needed.`,
  fix: 'Free some space on it, or choose a larger disk.',
})
const denied: Translation = ({ path }) => ({
  code: 'forbidden',
  message: `${path} cannot be changed: permission denied.`,
  fix: 'Give your user read and write access to the target folder.',
})
const gone: Translation = ({ path, root }) => ({
  code: 'unavailable',
  message: `The disk holding ${root} stopped answering while ${path} was used.`,
  fix: 'Check its cable or network connection; it is tried again by itself.',
})
const damaged: Translation = ({ path }) => ({
  code: 'corrupt',
  message: `${path} cannot be used: the file system it is on is damaged.`,
  fix: 'Check and repair that disk.',
})
const missing: Translation = ({ path }) => ({ code: 'not-found', message: `${path} is not there.` })
const tooLong: Translation = ({ path }) => ({
  code: 'unsupported',
  message: `${path} has a name that is too long for this disk: a name may have 255 bytes, a whole path 4095.`,
  fix: 'Shorten the name, or exclude it with an ignore rule.',
})
const busy: Translation = ({ path }) => ({
  code: 'in-use',
  message: `${path} is in use by another program.`,
  fix: 'It is tried again by itself.',
})
const tooManyOpen: Translation = ({ path }) => ({
  code: 'internal',
  message: `Too many files are open to write ${path}.`,
  fix: 'Raise the limit of open files (ulimit -n).',
})

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: ({ path }) => ({
    code: 'unsupported',
    message: `${path} is larger than one file may be on this disk.`,
    fix: 'Use a disk with another file system (FAT stops at 4 GiB).',
  }),
  // The whole target, not the one file: everything waits for it, and goes on by itself.
  EROFS: ({ root }) => ({
    code: 'unavailable',
    message: `The disk holding ${root} is read-only.`,
    fix: 'Mount it for writing, or flip its write-protection switch.',
    retry: { kind: 'never' },
  }),
  EACCES: denied,
  EPERM: denied,
  ENAMETOOLONG: tooLong,
  EINVAL: ({ path }) => ({
    code: 'unsupported',
    message: `The disk refuses the name ${path}.`,
    fix: 'Rename it, or exclude it with an ignore rule.',
  }),
  EILSEQ: ({ path }) => ({
    code: 'unsupported',
    message: `The disk refuses the name ${path}.`,
    fix: 'Rename it, or exclude it with an ignore rule.',
  }),
  ENOENT: missing,
  ENOTDIR: missing,
  EEXIST: ({ path }) => ({ code: 'precondition-failed', message: `${path} is already there.` }),
  ENOTEMPTY: ({ path }) => ({ code: 'precondition-failed', message: `The folder ${path} is not empty.` }),
  EISDIR: ({ path }) => ({
    code: 'already-exists',
    message: `${path} is a folder where a file is needed.`,
    fix: 'Move that folder away.',
  }),
  ELOOP: ({ path }) => ({
    code: 'forbidden',
    message: `${path} is a link, and Tidekeep never follows one at a target.`,
    fix: 'Replace the link by what it points to, or remove it.',
  }),
  EXDEV: ({ path }) => ({
    code: 'unsupported',
    message: `${path} is on another file system that is mounted inside the target.`,
    fix: 'Make the mounted folder a target of its own.',
  }),
  EBUSY: busy,
  ETXTBSY: busy,
  EMFILE: tooManyOpen,
  ENFILE: tooManyOpen,
  ESTALE: gone,
  EIO: gone,
  ENOTCONN: gone,
  EHOSTDOWN: gone,
  ENODEV: gone,
  ENXIO: gone,
  ENOMEDIUM: gone,
  EUCLEAN: damaged,
  EBADMSG: damaged,
}

/** A target whose root is missing though it was used before, or cannot be made. */
export function targetMissing(root: string): TidekeepError {
  return new TidekeepError({
    code: 'unavailable',
    message: `The target ${root} is not there.`,
    path: root,
    fix: CONNECT,
  })
}

/** A root without the marker that an earlier run left: most likely the empty mount point of an absent disk. */
export function markerMissing(root: string): TidekeepError {
  return new TidekeepError({
    code: 'unavailable',
    message: `${root} is there, but it is not the target that was used before.`,
    path: root,
    fix: `${CONNECT} If you emptied it on purpose, remove the folder from Tidekeep and add it again.`,
  })
}

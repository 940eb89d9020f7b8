import { TidekeepError, isTidekeepError, type ErrorParts } from '../../common/errors.ts'
import { systemCode } from './system-code.ts'
import { threadWordings } from '../thread-wordings.ts'

/** What an error of a local target is told with. */
export interface TargetErrorContext {
  /** The full path it happened to, as the user knows it. */
  readonly path: string
  /** The target's root. */
  readonly root: string
  /** Bytes that were to be written, when that matters. */
  readonly neededBytes?: number
}

const texts = threadWordings.target
const fixes = threadWordings.fix

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
    message: texts.unreachable({ path: context.path, why: code === '' ? String(error) : code }),
    fix: fixes.checkDisk,
  }
  return new TidekeepError({ path: context.path, cause: error, ...parts })
}

type Translation = (context: TargetErrorContext) => Pick<ErrorParts, 'code' | 'message' | 'fix' | 'retry'>

const full: Translation = ({ root, neededBytes }) => ({
  code: 'quota-exceeded',
  message: neededBytes === undefined ? texts.full({ root }) : texts.fullBy({ root, needed: neededBytes }),
  fix: texts.fullFix,
})
const denied: Translation = ({ path }) => ({
  code: 'forbidden',
  message: texts.denied({ path }),
  fix: texts.deniedFix,
})
const gone: Translation = ({ path, root }) => ({
  code: 'unavailable',
  message: texts.silent({ root, path }),
  fix: texts.silentFix,
})
const damaged: Translation = ({ path }) => ({
  code: 'corrupt',
  message: texts.damaged({ path }),
  fix: texts.damagedFix,
})
const missing: Translation = ({ path }) => ({ code: 'not-found', message: threadWordings.gone({ path }) })
const tooLong: Translation = ({ path }) => ({
  code: 'unsupported',
  message: texts.longName({ path }),
  fix: texts.longNameFix,
})
const badName: Translation = ({ path }) => ({
  code: 'unsupported',
  message: texts.name({ path }),
  fix: fixes.rename,
})
const busy: Translation = ({ path }) => ({
  code: 'in-use',
  message: threadWordings.inUse({ path }),
  fix: fixes.triedAgain,
})
const tooManyOpen: Translation = ({ path }) => ({
  code: 'internal',
  message: texts.manyOpen({ path }),
  fix: fixes.openFiles,
})

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: ({ path }) => ({
    code: 'unsupported',
    message: texts.large({ path }),
    fix: texts.largeFix,
  }),
  // The whole target, not the one file: everything waits for it, and goes on by itself.
  EROFS: ({ root }) => ({
    code: 'unavailable',
    message: texts.readOnly({ root }),
    fix: texts.readOnlyFix,
    retry: { kind: 'never' },
  }),
  EACCES: denied,
  EPERM: denied,
  ENAMETOOLONG: tooLong,
  EINVAL: badName,
  EILSEQ: badName,
  ENOENT: missing,
  ENOTDIR: missing,
  EEXIST: ({ path }) => ({ code: 'precondition-failed', message: threadWordings.taken({ path }) }),
  ENOTEMPTY: ({ path }) => ({ code: 'precondition-failed', message: texts.notEmpty({ path }) }),
  EISDIR: ({ path }) => ({
    code: 'already-exists',
    message: texts.folder({ path }),
    fix: texts.folderFix,
  }),
  ELOOP: ({ path }) => ({
    code: 'forbidden',
    message: texts.link({ path }),
    fix: texts.linkFix,
  }),
  EXDEV: ({ path }) => ({
    code: 'unsupported',
    message: texts.mounted({ path }),
    fix: texts.mountedFix,
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
    message: texts.missing({ root }),
    path: root,
    fix: texts.missingFix,
  })
}

/** A root without the marker that an earlier run left: most likely the empty mount point of an absent disk. */
export function markerMissing(root: string): TidekeepError {
  return new TidekeepError({
    code: 'unavailable',
    message: texts.other({ root }),
    path: root,
    fix: texts.otherFix,
    reason: 'other-target',
  })
}

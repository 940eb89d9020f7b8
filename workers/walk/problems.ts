import type { BigIntStats } from 'node:fs'
import { TidekeepError } from '../../common/errors.ts'
import type { Wording } from '../../common/messages/wording.ts'
import type { Problem, RelPath } from '../../common/model.ts'
import { systemCode } from '../fs/system-code.ts'
import { threadWordings } from '../thread-wordings.ts'

const texts = threadWordings.walk

/** A problem as a thread finds it: in no language yet. */
export type FoundProblem = Omit<Problem, 'message'> & { readonly message: Wording }

/** Something that could not be read; nothing at or below it may be taken for deleted (I12). */
export function unreadable(path: string, error: unknown): FoundProblem {
  return { path: path as RelPath, reason: 'unreadable', message: texts.unreadable({ path, why: causeOf(error) }) }
}

/** A link, which is not followed and not kept. */
export function symlink(path: string): FoundProblem {
  return {
    path: path as RelPath,
    reason: 'symlink',
    message: texts.link({ path }),
  }
}

/** A socket, pipe or device: nothing a backup could hold. */
export function special(path: string, stat: BigIntStats): FoundProblem {
  const is = stat.isSocket() ? texts.socket : stat.isFIFO() ? texts.pipe : texts.device
  return { path: path as RelPath, reason: 'special', message: is({ path }) }
}

/** A name that is not text; `shown` is its printable form. */
export function badName(path: string, shown: string): FoundProblem {
  const cut = path.lastIndexOf('/')
  const message = cut < 0 ? texts.rootName({ name: shown }) : texts.name({ name: shown, folder: path.slice(0, cut) })
  return { path: path.toWellFormed() as RelPath, reason: 'bad-name', message }
}

/** Another file system mounted inside the folder. */
export function otherDevice(path: string): FoundProblem {
  return {
    path: path as RelPath,
    reason: 'other-device',
    message: texts.otherDisk({ path }),
  }
}

/** The root could not be read at all: the scan says nothing about the folder. */
export function rootError(root: string, error: unknown): TidekeepError {
  const code = systemCode(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return rootGone(root)
  const forbidden = code === 'EACCES' || code === 'EPERM'
  return new TidekeepError({
    code: forbidden ? 'forbidden' : 'unavailable',
    message: texts.rootUnreadable({ path: root, why: causeOf(error) }),
    path: root,
    fix: forbidden ? threadWordings.fix.readAccess : threadWordings.fix.checkDisk,
    cause: error,
  })
}

/** The root is missing, no directory, or was replaced while it was read. */
export function rootGone(root: string): TidekeepError {
  return new TidekeepError({
    code: 'not-found',
    message: texts.rootGone({ path: root }),
    path: root,
    fix: texts.rootGoneFix,
  })
}

const CAUSE_BY_CODE: Readonly<Record<string, Wording>> = {
  EACCES: texts.denied,
  EPERM: texts.denied,
  ENAMETOOLONG: texts.longPath,
  EIO: texts.diskError,
  ELOOP: texts.circle,
  ESTALE: texts.disconnected,
  ENOTCONN: texts.disconnected,
  EMFILE: texts.manyOpen,
  ENFILE: texts.manyOpen,
  EUCLEAN: texts.damaged,
  EBADMSG: texts.damaged,
}

function causeOf(error: unknown): string | Wording {
  const code = systemCode(error)
  return CAUSE_BY_CODE[code] ?? (code === '' ? String(error) : code)
}

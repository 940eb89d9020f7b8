import { constants } from 'node:os'

/** Of `linux/errno.h`, where neither Node nor libuv has a name: a damaged file system, and a drive without its medium. */
const LINUX: Readonly<Record<number, string>> = { 117: 'EUCLEAN', 123: 'ENOMEDIUM' }

/** Names by number, for what Node itself calls UNKNOWN: libuv has no name for a used up quota, or for a share that went away. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [constants.errno.EDQUOT, 'EDQUOT'],
  [constants.errno.ESTALE, 'ESTALE'],
  [constants.errno.EBADMSG, 'EBADMSG'],
  ...(process.platform === 'linux'
    ? Object.entries(LINUX).map(([number, name]) => [Number(number), name] as const)
    : []),
])

/** The name of a system error, such as ENOENT; '' for anything else. `code` alone says UNKNOWN for some. */
export function systemCode(error: unknown): string {
  const { code, errno } = (error ?? {}) as NodeJS.ErrnoException
  if (code !== 'UNKNOWN' || errno === undefined || process.platform === 'win32') return code ?? ''
  return NAMES.get(-errno) ?? code
}

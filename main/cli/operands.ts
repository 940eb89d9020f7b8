import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import { formatLocation, parseLocation, type Location } from '../../common/location.ts'
import type { RelPath } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import type { S3Options } from '../../common/settings.ts'
import { refuseSelf, routeOf } from '../api/own-target.ts'
import type { Context, Input } from './context.ts'
import { usageError } from './failure.ts'
import { lookAt } from './look.ts'
import { cliTexts } from './cli-texts.ts'

/** A folder that must exist. Throws `not-found` (exit code 1), or a usage error for a file or another scheme. */
export function sourceFolder(context: Context, text: string): string {
  const location = locationOf(context, text)
  if (location.scheme !== 'file') {
    throw usageError(
      cliTexts.operands.theSourceIsNotA({ text: JSON.stringify(text) }),
      cliTexts.operands.theSourceIsNotAFix,
    )
  }
  const stat = lookAt(location.path)
  if (stat === undefined) {
    throw new TidekeepError({
      code: 'not-found',
      message: cliTexts.operands.theFolderDoesNotExist({ path: location.path }),
      path: location.path,
      fix: cliTexts.operands.theFolderDoesNotExistFix,
    })
  }
  if (!stat.isDirectory())
    throw usageError(cliTexts.operands.isNotAFolder({ path: location.path }), cliTexts.operands.theSourceIsNotAFix)
  return location.path
}

/** Throws a usage error where a folder cannot be or come to be: a file is in its place, or in that of a folder above. */
export function refuseFileInPlaceOf(path: string): void {
  const stat = lookAt(path)
  if (stat !== undefined && !stat.isDirectory())
    throw usageError(cliTexts.operands.isNotAFolder({ path }), cliTexts.operands.theSourceIsNotAFix)
  const parent = dirname(path)
  if (stat === undefined && parent !== path) refuseFileInPlaceOf(parent)
}

/** A target as the rest of the program keeps it: absolute, or a URI. Throws a usage error for anything else. */
export function targetLocation(context: Context, text: string): string {
  return formatLocation(locationOf(context, text))
}

/** As {@link targetLocation}, for what is written to: throws a usage error where a file is in the place of the folder. */
export function writableTarget(context: Context, text: string): string {
  const location = locationOf(context, text)
  if (location.scheme === 'file') refuseFileInPlaceOf(location.path)
  return formatLocation(location)
}

/** Throws `invalid` (exit code 2) where a folder may not be added with this target either: one holds the other. */
export async function refuseOverlap(source: string, target: string): Promise<void> {
  refuseSelf(
    await routeOf(
      source,
      parseLocation(target, (path) => resolve(path)),
    ),
    source,
  )
}

/** True for `ancestor` itself and everything below it, links followed as far as the paths exist. */
export function liesInside(path: string, ancestor: string): boolean {
  const [inner, outer] = [realPath(path), realPath(ancestor)]
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep)
}

/** A path of the target as typed; slashes around it, and a `./` before it, do not count. Throws `invalid`. */
export function typedPath(text: string): RelPath {
  return toRelPath(text === '.' ? '' : text.replace(/^(\.?\/+)+|\/+$/g, ''))
}

/**
 * How an S3 store is reached: flags, then the environment. Throws a usage error for an endpoint that carries a secret, and
 * `unauthenticated` for an account that is not there.
 */
export async function storeOptions(context: Context, { options }: Input): Promise<S3Options> {
  const { s3 } = await context.ports.config(context.paths, context.io.env)
  const typed = (name: keyof S3Options, option: string): S3Options =>
    options[option] === undefined ? {} : { [name]: options[option] }
  const wanted = {
    ...s3,
    ...typed('endpoint', 's3Endpoint'),
    ...typed('region', 's3Region'),
    ...typed('profile', 'profile'),
    ...typed('storageClass', 'storageClass'),
    ...typed('accountId', 'account'),
  }
  // Before it is remembered anywhere: what else stands in an address is a password or a right.
  if (/[@?#]/.test(wanted.endpoint ?? '')) {
    throw usageError(cliTexts.operands.theSEndpointMustNot, cliTexts.operands.theSEndpointMustNotFix)
  }
  if (options['account'] !== undefined) {
    // What reads the records of accounts is loaded for whoever names one.
    const { requireKeys } = await import('./known-account.ts')
    await requireKeys(context, options['account'] as string)
  }
  return wanted
}

/** Paths are made plain, so that two ways of writing one place name the same state. */
function locationOf(context: Context, text: string): Location {
  const location = parseLocation(text, (path) => context.absolute(path))
  return location.scheme === 'file' ? { scheme: 'file', path: resolve(location.path) } : location
}

/** Follows links as far as the path exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPath(parent), basename(path))
  }
}

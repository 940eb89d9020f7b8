import { stat } from 'node:fs/promises'
import { basename, isAbsolute, resolve } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import { formatLocation, parseLocation, type Location } from '../../common/location.ts'
import type { NewFolder } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import { holdsOwn, ownDirectories, realPlace } from '../own-directories.ts'
import { personHome, type ApiDeps } from './deps.ts'
import { invalid, refuseSelf, routeOf } from './own-target.ts'
import { isInside, isLoop, overlaps, type Route } from './routes-between.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

/** A source and a target that may go together, in the form settings keep. */
export interface CheckedFolder {
  readonly path: string
  readonly target: string
}

/**
 * Checks that a folder can be kept safe where it is asked to be, next to the folders there are.
 * Throws `not-found` for a missing source, `already-exists` for a known pair (not for a preview), and
 * `invalid` with one sentence for everything that would copy in circles, mix two folders up or put
 * Tidekeep's own files at risk.
 */
export async function checkNewFolder(
  raw: NewFolder,
  deps: Pick<ApiDeps, 'settings' | 'host' | 'personHome'>,
  purpose: 'add' | 'preview' = 'add',
): Promise<CheckedFolder> {
  const path = await checkSource(raw.path)
  const location = checkTarget(raw.target)
  const route = await routeOf(path, location)
  refuseOwnDirectories(
    route,
    await Promise.all(ownDirectories(deps.host.paths).map(realPlace)),
    await realPlace(personHome(deps)),
  )
  refuseSelf(route, path)
  const target = formatLocation(location)
  const others = deps.settings.get().folders.filter((each) => !(each.path === path && each.target === target))
  if (purpose === 'add' && others.length < deps.settings.get().folders.length) {
    throw new TidekeepError({
      code: 'already-exists',
      message: apiFailureTexts.newFolder.isAlreadyKeptSafeAt({ path, target }),
      path,
    })
  }
  await refuseNeighbours(route, others)
  return { path, target }
}

/** The folder that is kept safe at this very target already, if any. Throws `invalid` for a target that is none. */
export function samePair(folders: readonly FolderSettings[], raw: NewFolder): FolderSettings | undefined {
  const [path, target] = [resolve(raw.path), formatLocation(checkTarget(raw.target))]
  return folders.find((each) => each.path === path && each.target === target)
}

/** The settings of a checked folder. */
export function toFolderSettings(checked: CheckedFolder, raw: NewFolder, id: string): FolderSettings {
  const name = raw.name?.trim() ?? ''
  return {
    id,
    name: name === '' ? basename(checked.path) || checked.path : name,
    path: checked.path,
    target: checked.target,
    mode: raw.mode ?? 'backup',
    paused: raw.paused ?? false,
    ignore: raw.ignore ?? [],
    ...(raw.s3 === undefined ? {} : { s3: raw.s3 }),
    ...(raw.adopt === undefined ? {} : { adopt: raw.adopt }),
    ...(raw.conflictRules === undefined ? {} : { conflictRules: raw.conflictRules }),
    ...(raw.alarmAfterMs === undefined ? {} : { alarmAfterMs: raw.alarmAfterMs }),
  }
}

async function checkSource(raw: string): Promise<string> {
  if (!isAbsolute(raw)) throw invalid(apiFailureTexts.newFolder.relativeFolder({ path: JSON.stringify(raw) }), raw)
  const path = resolve(raw)
  const found = await stat(path).catch((error: unknown) => {
    throw translateSourceError(error, path)
  })
  if (!found.isDirectory()) throw invalid(apiFailureTexts.newFolder.noFolder({ path }), path)
  return path
}

function checkTarget(raw: string): Location {
  return parseLocation(raw, (path) => {
    if (isAbsolute(path)) return resolve(path)
    throw invalid(apiFailureTexts.newFolder.relativeTarget({ path: JSON.stringify(raw) }), raw)
  })
}

function refuseOwnDirectories(route: Route, own: readonly string[], home: string): void {
  for (const directory of own) {
    if (isInside(route.from, directory) || (route.isLocal && isInside(route.to, directory))) {
      throw invalid(apiFailureTexts.newFolder.own({ directory }), directory)
    }
    if (holdsOwn(route.from, directory, home)) {
      throw new TidekeepError({
        code: 'invalid',
        message: apiFailureTexts.newFolder.holdsTidekeepsOwnFiles({ from: route.from, directory }),
        path: directory,
        fix: apiFailureTexts.newFolder.holdsTidekeepsOwnFilesFix,
      })
    }
  }
}

async function refuseNeighbours(route: Route, folders: readonly FolderSettings[]): Promise<void> {
  const routes = await Promise.all(
    folders.map(async (folder) =>
      routeOf(
        folder.path,
        parseLocation(folder.target, (path) => resolve(path)),
      ),
    ),
  )
  routes.forEach((other, index) => {
    const folder = folders[index]
    if (folder === undefined || !overlaps(route.to, other.to)) return
    throw new TidekeepError({
      code: 'invalid',
      message: apiFailureTexts.newFolder.theTargetOverlapsWithThe({ name: folder.name, target: folder.target }),
      path: folder.target,
      fix: apiFailureTexts.newFolder.theTargetOverlapsWithTheFix,
    })
  })
  if (isLoop(route, routes)) {
    throw invalid(apiFailureTexts.newFolder.circle, route.from)
  }
}

function translateSourceError(error: unknown, path: string): TidekeepError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EACCES' || code === 'EPERM') {
    return new TidekeepError({
      code: 'forbidden',
      message: apiFailureTexts.newFolder.tidekeepMayNotRead({ path }),
      path,
      cause: error,
    })
  }
  return new TidekeepError({
    code: 'not-found',
    message: apiFailureTexts.newFolder.thereIsNoFolder({ path }),
    path,
    fix: apiFailureTexts.newFolder.thereIsNoFolderFix,
    cause: error,
  })
}

import { readFile, readdir, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import { ROOT_PATH } from '../../common/paths.ts'
import type { DirectoryView, SourceSize, SourceSuggestion } from '../../common/protocol.ts'
import type { Area } from './area.ts'
import { ownDirectories } from '../own-directories.ts'
import { personHome, type ApiDeps } from './deps.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

const MEASURE_MS = 3_000
const MAX_DIRECTORIES = 2_000
const USUAL_NAMES = ['Documents', 'Desktop', 'Pictures', 'Videos', 'Movies', 'Music']
/** Names of user-dirs.dirs that hold what people make; the others hold copies of it or nothing yet. */
const XDG_NAMES = ['DOCUMENTS', 'DESKTOP', 'PICTURES', 'VIDEOS', 'MUSIC']

type SourceDeps = Pick<ApiDeps, 'host' | 'settings' | 'openScanner' | 'personHome'>

/** What could be kept safe on this computer. Reads only. */
export function createSourceHandlers(deps: SourceDeps): Area<'sources'> {
  return {
    'sources.suggest': () => suggestSources(personHome(deps)),
    'sources.browse': ({ path }) => browse(path === '' ? personHome(deps) : path),
    'sources.measure': ({ path }) => measure(path, deps),
  }
}

async function suggestSources(home: string): Promise<readonly SourceSuggestion[]> {
  const named = (await userDirectories(home)) ?? USUAL_NAMES.map((name) => join(home, name))
  // A home directory named as "Documents" means that this kind has no directory of its own.
  const paths = [...new Set(named)].filter((path) => resolve(path) !== resolve(home))
  const isThere = await Promise.all(paths.map(isDirectory))
  return paths.filter((_, index) => isThere[index] === true).map((path) => ({ name: basename(path), path }))
}

/** The user's directories as freedesktop.org's xdg-user-dirs keeps them, or undefined where it is not used. */
async function userDirectories(home: string): Promise<readonly string[] | undefined> {
  let text: string
  try {
    text = await readFile(join(home, '.config', 'user-dirs.dirs'), 'utf8')
  } catch {
    return undefined
  }
  const pathByName = new Map<string, string>()
  for (const [, name = '', inHome, path = ''] of text.matchAll(/^XDG_(\w+)_DIR="(\$HOME\/?)?([^"\n]*)"/gm)) {
    pathByName.set(name, inHome === undefined ? path : join(home, path))
  }
  return XDG_NAMES.flatMap((name) => pathByName.get(name) ?? []).filter((path) => isAbsolute(path))
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function browse(raw: string): Promise<DirectoryView> {
  const path = absolute(raw)
  const items = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw translateReadError(error, path)
  })
  const names = items.filter((item) => item.isDirectory()).map((item) => item.name)
  const parent = dirname(path)
  return {
    path,
    parent: parent === path ? null : parent,
    directories: names
      .sort(compareNames)
      .slice(0, MAX_DIRECTORIES)
      .map((name) => ({ name, path: join(path, name) })),
  }
}

/** As people expect it: hidden directories last, otherwise alphabetical with numbers in order. */
function compareNames(a: string, b: string): number {
  const hidden = Number(a.startsWith('.')) - Number(b.startsWith('.'))
  return hidden === 0 ? a.localeCompare(b, undefined, { numeric: true, sensitivity: 'base' }) : hidden
}

async function measure(raw: string, deps: SourceDeps): Promise<SourceSize> {
  const path = absolute(raw)
  const { host, settings } = deps
  const scanner = deps.openScanner({
    root: path,
    ignoreLines: settings.get().ignore,
    excludedPaths: ownDirectories(host.paths),
  })
  await scanner.root()
  const controller = new AbortController()
  const cancel = host.clock.after(MEASURE_MS, () => controller.abort())
  let [files, bytes, ignored] = [0, 0, 0]
  try {
    for await (const batch of scanner.scan([{ path: ROOT_PATH, recursive: true }], controller.signal)) {
      ignored += batch.ignored
      for (const entry of batch.entries) {
        if (entry.kind !== 'file') continue
        files++
        bytes += entry.size
      }
    }
    return { path, files, bytes, ignored, complete: true }
  } catch (error) {
    if (!controller.signal.aborted) throw error
    return { path, files, bytes, ignored, complete: false }
  } finally {
    cancel()
  }
}

function absolute(raw: string): string {
  if (isAbsolute(raw)) return resolve(raw)
  throw new TidekeepError({ code: 'invalid', message: apiFailureTexts.sources.theFolderMustBeGiven, path: raw })
}

function translateReadError(error: unknown, path: string): TidekeepError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EACCES' || code === 'EPERM') {
    return new TidekeepError({
      code: 'forbidden',
      message: apiFailureTexts.sources.tidekeepMayNotRead({ path }),
      path,
      cause: error,
    })
  }
  if (code === 'ENOTDIR')
    return new TidekeepError({ code: 'invalid', message: apiFailureTexts.sources.isNotAFolder({ path }), path })
  return new TidekeepError({
    code: 'not-found',
    message: apiFailureTexts.sources.thereIsNoFolder({ path }),
    path,
    cause: error,
  })
}

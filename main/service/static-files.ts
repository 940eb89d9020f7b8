import { readFile, readdir } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

/** A file of the interface, held in memory. */
export interface StaticFile {
  readonly body: Uint8Array<ArrayBuffer>
  readonly type: string
  /** True where the name changes with the content, so that a browser may keep it. */
  readonly immutable: boolean
}

const TYPE_BY_EXTENSION: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/**
 * The files of the built renderer by URL path. They are read once: no request ever names a path of
 * this computer, so none can leave the directory. Empty when the renderer was not built.
 */
export async function loadStaticFiles(directory: string): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>()
  for (const absolutePath of await filesBelow(directory)) {
    const type = TYPE_BY_EXTENSION[extname(absolutePath).toLowerCase()]
    if (type === undefined) continue
    const urlPath = `/${relative(directory, absolutePath).split(sep).join('/')}`
    const body = Uint8Array.from(await readFile(absolutePath))
    files.set(urlPath, { body, type, immutable: urlPath.startsWith('/assets/') })
  }
  for (const [alias, name] of [
    ['/', '/index.html'],
    ['/popup', '/popup.html'],
  ] as const) {
    const file = files.get(name)
    if (file !== undefined) files.set(alias, file)
  }
  return files
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  try {
    const found = await readdir(directory, { withFileTypes: true, recursive: true })
    return found.filter((item) => item.isFile()).map((item) => join(item.parentPath, item.name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

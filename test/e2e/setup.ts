import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildRenderer } from '../../scripts/build-renderer.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Where the built renderer is served from: not out/renderer, which a build started meanwhile would empty. */
export const RENDERER_DIRECTORY = join(root, 'out/renderer-under-test')
const LOCK = join(root, 'out/.renderer-build')
const LOCK_PATIENCE_MS = 110_000

/** Builds the renderer unless the built one is newer than every source. Test files that start together build it once. */
export async function ensureRenderer(): Promise<void> {
  if (isFresh()) return
  const deadlineMs = performance.now() + LOCK_PATIENCE_MS
  while (!takeLock()) {
    if (performance.now() > deadlineMs) throw new Error(`The build lock ${LOCK} was left behind: remove it.`)
    await sleep(100)
  }
  try {
    if (!isFresh()) await buildRenderer(RENDERER_DIRECTORY)
  } finally {
    rmSync(LOCK, { recursive: true, force: true })
  }
}

function takeLock(): boolean {
  mkdirSync(join(root, 'out'), { recursive: true })
  try {
    mkdirSync(LOCK)
    return true
  } catch {
    // Another test file holds it; the caller waits.
    return false
  }
}

function isFresh(): boolean {
  const built = join(RENDERER_DIRECTORY, 'index.html')
  if (!existsSync(built)) return false
  const sources = [...filesBelow('renderer'), ...filesBelow('common'), join(root, 'vite.config.ts')]
  const newestMs = Math.max(...sources.map((file) => statSync(file).mtimeMs))
  return statSync(built).mtimeMs > newestMs
}

function filesBelow(directory: string): readonly string[] {
  return readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))
}

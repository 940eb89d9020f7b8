/**
 * Builds the renderer into out/renderer and says what it weighs:
 * `node scripts/build-renderer.ts`. Fails when the popup is heavier than its budget.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

/** The popup must open at once on slow machines, too. Bytes of scripts and styles, gzipped. */
export const POPUP_BUDGET_BYTES = 180 * 1024

const root = fileURLToPath(new URL('..', import.meta.url))
const OUT_DIRECTORY = join(root, 'out/renderer')

/** Builds with vite.config.ts, quietly, and always React's production build: a test run would ask for the other. */
export async function buildRenderer(directory = OUT_DIRECTORY): Promise<void> {
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  try {
    await build({
      configFile: join(root, 'vite.config.ts'),
      mode: 'production',
      logLevel: 'warn',
      build: { outDir: directory },
    })
  } finally {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  }
}

/** Gzipped bytes of everything a page loads before it draws. */
export function pageWeight(page: 'index.html' | 'popup.html', directory = OUT_DIRECTORY): number {
  const files = new Set([page as string])
  for (const file of files) {
    const text = readFileSync(join(directory, file), 'utf8')
    for (const [, found = ''] of text.matchAll(/(?:src|href|from|import)\s*=?\s*["'](\.[^"']+\.(?:js|css))["']/g)) {
      files.add(join(dirname(file), found))
    }
  }
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(directory, file))).length, 0)
}

if (import.meta.main) {
  await buildRenderer()
  for (const page of ['popup.html', 'index.html'] as const) {
    console.log(`${page}: ${(pageWeight(page) / 1024).toFixed(1)} KiB gzipped`)
  }
  if (pageWeight('popup.html') > POPUP_BUDGET_BYTES) {
    console.error(`The popup is heavier than ${POPUP_BUDGET_BYTES / 1024} KiB.`)
    process.exitCode = 1
  }
}

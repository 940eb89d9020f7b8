import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ensureRenderer, RENDERER_DIRECTORY } from '../e2e/setup.ts'

const MOST_BYTES = 180 * 1024

/** What a page loads before it is drawn, by the name of the file: its own scripts and styles, and what these import. */
function loadedBy(page: string): ReadonlyMap<string, number> {
  const bytesByFile = new Map<string, number>()
  const wanted = [page]
  for (let file = wanted.pop(); file !== undefined; file = wanted.pop()) {
    if (bytesByFile.has(file)) continue
    const content = readFileSync(join(RENDERER_DIRECTORY, file === page ? file : join('assets', file)))
    bytesByFile.set(file, gzipSync(content).length)
    const text = content.toString()
    const pattern = file === page ? /(?:src|href)="\.\/assets\/([^"]+)"/g : /(?:from|import)\s*"\.\/([^"]+\.js)"/g
    wanted.push(...[...text.matchAll(pattern)].map((match) => basename(match[1] ?? '')))
  }
  return bytesByFile
}

describe('the tray popup', () => {
  it('loads at most 180 KiB before it is drawn', async () => {
    await ensureRenderer()
    const loaded = loadedBy('popup.html')
    const bytes = [...loaded.values()].reduce((sum, each) => sum + each, 0)
    console.log(`the popup loads ${(bytes / 1024).toFixed(1)} KiB, compressed, in ${loaded.size} files`)
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES)
    // Were the imports of its script not seen, the largest part would be missing.
    expect(bytes).toBeGreaterThan(MOST_BYTES / 2)
  })
})

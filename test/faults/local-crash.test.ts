import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LocalBench } from '../unit/local-support.ts'

const CHILD = fileURLToPath(new URL('./local-crash-child.ts', import.meta.url))
const FOLDERS = 8
const FILES = 40

let bench: LocalBench
beforeEach(() => void (bench = new LocalBench()))
afterEach(() => bench.close())

/** Every file has its own path as content, many times over. */
function contentOf(path: string): string {
  return `${path}\n`.repeat(400)
}

function makeSource(): void {
  for (let folder = 0; folder < FOLDERS; folder++) {
    mkdirSync(join(bench.source, `folder-${folder}`))
    for (let number = 0; number < FILES; number++) {
      const path = `folder-${folder}/file-${number}`
      writeFileSync(join(bench.source, path), contentOf(path))
    }
  }
}

function filesAtTarget(): readonly string[] {
  if (!existsSync(bench.root)) return []
  // What lies in the temporary area comes and goes while this looks.
  const folders = readdirSync(bench.root).filter((name) => !name.startsWith('.tidekeep'))
  return folders.flatMap((folder) => readdirSync(join(bench.root, folder)).map((name) => `${folder}/${name}`))
}

describe('a process killed while it puts batches', () => {
  it('leaves whole files or none, and the next run sweeps the rest', async () => {
    makeSource()
    let sawUnfinished = false
    for (let kill = 0; kill < 8; kill++) {
      const child = spawn(process.execPath, [CHILD, bench.source, bench.root], { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(child.stdout, 'data')
      await untilFiles(kill * 37)
      child.kill('SIGKILL')
      await once(child, 'exit')
      const present = filesAtTarget()
      for (const path of present) expect(readFileSync(join(bench.root, path), 'utf8'), path).toBe(contentOf(path))
      sawUnfinished ||= present.length < FOLDERS * FILES || bench.temporaries().length > 0
    }
    expect(sawUnfinished).toBe(true)
    await bench.put(bench.open(), 'last', 'x')
    expect(bench.temporaries()).toEqual([])
  })

  /** Waits until some files are there, or a while has passed. */
  async function untilFiles(count: number): Promise<void> {
    const endsAt = performance.now() + 3000
    while (performance.now() < endsAt && filesAtTarget().length < count) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
})

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { RunOnceOptions } from '../../main/run-once.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { syncOnce } from '../fakes/run-once.ts'

const places: string[] = []
afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true })
})

/** Runs once over a small tree and answers the files at the target. */
async function selected(options: Partial<RunOnceOptions>): Promise<readonly string[]> {
  const place = mkdtempSync(join(tmpdir(), 'tidekeep-selection-'))
  places.push(place)
  const source = join(place, 'source')
  mkdirSync(join(source, 'a/b'), { recursive: true })
  for (const path of ['x.jpg', 'y.txt', 'a/z.jpg', 'a/skip.jpg', 'a/b/q.txt']) writeFileSync(join(source, path), path)
  const host = createFakeHost({ clock: realClock })
  await syncOnce(host, { source, target: join(place, 'target'), mode: 'backup' }, options)
  if (options.dryRun === true) return [...filesBelow(join(place, 'target')), ...filesBelow(host.paths.home)]
  return readdirSync(join(place, 'target'), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.tidekeep'))
    .map((entry) => entry.name)
    .toSorted()
}

const filesBelow = (root: string): readonly string[] =>
  existsSync(root) ? readdirSync(root, { recursive: true, encoding: 'utf8' }) : []

describe('what one run takes', () => {
  it('is everything, unless asked otherwise', async () => {
    expect(await selected({})).toEqual(['q.txt', 'skip.jpg', 'x.jpg', 'y.txt', 'z.jpg'])
  })

  it('is nothing at all in a dry run: neither the target nor any state is made', async () => {
    expect(await selected({ dryRun: true })).toEqual([])
  })

  it('is only what an include names, in every folder, without what an exclude takes out again', async () => {
    expect(await selected({ include: ['*.jpg'], ignore: ['skip*'] })).toEqual(['x.jpg', 'z.jpg'])
  })
})

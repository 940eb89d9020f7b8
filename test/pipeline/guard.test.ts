import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunOnceOptions } from '../../main/run-once.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { syncOnce } from '../fakes/run-once.ts'

const FILES = 12
let place: string
let source: string
let host: ReturnType<typeof createFakeHost<typeof realClock>>

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-guard-'))
  source = join(place, 'source')
  mkdirSync(source)
  for (let file = 0; file < FILES; file++) writeFileSync(join(source, `f${file}`), `content ${file}`)
  host = createFakeHost({ clock: realClock })
  await sync()
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

async function sync(options: Partial<RunOnceOptions> = {}): Promise<number> {
  const pair = { source, target: join(place, 'target'), mode: 'mirror' } as const
  const { exitCode } = await syncOnce(host, pair, { guardFiles: 2, ...options })
  return exitCode
}

const kept = (): number => readdirSync(join(place, 'target')).filter((name) => name.startsWith('f')).length

describe('deletions that the guard held back', () => {
  it('stay held run after run, and go once limits for this run let them through', async () => {
    for (let file = 1; file < FILES; file++) rmSync(join(source, `f${file}`))
    expect([await sync(), kept()]).toEqual([5, FILES])
    expect([await sync(), kept()]).toEqual([5, FILES])
    expect([await sync({ guardFiles: 5, allowsDeletions: true }), kept()]).toEqual([5, FILES])
    expect([await sync({ guardFiles: 50, allowsDeletions: true }), kept()]).toEqual([0, 1])
  })

  it('stay held run after run where another folder stands in the place of the known one', async () => {
    renameSync(source, `${source}-away`)
    mkdirSync(source)
    writeFileSync(join(source, 'f0'), 'content 0')
    expect([await sync({ guardFiles: 50 }), kept()]).toEqual([5, FILES])
    expect([await sync({ guardFiles: 50 }), kept()]).toEqual([5, FILES])
    expect([await sync({ guardFiles: 50, allowsDeletions: true }), kept()]).toEqual([0, 1])
    expect(existsSync(join(source, 'f0'))).toBe(true)
  })

  it('of an emptied source go when a person says how many may, and not by themselves', async () => {
    for (let file = 0; file < FILES; file++) rmSync(join(source, `f${file}`))
    expect([await sync({ guardFiles: 1_000 }), kept()]).toEqual([5, FILES])
    expect([await sync({ guardFiles: 5, guardPercent: 0, allowsDeletions: true }), kept()]).toEqual([5, FILES])
    expect([await sync({ guardFiles: 0, guardPercent: 100, allowsDeletions: true }), kept()]).toEqual([0, 0])
  })

  it('are answered by the run itself: kept for good, brought back, or carried out', async () => {
    for (let file = 1; file < FILES; file++) rmSync(join(source, `f${file}`))
    expect([await sync(), kept()]).toEqual([5, FILES])
    expect([await sync({ held: 'restore' }), kept()]).toEqual([0, FILES])
    expect(readdirSync(source)).toHaveLength(FILES)
    for (let file = 1; file < FILES; file++) rmSync(join(source, `f${file}`))
    expect([await sync(), await sync({ held: 'keep' }), await sync(), kept()]).toEqual([5, 0, 0, FILES])
  })

  it('are no question any more once the files are back', async () => {
    renameSync(source, `${source}-away`)
    mkdirSync(source)
    expect([await sync(), kept()]).toEqual([5, FILES])
    rmSync(source, { recursive: true })
    renameSync(`${source}-away`, source)
    expect([await sync(), kept()]).toEqual([0, FILES])
  })
})

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { startEngine, type Harness } from '../fakes/engine-harness.ts'

const FILES = 60
let harness: Harness | undefined
afterEach(async () => {
  await harness?.remove()
  harness = undefined
})

const nameOf = (index: number): string => `d${index % 4}/letter-${index}.txt`
const letter = (index: number): string => `Letter number ${index}. ${'Dear all, '.repeat(60)}`

/** Bytes that nothing explains, the same in every run. */
function noise(index: number): Buffer {
  const blocks = Array.from({ length: 48 }, (_, block) => createHash('sha256').update(`${index} ${block}`).digest())
  return Buffer.concat(blocks)
}

async function startAgreed(): Promise<Harness> {
  harness = await startEngine({
    folder: { mode: 'two-way' },
    settings: { guardFiles: 10, guardPercent: 10 },
    prepare: (source) => {
      for (let folder = 0; folder < 4; folder++) mkdirSync(join(source, `d${folder}`))
      for (let index = 0; index < FILES; index++) writeFileSync(join(source, nameOf(index)), letter(index))
    },
  })
  await harness.until('protected')
  return harness
}

function each(change: (path: string, index: number) => void): void {
  for (let index = 0; index < FILES; index++) change(join(harness!.target, nameOf(index)), index)
}

const encrypt = (): void => each((path, index) => writeFileSync(path, noise(index)))

/** Files of a side that are what they were. */
function intact(side: string): number {
  const found = new Set(readdirSync(side, { recursive: true, encoding: 'utf8' }))
  const isSame = (index: number): boolean =>
    found.has(nameOf(index)) && readFileSync(join(side, nameOf(index)), 'utf8') === letter(index)
  return Array.from({ length: FILES }, (_, index) => index).filter(isSame).length
}

function kept(side: string): number {
  return readdirSync(join(side, '.tidekeep/kept'), { recursive: true, withFileTypes: true }).filter((found) =>
    found.isFile(),
  ).length
}

function heldFor(): Record<string, number> {
  const { store, folderId } = harness!
  return Object.fromEntries(store.queue.holds(folderId).map(({ reason, count }) => [reason, count]))
}

describe('damage at the target of a two-way folder', () => {
  it('does not come here: not one file is replaced before a person agreed', async () => {
    const { source, engine } = await startAgreed()
    encrypt()
    await engine.syncNow()
    expect(intact(source)).toBe(FILES)
    expect(heldFor()).toEqual({ 'mass-overwrite-here': FILES })
    expect(harness!.folder().sentence).toContain('at the target that may be damage')
    await engine.syncNow()
    expect(heldFor()).toEqual({ 'mass-overwrite-here': FILES })
    await engine.decide('f1', 'approve')
    await engine.syncNow()
    expect(intact(source)).toBe(0)
    expect(kept(source)).toBe(FILES)
  })

  it('is noticed where every file took a strange name, with the originals gone', async () => {
    const { source, engine } = await startAgreed()
    each((path, index) => {
      writeFileSync(`${path}.locked`, noise(index))
      rmSync(path)
    })
    await engine.syncNow()
    expect(intact(source)).toBe(FILES)
    expect(readdirSync(join(source, 'd0')).filter((name) => name.endsWith('.locked'))).toEqual([])
    expect(heldFor()).toMatchObject({ 'mass-overwrite-here': FILES })
  })

  it('is noticed where files were only given a strange name', async () => {
    const { source, engine } = await startAgreed()
    each((path) => renameSync(path, `${path}.locked`))
    await engine.syncNow()
    expect(intact(source)).toBe(FILES)
    expect(heldFor()).toEqual({ 'mass-overwrite-here': FILES })
  })

  it('gives way to what the folder holds where a person says so, and is kept at the target', async () => {
    const { source, target, engine } = await startAgreed()
    encrypt()
    await engine.syncNow()
    await engine.decide('f1', 'restore', 'mass-overwrite-here')
    await engine.syncNow()
    expect([intact(source), intact(target)]).toEqual([FILES, FILES])
    expect(kept(target)).toBe(FILES)
    expect(heldFor()).toEqual({})
    await harness!.until('protected')
  })

  it('stays where it is, and is not asked about again, where both are left as they are', async () => {
    const { source, target, engine } = await startAgreed()
    encrypt()
    await engine.syncNow()
    await engine.decide('f1', 'keep')
    await engine.syncNow()
    expect([intact(source), intact(target)]).toEqual([FILES, 0])
    expect(heldFor()).toEqual({})
    writeFileSync(join(target, nameOf(0)), 'Written by a person.')
    await engine.syncNow()
    expect(readFileSync(join(source, nameOf(0)), 'utf8')).toBe('Written by a person.')
  })

  it('is not seen in an honest change of as many files, which comes here unasked', async () => {
    const { source, engine } = await startAgreed()
    each((path, index) => writeFileSync(path, letter(index).replaceAll('all', 'everybody')))
    await engine.syncNow()
    expect(heldFor()).toEqual({})
    expect(intact(source)).toBe(0)
    expect(readFileSync(join(source, nameOf(7)), 'utf8')).toContain('Dear everybody')
    expect(kept(source)).toBe(FILES)
  })
})

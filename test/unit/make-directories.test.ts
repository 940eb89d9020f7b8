import { mkdtempSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { makeDirectories } from '../../main/make-directories.ts'

/** Directories that refuse every new name the way `/proc` and a map of the automounter do, and how often each name was asked for. */
const { refusing, asked } = vi.hoisted(() => ({ refusing: new Set<string>(), asked: [] as string[] }))

vi.mock('node:fs', async (importActual) => {
  const fs = await importActual<typeof import('node:fs')>()
  const path = await import('node:path')
  const mkdirSync = (name: string, options?: object): unknown => {
    asked.push(name)
    if (refusing.has(path.dirname(name))) throw Object.assign(new Error(`ENOENT: mkdir '${name}'`), { code: 'ENOENT' })
    return fs.mkdirSync(name, options)
  }
  return { ...fs, mkdirSync }
})

let place = ''

beforeEach(() => {
  refusing.clear()
  place = mkdtempSync(join(tmpdir(), 'tidekeep-directories-'))
  asked.length = 0
})

describe('making the directories of an installation', () => {
  it('makes everything that is missing, for this user alone, and takes what is there', () => {
    makeDirectories(join(place, 'a', 'b', 'c'))
    for (const made of ['a', 'a/b', 'a/b/c']) expect(statSync(join(place, made)).mode & 0o777).toBe(0o700)
    makeDirectories(join(place, 'a', 'b'))
    makeDirectories(place)
  })

  it('gives up where a directory that is there takes no new name: it asked for that name once', () => {
    refusing.add(place)
    expect(() => makeDirectories(join(place, 'home', 'state', 'main'))).toThrow(/ENOENT.*home'/)
    expect(asked.filter((path) => path === join(place, 'home'))).toHaveLength(1)
  })

  it('says what stands in the way: a file, or a link to nothing', () => {
    writeFileSync(join(place, 'file'), '')
    expect(() => makeDirectories(join(place, 'file'))).toThrow(/EEXIST/)
    expect(() => makeDirectories(join(place, 'file', 'state'))).toThrow(/ENOTDIR/)
    symlinkSync(join(place, 'nothing'), join(place, 'link'))
    expect(() => makeDirectories(join(place, 'link', 'state'))).toThrow(/EEXIST/)
  })
})

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LAUNCHER } from '../fixtures/built.ts'

const PRELOAD = fileURLToPath(new URL('../fixtures/loaded-packages.mjs', import.meta.url))
const base = mkdtempSync(join(tmpdir(), 'tidekeep-start-up-'))

beforeAll(() => {
  mkdirSync(join(base, 'source'))
  writeFileSync(join(base, 'source', 'a.txt'), 'content')
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

function packagesOf(...args: readonly string[]): readonly string[] {
  const { status, stderr } = spawnSync(process.execPath, ['--import', PRELOAD, LAUNCHER, ...args], {
    encoding: 'utf8',
    env: { ...process.env, TIDEKEEP_HOME: join(base, 'home'), NODE_NO_WARNINGS: '1' },
  })
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return JSON.parse(/^loaded: (.*)$/m.exec(stderr)![1]!) as readonly string[]
}

const PROGRAM = join(dirname(dirname(LAUNCHER)), 'out', 'program')

/** What files of the bundle load before they run, themselves included. */
function filesOf(...names: readonly string[]): readonly string[] {
  const found = new Set(names)
  for (const name of found) {
    const code = readFileSync(join(PROGRAM, name), 'utf8')
    for (const [, imported] of code.matchAll(/^(?:import|export) [^'"]*["']\.\/([^'"]+)["'];?$/gm)) found.add(imported!)
  }
  return [...found]
}

describe('the command line', () => {
  it('loads for a local folder nothing that only settings files, distant targets or sign-ins need', () => {
    const first = packagesOf('sync', join(base, 'source'), join(base, 'target'), '-q')
    expect(first).toEqual(expect.arrayContaining(['commander', 'piscina', 'pino']))
    for (const name of ['zod', 'undici', '@azure/msal-node', '@napi-rs/keyring', 'node-diff3'])
      expect(first, name).not.toContain(name)
    const version = packagesOf('--version')
    expect(version).toContain('commander')
    for (const name of ['pino', 'piscina', 'zod']) expect(version, name).not.toContain(name)
  })

  it('is few files, and its threads load none that only the main thread has a use for', () => {
    expect(filesOf('sync.js', 'run-once-engine.js')).toEqual(expect.arrayContaining(['commands.js', 'run.js']))
    expect(filesOf('cli.js', 'sync.js', 'open-config.js', 'node-host.js', 'run-once-engine.js').length).toBeLessThan(20)
    expect(filesOf('cli.js')).not.toEqual(expect.arrayContaining(['host.js']))
    const ofThreads = filesOf('thread-start.js', 'threads.js', 'walk.js', 'list-target.js', 'copy-batch.js')
    expect(ofThreads).toContain('tasks-too.js')
    for (const name of ['commands.js', 'host.js', 'pool.js', 'run.js']) expect(ofThreads, name).not.toContain(name)
  })

  it('is written in ASCII, of which V8 keeps a byte for each character', () => {
    for (const name of readdirSync(PROGRAM)) {
      const code = readFileSync(join(PROGRAM, name))
      expect(
        code.some((byte) => byte > 0x7f),
        name,
      ).toBe(false)
    }
    // The interface's own punctuation is there, as escapes.
    expect(readFileSync(join(PROGRAM, 'commands.js'), 'utf8')).toMatch(/\\u20[0-9a-f]{2}/)
  })

  it('asks Node for its modules without a reading of every member', () => {
    const parts = readdirSync(PROGRAM).filter((name) => name.endsWith('.js'))
    expect(parts.length).toBeGreaterThan(20)
    for (const name of parts) expect(readFileSync(join(PROGRAM, name), 'utf8'), name).not.toMatch(/^import .*"node:/m)
  })
})

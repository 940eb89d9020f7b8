import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
})

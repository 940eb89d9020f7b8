import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createPool } from '../../main/pool.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import { runConformance } from '../../main/providers/conformance/run.ts'
import { createFakeHost } from '../fakes/host.ts'
import { createLocalContents } from './local-content.ts'
import { testConformance } from './suite.ts'

const root = mkdtempSync(join(tmpdir(), 'tidekeep-local-'))
const pool = createPool({ threads: 2 })
const contents = createLocalContents()
const open = (): ReturnType<typeof createLocalProvider> =>
  createLocalProvider({ root, deps: { pool, host: createFakeHost() } })
const provider = open()

afterAll(async () => {
  await provider.close()
  await pool.close()
  contents.remove()
  rmSync(root, { recursive: true, force: true })
})

testConformance('local', {
  provider: () => provider,
  localContent: (bytes) => contents.make(bytes),
  lacks: ['again', 'changes', ...(process.platform === 'linux' ? (['one-case', 'one-form'] as const) : [])],
})

describe('a whole conformance run', () => {
  it('leaves the target as it found it', async () => {
    const before = readdirSync(root)
    const report = await runConformance(async () => open(), {
      signal: new AbortController().signal,
      only: ['keeps a small file byte for byte', 'makes a directory with its parents'],
    })
    expect(report).toMatchObject({ location: root, passed: 2, failed: 0 })
    expect(readdirSync(root)).toEqual(before)
    expect(readdirSync(join(root, '.tidekeep/tmp'))).toEqual([])
    expect(existsSync(join(root, '.tidekeep/target.json'))).toBe(true)
  })
})

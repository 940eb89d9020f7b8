import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Harness, startEngine } from '../fakes/engine-harness.ts'

let harness: Harness | undefined
afterEach(async () => harness?.remove())

describe('what the target lost while the folder was away', () => {
  it.each(['missing', 'an empty mount point'])('is sent again once the folder is back, which was %s', async (how) => {
    harness = await startEngine({ prepare: (source) => writeFileSync(join(source, 'a'), 'a') })
    const { source, target, engine, activity } = harness
    await harness.until('protected')
    renameSync(source, `${source}-away`)
    if (how !== 'missing') mkdirSync(source)
    const before = harness.folder().lastReconcileMs
    engine.wake()
    if (how === 'missing') await harness.until('attention')
    else await expect.poll(() => harness!.folder().lastReconcileMs).not.toBe(before)
    rmSync(join(target, 'a'))
    rmSync(source, { recursive: true, force: true })
    renameSync(`${source}-away`, source)
    engine.wake()
    await expect.poll(() => activity.filter(({ bytesSent }) => bytesSent > 0).length).toBe(2)
    expect(readFileSync(join(target, 'a'), 'utf8')).toBe('a')
  })
})

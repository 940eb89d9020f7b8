import { existsSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import { toRelPath } from '../../common/paths.ts'
import type { Clock } from '../../main/host.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { startEngine, type Harness, type HarnessOptions } from '../fakes/engine-harness.ts'
import { realClock } from '../fakes/real-clock.ts'

const FILES = 12
const TWENTY_MINUTES_MS = 20 * 60_000

let harness: Harness | undefined
afterEach(async () => {
  await harness?.remove()
  harness = undefined
})

async function start(options: HarnessOptions = {}): Promise<Harness> {
  harness = await startEngine({
    prepare: (source) => {
      for (let index = 0; index < FILES; index++) writeFileSync(join(source, `file ${index}`), `content ${index}`)
    },
    ...options,
  })
  await harness.until('protected')
  return harness
}

/** Other bytes under the same name, of the same length and with the same times, as a failing disk has them. */
function rot({ target }: Harness, name: string): void {
  const path = join(target, name)
  const { size, atime, mtime } = statSync(path)
  writeFileSync(path, 'R'.repeat(size))
  utimesSync(path, atime, mtime)
}

describe('a proof of restore', () => {
  it('brings files back through a scratch place that it leaves empty, and dates the folder by it', async () => {
    const opened = await start()
    const { engine, host } = opened
    expect(opened.folder().proof).toBeUndefined()
    await engine.prove('f1')
    const { proof } = opened.folder()
    expect(proof).toMatchObject({ files: FILES, failedFiles: 0, failures: [], provenAtMs: proof?.atMs })
    expect(existsSync(join(host.paths.cache, 'proof-f1'))).toBe(false)
    expect(opened.folder().state).toBe('protected')
  })

  it('says which files could not be brought back and why, until the very same ones can be', async () => {
    const opened = await start()
    const { engine, target, source } = opened
    await engine.prove('f1')
    const provenAtMs = opened.folder().proof?.provenAtMs
    rot(opened, 'file 3')
    rmSync(join(target, 'file 5'))
    await engine.prove('f1')
    expect(opened.folder().proof).toMatchObject({ files: FILES, failedFiles: 2, provenAtMs })
    expect(opened.folder().state).toBe('attention')
    const [row] = engine.status().attention
    expect(row).toMatchObject({ kind: 'unproven', count: 2 })
    expect(row?.message).toMatch(/^source: 2 of 12 files could not be brought back: file /)
    expect(row?.message).toMatch(/file 3 \(its content is not that of the file it was made from\)/)
    expect(row?.message).toMatch(/file 5 \(it is missing at the target\)/)
    writeFileSync(join(target, 'file 3'), 'content 3')
    writeFileSync(join(target, 'file 5'), 'content 5')
    opened.settings = { ...opened.settings, proofBytes: statSync(join(source, 'file 3')).size * 2 }
    await engine.prove('f1')
    expect(opened.folder().proof).toMatchObject({ files: 2, failedFiles: 0 })
    expect(opened.folder().state).toBe('protected')
  })

  it('does not take for damage what others change at the target of a two-way folder', async () => {
    const opened = await start({ folder: { mode: 'two-way' } })
    opened.settings = { ...opened.settings, remotePollMs: 3_600_000 }
    await opened.engine.prove('f1')
    const provenAtMs = opened.folder().proof?.provenAtMs
    writeFileSync(join(opened.target, 'file 3'), 'edited there, and longer')
    rmSync(join(opened.target, 'file 5'))
    await opened.engine.prove('f1')
    expect(opened.folder().proof).toMatchObject({ files: FILES - 2, failedFiles: 0 })
    expect(opened.folder().proof?.provenAtMs).not.toBe(provenAtMs)
  })

  it('goes by the recorded digest where the source has changed since, and is not fooled by that', async () => {
    const opened = await start()
    writeFileSync(join(opened.source, 'file 1'), 'changed 1')
    writeFileSync(join(opened.source, 'file 2'), 'changed 2')
    rot(opened, 'file 2')
    await opened.engine.prove('f1')
    expect(opened.folder().proof?.failures.map(({ path }) => path)).toEqual(['file 2'])
  })

  it('finds what the disk of the source changed without anybody writing it', async () => {
    const opened = await start()
    const { store, folderId, engine } = opened
    const path = toRelPath('file 4')
    writeFileSync(join(opened.source, path), 'content X')
    const stat = statSync(join(opened.source, path), { bigint: true })
    const record = store.baseline.get(folderId, path)!
    // As if neither its times nor its length had moved.
    store.baseline.put(folderId, {
      ...record,
      mtimeNs: stat.mtimeNs,
      identity: { inode: record.identity!.inode, ctimeNs: stat.ctimeNs },
    })
    await engine.prove('f1')
    expect(opened.folder().proof?.failures.map(({ path: failed }) => failed)).toEqual([path])
  })

  it('keeps the proof before it where the target is out of reach: that is no verdict', async () => {
    let isDown = false
    const down = (): void => {
      if (isDown) throw new TidekeepError({ code: 'unavailable', message: 'The disk is away.' })
    }
    const wrap = (target: TargetProvider): TargetProvider =>
      intercept(target, {
        stat: async (path, options) => {
          down()
          return target.stat(path, options)
        },
      })
    const opened = await start({ wrap })
    const { engine } = opened
    await engine.prove('f1')
    const before = opened.folder().proof
    isDown = true
    await expect(engine.prove('f1')).rejects.toMatchObject({ code: 'unavailable' })
    expect(opened.folder().proof).toEqual(before)
    expect(opened.folder().proof?.failedFiles).toBe(0)
  })

  it('turns what was taken over on trust into what was read', async () => {
    const opened = await start()
    const { engine, store, folderId } = opened
    for (const entry of store.baseline.page(folderId, toRelPath(''), undefined, 100)) {
      const { contentHash: _hash, ...rest } = entry
      store.baseline.put(folderId, { ...rest, remote: { ...entry.remote, verifiedBy: 'recorded' } })
    }
    expect(opened.folder().recordedFiles).toBe(FILES)
    await engine.prove('f1')
    expect(opened.folder().recordedFiles).toBeUndefined()
    expect(store.baseline.get(folderId, toRelPath('file 7'))?.contentHash).toMatch(/^[\da-f]{64}$/)
  })
})

/** Real time, but for what is set twenty minutes ahead: the test lets that fall due. */
class EarlyClock implements Clock {
  #due: (() => void) | undefined
  readonly now = (): number => realClock.now()
  readonly monotonic = (): number => realClock.monotonic()
  readonly sleep = (delayMs: number, signal?: AbortSignal): Promise<void> => realClock.sleep(delayMs, signal)

  readonly after = (delayMs: number, run: () => void): (() => void) => {
    if (delayMs !== TWENTY_MINUTES_MS) return realClock.after(delayMs, run)
    this.#due = run
    return () => void (this.#due = undefined)
  }

  fallDue(): void {
    this.#due?.()
  }
}

describe('the schedule of proofs', () => {
  it('proves a folder that is at rest, some time after the start', async () => {
    const clock = new EarlyClock()
    const opened = await start({ clock })
    clock.fallDue()
    await expect.poll(() => opened.folder().proof?.files).toBe(FILES)
  })

  it('proves nothing where proofs are turned off, and nothing while the folder is paused', async () => {
    for (const settings of [{ proofBytes: 0 }, { pausedUntil: 'forever' as const }]) {
      const clock = new EarlyClock()
      const opened = await start({ clock })
      opened.settings = { ...opened.settings, ...settings }
      clock.fallDue()
      // A proof that had begun would have ended by then.
      await opened.engine.stop()
      expect(opened.folder().proof).toBeUndefined()
      await opened.remove()
      harness = undefined
    }
  })
})

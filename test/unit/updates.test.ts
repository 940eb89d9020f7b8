import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StatusView } from '../../common/protocol.ts'
import { createUpdateMemory } from '../../main/state/update-memory.ts'
import type { UpdateCarrier } from '../../main/updates/carrier.ts'
import { Updates } from '../../main/updates/updates.ts'
import { createFakeHost } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { envelopeOf, INSTALLER, makeKey, manifestBytes, NOW_MS, type TestKey } from '../fixtures/release.ts'

const FEED = 'https://updates.example/tidekeep'
const key = makeKey()
const IDLE = { transfers: [], progress: null, folders: [] } as unknown as StatusView
const BUSY = { ...IDLE, transfers: [{}] } as unknown as StatusView

function bench(
  options: { readonly keys?: readonly TestKey[]; readonly carrier?: Partial<UpdateCarrier> | 'none' } = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'tidekeep-updates-'))
  const memoryPath = join(directory, 'state', 'updates.json')
  const clock = new VirtualClock(NOW_MS)
  const host = createFakeHost({ clock })
  const self = {
    clock,
    host,
    memoryPath,
    manifest: manifestBytes(),
    envelope: undefined as string | undefined,
    installer: INSTALLER,
    settings: { updateChecks: true, updateChannel: 'stable' as 'stable' | 'beta', updateWhenIdle: false },
    asked: [] as string[],
    installs: 0,
    isOnline: true,
    isWatched: false,
    mayDownload: true,
    path: join(directory, 'installer'),
  }
  const carrier: UpdateCarrier = {
    platform: 'linux',
    arch: 'x64',
    kind: 'AppImage',
    fetchBytes: async (url) => {
      self.asked.push(url)
      if (!self.isOnline) throw new Error('no route')
      return url.endsWith('.sig') ? Buffer.from(self.envelope ?? envelopeOf(self.manifest, key)) : self.manifest
    },
    download: async ({ url }) => {
      self.asked.push(url)
      writeFileSync(self.path, self.installer)
      return self.path
    },
    isWatched: () => self.isWatched,
    install: () => void self.installs++,
    ...(options.carrier === 'none' ? {} : options.carrier),
  }
  const make = () =>
    new Updates({
      host,
      tell: (notice) => host.notify(notice),
      carrier: options.carrier === 'none' ? undefined : carrier,
      settings: () => self.settings,
      memory: createUpdateMemory(memoryPath),
      source: { keys: options.keys ?? [key], feed: FEED },
      installed: '1.2.0',
      mayDownload: () => self.mayDownload,
    })
  const updates = make()
  const check = async (which = updates) => {
    await which.check()
    await which.settled()
    return which.view().state
  }
  return { ...self, self, updates, make, check }
}

describe('updates', () => {
  it('are downloaded, verified and told of, and installed only when a person says so', async () => {
    const { self, updates, check, host } = bench()
    expect(await check()).toEqual({ kind: 'ready', version: '1.3.0' })
    expect(self.asked).toEqual([
      `${FEED}/stable/manifest.json`,
      `${FEED}/stable/manifest.json.sig`,
      `${FEED}/stable/Tidekeep-1.3.0-linux-x86_64.AppImage`,
    ])
    expect(host.notices.map(({ title }) => title)).toEqual(['Tidekeep 1.3.0 is ready'])
    expect(self.installs).toBe(0)
    await updates.install()
    expect(self.installs).toBe(1)
  })

  it('are off, and ask nothing, without a pinned key, and where the program is updated by other means', async () => {
    for (const [options, why] of [
      [{ keys: [] }, 'no-key'],
      [{ carrier: 'none' }, 'elsewhere'],
      [{ carrier: { kind: undefined } }, 'package'],
    ] as const) {
      const { self, check, updates, clock } = bench(options)
      updates.start()
      await clock.advance(86_400_000)
      expect(await check()).toEqual({ kind: 'off', why })
      expect(self.asked).toEqual([])
    }
  })

  it('never become ready with another file than was signed for', async () => {
    const { self, check, updates } = bench()
    self.installer = Buffer.alloc(INSTALLER.length)
    expect(await check()).toEqual({ kind: 'refused', reason: 'wrong-content' })
    await expect(updates.install()).rejects.toMatchObject({ code: 'unavailable' })
    expect(self.installs).toBe(0)
  })

  it('are not installed from a file that changed after it was verified', async () => {
    const { self, check, updates } = bench()
    await check()
    writeFileSync(self.path, Buffer.alloc(INSTALLER.length))
    await expect(updates.install()).rejects.toMatchObject({ code: 'corrupt' })
    expect(self.installs).toBe(0)
    expect(updates.view().state).toEqual({ kind: 'refused', reason: 'wrong-content' })
  })

  it('remember the newest release of a channel across starts, and refuse an older one that is shown again', async () => {
    const { self, check, make } = bench()
    self.manifest = manifestBytes({ version: '1.4.0' })
    await check()
    self.manifest = manifestBytes()
    expect(await check(make())).toEqual({ kind: 'refused', reason: 'replayed' })
    self.settings = { ...self.settings, updateChannel: 'beta' }
    self.manifest = manifestBytes({ channel: 'beta' })
    expect((await check(make())).kind).toBe('ready')
  })

  it('refuse everything while what was seen before cannot be read', async () => {
    const { self, check, make } = bench()
    await check()
    writeFileSync(self.memoryPath, '{')
    expect(await check(make())).toEqual({ kind: 'refused', reason: 'check-failed' })
    expect(readFileSync(self.memoryPath, 'utf8')).toBe('{')
  })

  it('stay ready while the server cannot be reached, and are gone when it answers something wrong', async () => {
    const { self, check } = bench()
    await check()
    self.isOnline = false
    expect((await check()).kind).toBe('ready')
    self.isOnline = true
    self.envelope = '{}'
    expect(await check()).toEqual({ kind: 'refused', reason: 'bad-envelope' })
  })

  it('are looked for by themselves two minutes after the start, and four times a day', async () => {
    const { self, updates, clock } = bench()
    updates.start()
    await clock.advance(119_000)
    expect(self.asked).toEqual([])
    await clock.advance(31 * 60_000)
    expect(self.asked.length).toBeGreaterThan(0)
    const first = self.asked.length
    await updates.settled()
    await clock.advance(7 * 3_600_000)
    expect(self.asked.length).toBeGreaterThan(first)
    await updates.stop()
  })

  it('are not looked for by themselves where a person switched that off', async () => {
    const { self, updates, clock } = bench()
    self.settings = { ...self.settings, updateChecks: false }
    updates.start()
    await clock.advance(86_400_000)
    expect(self.asked).toEqual([])
    await updates.stop()
  })

  it('are not downloaded by themselves where that costs, but when a person asks', async () => {
    const { self, updates, clock, check } = bench()
    self.mayDownload = false
    updates.start()
    await clock.advance(40 * 60_000)
    await updates.settled()
    expect(updates.view().state).toEqual({ kind: 'found', version: '1.3.0' })
    expect((await check()).kind).toBe('ready')
    await updates.stop()
  })

  it('are installed by themselves only where that is set, once nothing was under way for ten minutes and no window is open', async () => {
    const { self, updates, clock, check } = bench()
    await check()
    const pass = async (status: StatusView, minutes: number): Promise<void> => {
      for (let minute = 0; minute < minutes; minute++) {
        updates.update(status)
        await clock.advance(60_000)
      }
      updates.update(status)
      await updates.settled()
    }
    await pass(IDLE, 30)
    expect(self.installs).toBe(0)
    self.settings = { ...self.settings, updateWhenIdle: true }
    await pass(BUSY, 30)
    self.isWatched = true
    await pass(IDLE, 30)
    self.isWatched = false
    await pass(IDLE, 9)
    expect(self.installs).toBe(0)
    await pass(IDLE, 2)
    expect(self.installs).toBe(1)
  })
})

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../main/host.ts'
import { BurstMeter } from '../../main/engine/watch/burst-meter.ts'
import { DirectoryWatcher, type WatchDirectory } from '../../main/engine/watch/directory-watcher.ts'
import { startHeartbeat } from '../../main/engine/watch/heartbeat.ts'
import { networkFolderKind, type MountLookup } from '../../main/engine/watch/network-folder.ts'
import { createOpenWatcher } from '../../main/engine/watch/open-watcher.ts'
import type { OpenRawWatcher, RawEvent, RawListener, WatchFailure } from '../../main/engine/watch/raw-watcher.ts'
import type { HintBatch, Watcher } from '../../main/engine/watch/watcher.ts'
import { RecordingLog } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const places: string[] = []
const endings: (() => Promise<void>)[] = []
const freshPlace = (): string => {
  const place = mkdtempSync(join(tmpdir(), 'tidekeep-watch-fault-'))
  places.push(place)
  return place
}
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true })
})

/** A backend that does as it is told. */
class ScriptedBackend {
  readonly opened: RawListener[] = []
  resyncs = 0
  isUnusable = false
  closes = 0
  /** The next openings break at once with these, then they work. */
  readonly failures: WatchFailure[] = []
  readonly open: OpenRawWatcher = (_, listener) => {
    if (this.isUnusable) throw Object.assign(new Error('EIO'), { code: 'EIO' })
    this.opened.push(listener)
    const failure = this.failures.shift()
    if (failure !== undefined) listener.onBroken(failure)
    return {
      ready: Promise.resolve(),
      resync: () => Promise.resolve(void this.resyncs++),
      close: () => Promise.resolve(void this.closes++),
    }
  }
}

class Folder {
  readonly root = freshPlace()
  readonly clock = new VirtualClock()
  readonly backend = new ScriptedBackend()
  readonly batches: HintBatch[] = []
  readonly watcher: Watcher

  constructor({ network, failures = [] }: { network?: string; failures?: readonly WatchFailure[] } = {}) {
    this.backend.failures.push(...failures)
    const openWatcher = createOpenWatcher({
      clock: this.clock,
      log: new RecordingLog(),
      backend: this.backend.open,
      networkKind: () => Promise.resolve(network),
    })
    this.watcher = openWatcher({ root: this.root, isIgnored: () => false, settleMs: 500, settleMaxMs: 5_000 })
    const stop = new AbortController()
    const reading = this.#read(stop.signal)
    endings.push(async () => {
      stop.abort()
      await reading
      expect(this.clock.pending).toBe(0)
      expect(this.backend.closes).toBe(this.backend.opened.length)
    })
  }

  async #read(signal: AbortSignal): Promise<void> {
    for await (const batch of this.watcher.batches(signal)) {
      this.batches.push(batch)
      batch.acknowledge()
    }
  }

  /** Moves time on in steps until it is so; real file-system calls happen in between. */
  async until(what: string, isTrue: () => boolean, stepMs = 100): Promise<void> {
    const deadlineMs = performance.now() + 60_000
    for (let step = 0; performance.now() < deadlineMs; step++) {
      if (isTrue()) return
      await this.clock.advance(stepMs)
      // What the file system does takes its own time, which is longer on a busy computer.
      await new Promise((resolve) => (step < 200 ? setImmediate(resolve) : setTimeout(resolve, 2)))
    }
    throw new Error(`never: ${what}`)
  }

  get kind(): string {
    return this.watcher.coverage.kind
  }
}

describe('a burst of events', () => {
  it('that no queue of the system holds counts as lost, once for each turn', async () => {
    let bursts = 0
    const meter = new BurstMeter(() => bursts++)
    for (let event = 0; event < 3_999; event++) meter.note()
    expect(bursts).toBe(0)
    for (let event = 0; event < 10_000; event++) meter.note()
    expect(bursts).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    for (let event = 0; event < 3_999; event++) meter.note()
    expect(bursts).toBe(1)
  })
})

describe('a watched folder', () => {
  it.each([
    ['ENOSPC', 'Run: sudo sysctl fs.inotify.max_user_watches=524288'],
    ['EMFILE', 'Run: sudo sysctl fs.inotify.max_user_instances=1024'],
  ] as const)('is polled and says how to lift the limit on %s, and is watched again later', async (code, fix) => {
    const folder = new Folder({ failures: [{ kind: 'limit', code }] })
    await folder.until('degraded', () => folder.kind === 'degraded')
    expect(folder.watcher.coverage.fix).toBe(fix)
    expect(folder.backend.closes).toBe(1)
    await folder.until('polled', () => folder.batches.length > 0, 1_000)
    expect(folder.batches[0]?.hints).toEqual([{ path: '', recursive: true, cause: 'poll' }])
    await folder.until('live', () => folder.kind === 'live', 10_000)
    await folder.until('overflow', () => folder.batches.at(-1)?.overflow === true)
  })

  it('is opened again with growing pauses when its watcher fails, and then wholly looked at', async () => {
    const error: WatchFailure = { kind: 'error', code: 'EIO' }
    const folder = new Folder({ failures: [error, error, error] })
    const startMs = folder.clock.monotonic()
    await folder.until('degraded', () => folder.kind === 'degraded')
    expect(folder.watcher.coverage.reason).toContain('EIO')
    await folder.until('live', () => folder.kind === 'live')
    expect(folder.clock.monotonic() - startMs).toBeGreaterThanOrEqual(7_000)
    await folder.until('overflow', () => folder.batches.at(-1)?.overflow === true)
    expect(folder.backend.opened).toHaveLength(4)
  })

  it('is wholly looked at, and its watches completed, after a backend lost events', async () => {
    const folder = new Folder()
    await folder.until('live', () => folder.kind === 'live')
    folder.backend.opened[0]?.onEvent({ path: 'a', kind: 'changed' })
    folder.backend.opened[0]?.onOverflow()
    await folder.until('overflow', () => folder.batches.length > 0)
    expect(folder.batches).toMatchObject([{ hints: [], overflow: true }])
    expect(folder.backend.resyncs).toBe(1)
  })

  it('says nothing at its first opening: the engine looks at everything by itself', async () => {
    const folder = new Folder()
    await folder.until('live', () => folder.kind === 'live')
    await folder.clock.advance(20_000)
    expect(folder.batches).toEqual([])
  })

  it('on a network is polled every five minutes and never watched', async () => {
    const folder = new Folder({ network: 'NFS' })
    await folder.until('polled', () => folder.kind === 'polled')
    expect(folder.watcher.coverage.reason).toContain('NFS')
    await folder.until('a poll', () => folder.batches.length === 2, 10_000)
    expect(folder.batches[1]?.hints).toEqual([{ path: '', recursive: true, cause: 'poll' }])
    expect(folder.backend.opened).toEqual([])
  })

  it('is opened again when another directory took its place without a sign', async () => {
    const folder = new Folder()
    await folder.until('live', () => folder.kind === 'live')
    const aside = `${folder.root}-aside`
    places.push(aside)
    renameSync(folder.root, aside)
    mkdirSync(folder.root)
    await folder.until('overflow', () => folder.batches.at(-1)?.overflow === true, 1_000)
    expect(folder.backend.opened).toHaveLength(2)
  })

  it('goes on when its backend cannot even be opened', async () => {
    const folder = new Folder()
    folder.backend.isUnusable = true
    await folder.until('degraded', () => folder.kind === 'degraded')
    folder.backend.isUnusable = false
    await folder.until('live', () => folder.kind === 'live')
  })
})

describe('the watcher of directories', () => {
  /** Opens one on a real tree whose nth watch fails. */
  async function opened(
    root: string,
    watchDirectory: WatchDirectory,
  ): Promise<{ failures: WatchFailure[]; events: RawEvent[]; size: number }> {
    const failures: WatchFailure[] = []
    const events: RawEvent[] = []
    const raw = new DirectoryWatcher(
      { root, isIgnored: () => false },
      {
        onEvent: (event) => events.push(event),
        onOverflow: () => undefined,
        onBroken: (failure) => failures.push(failure),
      },
      watchDirectory,
    )
    await raw.ready
    const { size } = raw
    endings.push(() => raw.close())
    return { failures, events, size }
  }
  const failingAt = (
    nth: number,
    code: string,
  ): { readonly watchDirectory: WatchDirectory; readonly open: Set<string> } => {
    let calls = 0
    const stillOpen = new Set<string>()
    return {
      open: stillOpen,
      watchDirectory: (path, onEvent) => {
        if (++calls === nth) throw Object.assign(new Error(code), { code })
        const handle = watch(path, onEvent)
        stillOpen.add(path)
        handle.on('close', () => stillOpen.delete(path))
        return handle
      },
    }
  }

  it.each(['ENOSPC', 'EMFILE'])('gives every watch back when it meets %s', async (code) => {
    const root = freshPlace()
    for (let index = 0; index < 10; index++) mkdirSync(join(root, `d${index}`))
    const { watchDirectory, open } = failingAt(6, code)
    expect((await opened(root, watchDirectory)).failures).toEqual([{ kind: 'limit', code }])
    await expect.poll(() => open.size).toBe(0)
  })

  it.each(['ENOENT', 'EACCES'])('goes on without a directory that answers %s', async (code) => {
    const root = freshPlace()
    for (let index = 0; index < 10; index++) mkdirSync(join(root, `d${index}`))
    const result = await opened(root, failingAt(6, code).watchDirectory)
    expect(result.failures).toEqual([])
  })

  it('says that the root is gone when it cannot be watched', async () => {
    expect((await opened(freshPlace(), failingAt(1, 'ENOENT').watchDirectory)).failures).toEqual([
      { kind: 'root-gone' },
    ])
    expect((await opened(join(freshPlace(), 'none'), watch)).failures).toEqual([{ kind: 'root-gone' }])
  })

  it('breaks when a watch reports an error', async () => {
    const root = freshPlace()
    const handles: ReturnType<typeof watch>[] = []
    const result = await opened(root, (path, onEvent) => {
      const handle = watch(path, onEvent)
      handles.push(handle)
      return handle
    })
    handles[0]?.emit('error', Object.assign(new Error('EIO'), { code: 'EIO' }))
    expect(result.failures).toEqual([{ kind: 'error', code: 'EIO' }])
  })

  it('meets the real limit of the kernel without failing', () => {
    const root = freshPlace()
    for (let index = 0; index < 40; index++) mkdirSync(join(root, `d${index}`))
    writeFileSync(join(root, 'f'), '')
    const child = fileURLToPath(new URL('watch-limit-child.ts', import.meta.url))
    const lowered = 'echo 20 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"'
    const run = spawnSync('unshare', ['-Ur', 'sh', '-c', lowered, process.execPath, child, root], { encoding: 'utf8' })
    if (run.status !== 0) {
      console.log(`not run: the real inotify limit (needs unshare -Ur; ${run.stderr.trim()})`)
      expect(process.env['REQUIRE_REAL']).not.toBe('1')
      return
    }
    expect(JSON.parse(run.stdout)).toMatchObject({
      kind: 'degraded',
      fix: 'Run: sudo sysctl fs.inotify.max_user_watches=524288',
    })
  })
})

describe('the heartbeat', () => {
  /** A clock whose timers run as late as told. */
  function lateClock(latenesses: number[]): { readonly clock: Clock; readonly run: () => void } {
    let nowMs = 0
    let next: { readonly dueMs: number; readonly run: () => void } | undefined
    const clock: Clock = {
      ...realClock,
      monotonic: () => nowMs,
      after: (delayMs, run) => {
        next = { dueMs: nowMs + delayMs, run }
        return () => (next = undefined)
      },
    }
    return {
      clock,
      run: () => {
        const timer = next
        if (timer === undefined) return
        nowMs = timer.dueMs + (latenesses.shift() ?? 0)
        timer.run()
      },
    }
  }

  it('tells when the loop stood still for more than two seconds', () => {
    const blocked: number[] = []
    const { clock, run } = lateClock([3, 1_900, 2_500, 0])
    const end = startHeartbeat(clock, (blockedMs) => blocked.push(blockedMs))
    for (let beat = 0; beat < 4; beat++) run()
    expect(blocked).toEqual([2_500])
    end()
    run()
    expect(blocked).toHaveLength(1)
  })
})

describe('the kind of a network folder', () => {
  const lookup = (type: number, mounts = '', platform: NodeJS.Platform = 'linux'): MountLookup => ({
    platform,
    fileSystemType: () => Promise.resolve(type),
    mounts: () => Promise.resolve(mounts),
  })
  const MOUNTS = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '40 22 0:35 / /home/me/cloud rw,nosuid shared:2 - fuse.rclone remote: rw',
    String.raw`41 22 8:17 / /media/My\040Disk rw shared:3 - fuseblk /dev/sdb1 rw`,
  ].join('\n')

  it.each([
    [0x6969, 'NFS'],
    [0xfe534d42, 'SMB'],
    [-0x1acb2be, 'SMB'],
    [0xef53, undefined],
    [0x9123683e, undefined],
  ])('follows the type %i', async (type, kind) => {
    expect(await networkFolderKind('/x', lookup(type))).toBe(kind)
  })

  it('tells a remote file system in user space from a local disk', async () => {
    expect(await networkFolderKind('/home/me/cloud/photos', lookup(0x65735546, MOUNTS))).toBe('fuse.rclone')
    expect(await networkFolderKind('/media/My Disk/photos', lookup(0x65735546, MOUNTS))).toBeUndefined()
  })

  it('knows a network path on Windows by its form', async () => {
    expect(await networkFolderKind(String.raw`\\server\share\x`, lookup(0, '', 'win32'))).toBe('SMB')
    expect(await networkFolderKind(String.raw`\\?\C:\x`, lookup(0, '', 'win32'))).toBeUndefined()
    expect(await networkFolderKind(String.raw`C:\x`, lookup(0, '', 'win32'))).toBeUndefined()
  })

  it('takes this machine for what it is', async () => {
    expect(await networkFolderKind(tmpdir())).toBeUndefined()
  })
})

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Coverage, FolderId, Hint } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import type { ActivityView, FolderView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type FolderSettings, type Settings } from '../../common/settings.ts'
import type { Clock } from '../../main/host.ts'
import type { EngineDeps } from '../../main/engine/engine-deps.ts'
import { RunningEngine } from '../../main/engine/running-engine.ts'
import type { HintBatch, OpenWatcher, Watcher } from '../../main/engine/watch/watcher.ts'
import { createLocalScanner } from '../../main/engine/scan/local-scanner.ts'
import { createPool } from '../../main/pool.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { createBringBack } from '../../main/restore/bring-back.ts'
import { createProve } from '../../main/restore/prove.ts'
import { openTarget } from '../../main/providers/registry.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import type { Store } from '../../main/state/store.ts'
import type { Pool } from '../../workers/tasks.ts'
import { createFakeHost, type FakeHost } from './host.ts'
import { realClock } from './real-clock.ts'

/** A watcher that says what the test says. */
export class ManualWatcher implements Watcher {
  coverage: Coverage = { kind: 'live' }
  acknowledged = 0
  readonly #batches: HintBatch[] = []
  #wake: () => void = () => undefined

  hint(paths: readonly string[], options: { readonly recursive?: boolean; readonly overflow?: boolean } = {}): void {
    const hints: Hint[] = paths.map((path) => ({
      path: toRelPath(path),
      recursive: options.recursive === true,
      cause: 'watch',
    }))
    this.#batches.push({ hints, overflow: options.overflow === true, acknowledge: () => void this.acknowledged++ })
    this.#wake()
  }

  async *batches(signal: AbortSignal): AsyncGenerator<HintBatch> {
    signal.addEventListener('abort', () => this.#wake())
    while (!signal.aborted) {
      const batch = this.#batches.shift()
      if (batch !== undefined) yield batch
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  onCoverageChange(): () => void {
    return () => undefined
  }
}

/** Options of {@link startEngine}. */
export interface HarnessOptions {
  readonly folder?: Partial<FolderSettings>
  readonly settings?: Partial<Settings>
  /** Stands between the engine and the real target, or takes its place. */
  readonly wrap?: (target: TargetProvider, store: Store) => TargetProvider
  /** Reuse of an earlier harness's directories: a restart. */
  readonly place?: string
  /** See `Host.bootId`. */
  readonly bootId?: string
  readonly prepare?: (source: string, target: string) => void
  /** Real time by default. */
  readonly clock?: Clock
  /** Instead of the manual watcher. */
  readonly openWatcher?: OpenWatcher
  readonly listeners?: Pick<EngineDeps, 'onDead' | 'onScanned' | 'onQuiet' | 'speed'>
}

/** One folder on a real disk with the real stages, a manual watcher and the real clock. */
export interface Harness {
  readonly place: string
  readonly source: string
  readonly target: string
  readonly host: FakeHost
  readonly store: Store
  readonly pool: Pool
  readonly engine: RunningEngine
  readonly watcher: ManualWatcher
  readonly activity: ActivityView[]
  readonly folderId: FolderId
  settings: Settings
  folder(): FolderView
  /** Resolves when the folder says `state`; rejects after a minute with what it says instead. */
  until(state: FolderView['state']): Promise<FolderView>
  stop(options?: { readonly now?: boolean }): Promise<void>
  remove(): Promise<void>
}

export async function startEngine(options: HarnessOptions = {}): Promise<Harness> {
  const place = options.place ?? mkdtempSync(join(tmpdir(), 'tidekeep-engine-'))
  const source = join(place, 'source')
  const target = join(place, 'target')
  mkdirSync(source, { recursive: true })
  if (options.place === undefined) mkdirSync(target)
  options.prepare?.(source, target)
  const host = createFakeHost({ clock: options.clock ?? realClock })
  const pool = createPool({ threads: 2 })
  const { store } = await openStore({
    directory: join(place, 'state'),
    clock: realClock,
    log: host.log,
    bootId: options.bootId ?? 'one boot',
  })
  const watcher = new ManualWatcher()
  const folder: FolderSettings = {
    id: 'f1',
    name: 'source',
    path: source,
    target,
    mode: 'backup',
    paused: false,
    ignore: [],
    ...options.folder,
  }
  const activity: ActivityView[] = []
  // What the manual watcher tells is settled: what is missing needs no long wait for its other half.
  const settles = options.openWatcher === undefined ? { settleMaxMs: 250 } : {}
  const harness = {
    settings: { ...DEFAULT_SETTINGS, ignore: [], folders: [folder], ...settles, ...options.settings } as Settings,
  }
  const engine = new RunningEngine({
    host,
    store,
    pool,
    version: 'test',
    settings: () => harness.settings,
    openTarget: async (asked) => {
      const opened = await openTarget(
        asked.target,
        {},
        { host, pool, secrets: noSecrets, mustExist: store.folders.get('f1' as FolderId).compared },
      )
      return options.wrap?.(opened, store) ?? opened
    },
    openSource: async (asked) => {
      const mustExist = store.folders.get('f1' as FolderId).compared
      return createLocalProvider({ root: asked.path, deps: { host, pool }, mustExist })
    },
    openScanner: (asked) =>
      createLocalScanner(pool)({
        root: asked.path,
        ignoreLines: [...harness.settings.ignore, ...asked.ignore],
        excludedPaths: [],
      }),
    openWatcher: ({ path: root }) => {
      const { settleMs, settleMaxMs } = harness.settings
      return options.openWatcher?.({ root, isIgnored: () => false, settleMs, settleMaxMs }) ?? watcher
    },
    bringBack: createBringBack(host.clock),
    prove: createProve(host),
    ...options.listeners,
  })
  engine.onActivity((rows) => void activity.push(...rows))
  await engine.start()
  const view = (): FolderView => engine.status().folders[0]!
  const stop = async (how?: { readonly now?: boolean }): Promise<void> => {
    await engine.stop(how)
    await pool.close()
    store.close()
  }
  return Object.assign(harness, {
    place,
    source,
    target,
    host,
    store,
    pool,
    engine,
    watcher,
    activity,
    folderId: 'f1' as FolderId,
    folder: view,
    until: async (state: FolderView['state']) => {
      const deadline = performance.now() + 60_000
      while (view().state !== state) {
        if (performance.now() > deadline)
          throw new Error(`the folder is not ${state} but ${view().state}: ${view().sentence} ${deadLetters(store)}`)
        await realClock.sleep(10)
      }
      return view()
    },
    stop,
    remove: async () => {
      await stop()
      rmSync(place, { recursive: true, force: true })
    },
  })
}

function deadLetters(store: Store): string {
  return store.queue
    .list({ state: 'dead', limit: 5 })
    .map(({ action, failure }) => `${action.kind} ${action.path}: ${failure?.code} ${failure?.message}`)
    .join('; ')
}

const noSecrets = {
  get: async () => undefined,
  set: async () => undefined,
  remove: async () => undefined,
  describe: () => 'none',
}

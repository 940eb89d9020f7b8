import { join } from 'node:path'
import { activateFirst, chosenLanguage, languageWishes } from '../common/messages/languages.ts'
import type { FolderId } from '../common/model.ts'
import type { Settings } from '../common/settings.ts'
import type { Handlers, StatusView, TopicName, Topics } from '../common/protocol.ts'
import type { ApiDeps } from './api/deps.ts'
import { watchSleep } from './after-sleep.ts'
import { createHandlers } from './api/handlers.ts'
import type { Application } from './application.ts'
import { createOpenWatcher } from './engine/watch/open-watcher.ts'
import { Notices } from './engine/notices.ts'
import type { EngineDeps } from './engine/engine-deps.ts'
import { RunningEngine } from './engine/running-engine.ts'
import { createRuleDecisions } from './conflicts/rule-decisions.ts'
import { createAccounts, type Accounts } from './accounts/accounts.ts'
import { placeBy } from './accounts/place.ts'
import { createSendBeat, Heartbeat } from './heartbeat.ts'
import type { Host, Secrets } from './host.ts'
import { pricesOf } from './delta/folder-prices.ts'
import { createMemoryReturn } from './memory.ts'
import { stateDirectory } from './pairs.ts'
import { readOnly } from './providers/decorators/read-only.ts'
import { createBringBack } from './restore/bring-back.ts'
import { openPastUse } from './restore/past-use.ts'
import { createProve } from './restore/prove.ts'
import { createLocalScanner } from './engine/scan/local-scanner.ts'
import { acquireInstanceLock, type InstanceLock } from './state/instance-lock.ts'
import { openSecrets } from './secrets/open-secrets.ts'
import { Speed } from './speed/speed.ts'
import { resolveSettings } from './state/config-resolution.ts'
import { openSettings, type SettingsStore } from './state/settings-store.ts'
import { openStore } from './state/sqlite-store.ts'
import { createUpdateMemory } from './state/update-memory.ts'
import { copyStateOfOtherVersion, recordVersion } from './state/version-backup.ts'
import type { Store } from './state/store.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { RELEASE_SOURCE } from './updates/release-keys.ts'
import { type UpdateParts, Updates } from './updates/updates.ts'
import { VERSION } from './version.ts'
import { WorkLength } from './work-length.ts'
import {
  explainIgnored,
  openDelta,
  openComparison,
  openDeltaDownloads,
  openFolderScanner,
  openFolderSource,
  openFolderTarget,
  openWorkbench,
  surveyFolder,
  watchOptions,
  type Workbench,
} from './workbench.ts'

/** Options of {@link createApplication}. */
export interface ComposeOptions {
  readonly host: Host
  readonly env: NodeJS.ProcessEnv
}

/**
 * Builds the whole program for one host. The only file that knows every concrete class. Throws
 * `locked` when another instance uses the same state, `invalid` when the settings cannot be read,
 * `unsupported` when a newer version wrote the state; nothing is touched then.
 */
export async function createApplication({ host, env }: ComposeOptions): Promise<Application> {
  const lock = acquireInstanceLock(stateDirectory(host.paths))
  try {
    const settings = await openSettings(host.paths.config)
    const directory = stateDirectory(host.paths)
    copyStateOfOtherVersion(directory, VERSION)
    const { store, note } = await openStore({ ...host, directory })
    recordVersion(directory, VERSION)
    if (note !== undefined) host.notify({ id: 'state', title: 'Tidekeep', body: note })
    const secrets = await openSecrets({ paths: host.paths, env, log: host.log })
    const accounts = createAccounts(host, secrets)
    const bench = openWorkbench(host, env, settings.get(), { keys: { secrets, oneDrive: accounts } })
    return new ComposedApplication({ bench, secrets, accounts, store, settings, lock })
  } catch (error) {
    lock.release()
    throw error
  }
}

interface Parts {
  readonly bench: Workbench
  readonly secrets: Secrets
  readonly accounts: Accounts
  readonly store: Store
  readonly settings: SettingsStore
  readonly lock: InstanceLock
}

class ComposedApplication implements Application {
  readonly handlers: Handlers
  readonly #parts: Parts
  readonly #engine: RunningEngine
  readonly #metrics: Metrics
  readonly #heartbeat: Heartbeat
  readonly #speed: Speed
  readonly #updates: Updates
  readonly #notices: Notices
  readonly #work = new WorkLength()
  /** What the handlers began and must end before state is closed. */
  readonly #ends: (() => Promise<void>)[] = []
  #endSleepWatch = (): void => undefined
  #isReady = false
  #isOpen = false
  #closing: Promise<void> | undefined

  constructor(parts: Parts) {
    const { bench, secrets, accounts, store, settings } = parts
    this.#parts = parts
    this.#speed = new Speed({
      host: bench.host,
      settings: () => settings.get(),
      waits: () => accounts.waits(),
      onChange: (verdict) => {
        bench.limiter.setLimits(verdict)
        if (this.#isOpen) this.#engine.applySettings().catch(() => bench.host.log.error('speed-not-applied'))
      },
    })
    const speak = (): void => activateFirst(languageWishes(bench.env, settings.get().language))
    speak()
    settings.onChange(() => {
      speak()
      bench.device.use(settings.get())
      this.#speed.refresh()
    })
    this.#notices = new Notices(bench.host, () => settings.get())
    this.#updates = createUpdates(parts, this.#speed, (notice) => this.#notices.tell(notice))
    const past = openPastUse(bench.host)
    this.#engine = createEngine(parts, this.#speed, {
      ...past,
      alongside: () => this.#alongside(),
      onDead: ({ kind }) => this.#metrics.failed(kind),
      onScanned: (durationMs) => this.#metrics.scanned(durationMs),
      onQuiet: createQuietEnd(this.#work),
    })
    this.#engine.onActivity((rows) => this.#work.done(rows.length))
    this.#metrics = createMetrics({ engine: this.#engine, meter: bench.meter, store, settings })
    this.#heartbeat = new Heartbeat(bench.host, () => settings.get(), createSendBeat(bench.host.clock))
    this.#engine.onStatus((status) => {
      this.#notices.update(status)
      this.#heartbeat.update(status)
      this.#updates.update(status)
    })
    this.handlers = createHandlers({
      ...past,
      engine: this.#engine,
      store,
      settings,
      accounts,
      speed: this.#speed,
      updates: this.#updates,
      heartbeat: this.#heartbeat,
      signInPlace: (tenant) => placeBy(inForce(settings, bench.env), tenant),
      language: () => chosenLanguage(bench.env, settings.get().language),
      host: bench.host,
      describeSecrets: () => secrets.describe(),
      openTarget: (target, s3, mustExist = false) =>
        openFolderTarget(bench, { feeds: store.feeds }, { id: '', target, s3 }, mustExist),
      openScanner: createLocalScanner(bench.pool),
      ignoreRules: ignoreRulesOf(bench),
      compareIn: (target, work) => work(openComparison(bench, target)),
      openDelta: (target) => openDeltaDownloads(bench, target, settings.get().deltaThreshold),
      pricesOf: (folder) => pricesOf(bench, folder),
      onStop: (end) => void this.#ends.push(end),
    })
  }

  subscribe<T extends TopicName>(topic: T, listener: (value: Topics[T]) => void): () => void {
    if (topic === 'status') return this.#engine.onStatus(listener as (value: Topics['status']) => void)
    return this.#engine.onActivity(listener as (value: Topics['activity']) => void)
  }

  async start(): Promise<void> {
    // First: what must not go out on battery does not begin.
    await this.#speed.start()
    this.#isOpen = true
    this.#endSleepWatch = watchSleep(this.#parts.bench.host.clock, () => this.wake())
    await this.#engine.start()
    this.#updates.start()
    this.#isReady = true
  }

  async stop(options?: { readonly now?: boolean }): Promise<void> {
    this.#isReady = false
    this.#isOpen = false
    this.#speed.stop()
    this.#endSleepWatch()
    // A second stop may hurry the first; what both wait for is closed once.
    await Promise.all([this.#updates.stop(), this.#heartbeat.stop(), this.#engine.stop(options)])
    this.#closing ??= this.#close()
    await this.#closing
  }

  ready(): boolean {
    return this.#isReady
  }

  metrics(): Promise<string> {
    return this.#metrics.text()
  }

  wake(): void {
    this.#engine.wake()
  }

  #alongside(): Pick<StatusView, 'updateReady' | 'notices' | 'canReveal'> {
    const [updateReady, notices] = [this.#updates.readyVersion(), this.#notices.standing()]
    return {
      ...(updateReady === undefined ? {} : { updateReady }),
      ...(notices.length === 0 ? {} : { notices }),
      ...(this.#parts.bench.host.reveal === undefined ? {} : { canReveal: true }),
    }
  }

  async #close(): Promise<void> {
    await Promise.all(this.#ends.map((end) => end()))
    this.#metrics.close()
    await this.#parts.bench.pool.close()
    this.#parts.store.close()
    this.#parts.lock.release()
  }
}

/** The settings with the environment on top. */
function inForce(settings: SettingsStore, env: Workbench['env']): Settings {
  const file = { settings: settings.get(), stored: settings.stored(), path: settings.path }
  return resolveSettings({ flags: {}, env, file }).values
}

function createUpdates({ bench: { host }, settings }: Parts, speed: Speed, tell: UpdateParts['tell']): Updates {
  return new Updates({
    host,
    tell,
    carrier: host.updates,
    settings: () => settings.get(),
    memory: createUpdateMemory(join(host.paths.state, 'updates.json')),
    source: RELEASE_SOURCE,
    installed: VERSION,
    mayDownload: () => speed.now().stop === undefined,
  })
}

function createEngine(
  { bench, store, settings }: Parts,
  speed: Speed,
  listeners: Pick<EngineDeps, 'pastUse' | 'pastLock' | 'alongside' | 'onDead' | 'onScanned' | 'onQuiet'>,
): RunningEngine {
  const { host, pool } = bench
  const openWatcher = createOpenWatcher({ clock: host.clock, log: host.log })
  return new RunningEngine({
    host,
    store,
    pool,
    version: VERSION,
    settings: () => settings.get(),
    speed: () => speed.now(),
    openTarget: async (folder, use) => {
      const { sessions, feeds } = store
      // What a preview was told must not be missed by the pass that acts on it.
      const remembered = use === 'preview' ? { sessions } : { sessions, feeds }
      const isUsed = store.folders.get(folder.id as FolderId).compared
      const target = await openFolderTarget(bench, remembered, folder, isUsed)
      return use === 'preview' ? readOnly(target) : target
    },
    openDelta: (folder, target, use) =>
      openDelta(bench, {
        folder,
        target,
        store,
        rules: () => settings.get(),
        uploadLimit: () => speed.now().uploadLimit,
        readOnly: use === 'preview',
      }),
    openSource: async (folder) => openFolderSource(bench, folder, store.folders.get(folder.id as FolderId).compared),
    conflictRules: (folder, sides) =>
      createRuleDecisions({ folder, ...sides, clock: host.clock, device: bench.device }),
    openScanner: (folder) => openFolderScanner(bench, folder, settings.get()),
    bringBack: createBringBack(host.clock),
    prove: createProve(host),
    openWatcher: (folder) => openWatcher(watchOptions(host, folder, settings.get())),
    ...listeners,
  })
}

/** Some time after work: memory goes back, and what comes next is expected to be brief. */
function createQuietEnd(work: WorkLength): () => void {
  const returnMemory = createMemoryReturn()
  return () => {
    returnMemory()
    work.quiet()
  }
}

function ignoreRulesOf(bench: Workbench): ApiDeps['ignoreRules'] {
  return {
    survey: (folder, lines, control) => surveyFolder(bench, folder, lines, control),
    explain: (folder, lines) => explainIgnored(bench.host, folder, lines),
  }
}

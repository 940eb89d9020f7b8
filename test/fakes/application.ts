import type { ActivityView, Caller, Handlers, StatusView, TopicName, Topics } from '../../common/protocol.ts'
import type { Application } from '../../main/application.ts'
import type { Clock } from '../../main/host.ts'
import { fakeAccountHandlers, settingsOf } from './application-accounts.ts'
import { fakeDiagnosticHandlers } from './application-diagnostics.ts'
import { type FakeParts, folderHandlers, queueHandlers } from './application-folders.ts'
import { fakeRuleHandlers } from './application-rules.ts'
import { advanceTransfers, type FakeSizes, type Scenario, stateOf } from './application-state.ts'
import { statusOf } from './application-status.ts'
import { wizardHandlers } from './application-wizard.ts'
import { realClock } from './real-clock.ts'
import { createFakeRestores } from './restore-calls.ts'

export type { Scenario } from './application-state.ts'

/** What a scripted application begins with. */
export interface FakeApplicationOptions extends FakeSizes {
  readonly scenario?: Scenario
  /** Defaults to the real one. Transfers advance every `tickMs` of it, once started. */
  readonly clock?: Clock
  readonly tickMs?: number
  /** Some files at the targets lie in an archive class. */
  readonly archive?: boolean
  /** Answer some calls in its place. */
  readonly handlers?: Partial<Handlers>
}

/** One call as it arrived. */
export interface RecordedCall {
  readonly name: string
  readonly params: unknown
  readonly caller: Caller
}

/** An application that does nothing and shows everything. */
export interface FakeApplication extends Application {
  /** What was called, in order, secrets included: for assertions. */
  readonly calls: readonly RecordedCall[]
  setScenario(scenario: Scenario): void
  /** The target's version of a conflict becomes another one, behind the back of whoever looks at it. */
  touchConflict(id: number): void
  /** A conflict becomes one of a file here against a folder at the target. */
  makeFolderOfConflict(id: number): void
  /** One step of every transfer. */
  tick(): void
  /** Makes the next call of this name throw. */
  failNext(name: keyof Handlers, error: Error): void
  /** Changes the shown status in whatever way a test wants. */
  patchStatus(patch: Partial<StatusView>): void
  publishActivity(rows: readonly ActivityView[]): void
  /** Tells of all that changes in `run` at once, when it is over. */
  together(run: () => Promise<void> | void): Promise<void>
}

/** A scripted {@link Application} for the renderer, the transports and their tests. */
export function createFakeApplication(options: FakeApplicationOptions = {}): FakeApplication {
  const clock = options.clock ?? realClock
  const state = stateOf(options.scenario ?? 'busy', clock, options)
  const listeners = {
    status: new Set<(value: StatusView) => void>(),
    activity: new Set<(value: readonly ActivityView[]) => void>(),
  }
  const calls: RecordedCall[] = []
  const failures = new Map<string, Error>()
  let cancelTick = (): void => undefined

  // What is told waits until it is over.
  let waiting: Set<() => void> | undefined
  const publish = (): void => {
    if (waiting !== undefined) return void waiting.add(publish)
    const status = statusOf(state)
    for (const listener of listeners.status) listener(status)
  }
  state.conflicts.onChange = publish
  const publishActivity = (rows: readonly ActivityView[]): void => {
    state.activity.unshift(...rows.toReversed())
    const tell = (): void => listeners.activity.forEach((listener) => listener(rows))
    if (waiting === undefined) tell()
    else waiting.add(tell)
  }
  const tick = (): void => {
    advanceTransfers(state, clock, publishActivity)
    publish()
  }
  const schedule = (): void => {
    cancelTick = clock.after(options.tickMs ?? 250, () => {
      if (state.transfers.length > 0 && state.paused === 0) tick()
      schedule()
    })
  }
  const handlers = recordCalls(
    { ...fakeHandlers({ state, clock, publish, archive: options.archive }), ...options.handlers },
    calls,
    failures,
  )
  return {
    handlers,
    calls,
    subscribe: <T extends TopicName>(topic: T, listener: (value: Topics[T]) => void) => {
      const set = listeners[topic] as Set<(value: Topics[T]) => void>
      set.add(listener)
      return () => void set.delete(listener)
    },
    start: async () => {
      state.isReady = true
      schedule()
    },
    stop: async () => {
      state.isReady = false
      cancelTick()
    },
    ready: () => state.isReady,
    metrics: async () =>
      '# HELP tidekeep_uploaded_bytes_total Content bytes sent.\n# TYPE tidekeep_uploaded_bytes_total counter\ntidekeep_uploaded_bytes_total 123456\n',
    wake: publish,
    setScenario: (scenario) => {
      const { isReady } = state
      const { conflicts, ...next } = stateOf(scenario, clock, options)
      Object.assign(state, next, { isReady })
      // The calls are bound to the ones there are; this publishes, too.
      state.conflicts.become(conflicts)
    },
    touchConflict: (id) => state.conflicts.touch(id),
    makeFolderOfConflict: (id) => state.conflicts.againstFolder(id),
    tick,
    failNext: (name, error) => void failures.set(name, error),
    patchStatus: (patch) => {
      state.patch = { ...state.patch, ...patch }
      publish()
    },
    publishActivity,
    together: async (run) => {
      const told = (waiting = new Set())
      try {
        await run()
      } finally {
        waiting = undefined
        for (const tell of told) tell()
      }
    },
  }
}

function recordCalls(handlers: Handlers, calls: RecordedCall[], failures: Map<string, Error>): Handlers {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [
      name,
      async (params: never, caller: Caller) => {
        calls.push({ name, params, caller })
        const failure = failures.get(name)
        failures.delete(name)
        if (failure !== undefined) throw failure
        return handle(params, caller)
      },
    ]),
  ) as unknown as Handlers
}

function fakeHandlers(parts: FakeParts): Handlers {
  const { state, clock, publish } = parts
  const status = async (): Promise<StatusView> => statusOf(state)
  const changed = async (): Promise<StatusView> => {
    publish()
    return status()
  }
  const settingsNow = (): typeof state.settings =>
    state.settings.folders.length > 0
      ? state.settings
      : { ...state.settings, folders: settingsOf(state.folders).folders }
  return {
    'status.get': status,
    'pause.set': async ({ durationMs }) => {
      state.paused = durationMs === 'forever' ? 'forever' : clock.now() + durationMs
      return changed()
    },
    'pause.clear': async () => {
      state.paused = 0
      return changed()
    },
    'speed.lift': async ({ lifted }) => {
      state.isLifted = lifted
      return changed()
    },
    'settings.get': async () => settingsNow(),
    'language.get': async () => ({ tag: state.settings.language, by: 'setting' }),
    'files.reveal': async () => ({}),
    'files.digest': async ({ path }) => (path.endsWith('.csv') ? { contentHash: 'ab'.repeat(32) } : {}),
    'heartbeat.test': async () => ({}),
    'updates.get': async () => ({ installed: '1.0.0', lastCheckMs: null, state: { kind: 'unknown' } }),
    'updates.check': async () => ({ installed: '1.0.0', lastCheckMs: clock.now(), state: { kind: 'current' } }),
    'updates.install': async () => ({ installed: '1.0.0', lastCheckMs: null, state: { kind: 'unknown' } }),
    'settings.set': async ({ key, value }) => {
      state.settings = { ...state.settings, [key]: value }
      return settingsNow()
    },
    'activity.undo': async ({ ids = [], dryRun }) => {
      const rows = state.activity.filter(({ id, kept }) => ids.includes(id) && kept !== undefined)
      const items = rows.map(({ id, folderId, kept }) => {
        const { path, why, sizeBytes } = kept!
        return { activityId: id, folderId, path, why, sizeBytes, outcome: 'undone' as const }
      })
      for (const row of rows) state.activity[state.activity.indexOf(row)] = { ...row, undone: true }
      return { dryRun, items }
    },
    'activity.list': async ({ folderId, before, limit }) =>
      state.activity
        .filter((row) => (folderId === undefined || row.folderId === folderId) && row.id < (before ?? Infinity))
        .slice(0, limit),
    ...fakeRuleHandlers(),
    ...fakeDiagnosticHandlers(clock),
    ...createFakeRestores({ clock, folders: () => state.folders, archive: parts.archive === true }),
    ...fakeAccountHandlers(state, clock),
    ...state.conflicts.handlers(),
    ...folderHandlers(parts),
    ...queueHandlers(parts),
    ...wizardHandlers(parts),
  }
}

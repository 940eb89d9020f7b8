import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client'
import type { ActionKind, FolderId, JobState } from '../../common/model.ts'
import type { ActivityView, FolderState } from '../../common/protocol.ts'
import type { Settings } from '../../common/settings.ts'
import type { Engine } from '../engine/engine.ts'
import type { Store } from '../state/store.ts'

/** Where figures are read from when they are asked for. Everything is optional; what is missing is not shown. */
export interface MetricsSources {
  readonly engine?: Pick<Engine, 'status' | 'onActivity'>
  /** Requests so far by name (`put`, or `s3:put` with the provider before it). */
  readonly meter?: { snapshot(): { readonly requests: Readonly<Record<string, number>> } }
  readonly store?: Pick<Store, 'queue'>
  readonly settings?: { get(): Settings }
}

/** The figures of one application. Labels are from closed sets; a path or a folder's name is never one. */
export interface Metrics {
  /** Counts actions that were carried out. Called by itself for what `engine.onActivity` tells. */
  transferred(rows: readonly Pick<ActivityView, 'kind' | 'method' | 'bytesSent' | 'bytesReused' | 'durationMs'>[]): void
  /** Counts an action that failed for good. */
  failed(kind: ActionKind): void
  /** Counts a full or partial scan that ended. */
  scanned(durationMs: number): void
  /** Counts one request to a store. */
  requested(provider: string, call: string, outcome: 'ok' | 'failed'): void
  /** Prometheus text, version 0.0.4. */
  text(): Promise<string>
  readonly contentType: string
  /** Ends the listening to `engine`. */
  close(): void
}

const JOB_STATES: readonly JobState[] = ['queued', 'running', 'waiting', 'held', 'dead', 'skipped']
const FOLDER_STATES: readonly FolderState[] = [
  'protected',
  'scanning',
  'syncing',
  'waiting',
  'paused',
  'attention',
  'offline',
]
/** Different provider calls counted apart at most; a fault that makes up names must not fill the memory of the scraper. */
const MOST_CALLS = 64

/** Listens to `engine` until closed. */
export function createMetrics(sources: MetricsSources = {}): Metrics {
  const series = createSeries()
  const bounded = boundedWords()
  const transferred: Metrics['transferred'] = (rows) => count(series, rows)
  const close = sources.engine?.onActivity(transferred)
  const meterRead = readMeter(sources, series, bounded)
  return {
    transferred,
    failed: (kind) => series.transfers.inc({ kind, outcome: 'failed' }),
    scanned: (durationMs) => series.scanSeconds.observe(durationMs / 1000),
    requested: (provider, call, outcome) =>
      series.requests.inc({ provider: bounded(provider), call: bounded(call), outcome }),
    text: () => {
      meterRead()
      readStatus(sources, series)
      series.memory.set(process.memoryUsage.rss())
      readResources(series, bounded)
      return series.registry.metrics()
    },
    contentType: series.registry.contentType,
    close: () => close?.(),
  }
}

type Series = ReturnType<typeof createSeries>

function createSeries() {
  const registry = new Registry()
  const registers = [registry]
  const seconds = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1800]
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> =>
    new Counter({ name: `tidekeep_${name}`, help, labelNames, registers })
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> =>
    new Gauge({ name: `tidekeep_${name}`, help, labelNames, registers })
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name: `tidekeep_${name}`, help, buckets: seconds, registers })
  return {
    registry,
    transfers: counter('transfers_total', 'Actions by kind and outcome.', ['kind', 'outcome']),
    methods: counter('transfer_methods_total', 'Actions carried out, by how content reached the target.', ['method']),
    sent: counter('sent_bytes_total', 'Content bytes sent to targets.'),
    reused: counter('reused_bytes_total', 'Content bytes a target already had and that were not sent.'),
    requests: counter('requests_total', 'Requests to stores.', ['provider', 'call', 'outcome']),
    transferSeconds: histogram('transfer_duration_seconds', 'Time an action took.'),
    scanSeconds: histogram('scan_duration_seconds', 'Time a scan took.'),
    jobs: gauge('queue_jobs', 'Jobs in the queue by state.', ['state']),
    queuedBytes: gauge('queue_bytes', 'Content bytes of jobs still to be done.'),
    folders: gauge('folders', 'Folders by state.', ['state']),
    files: gauge('protected_files', 'Files the targets provably hold.'),
    bytes: gauge('protected_bytes', 'Bytes the targets provably hold.'),
    bandwidthLimit: gauge('bandwidth_limit_bytes', 'Bytes a second allowed; 0 means no limit.'),
    memory: gauge('process_resident_memory_bytes', 'Resident memory of the process.'),
    resources: gauge('process_active_resources', 'What the process waits for, by kind: timers, sockets, watches.', [
      'kind',
    ]),
  }
}

/** Many small files end together: each series is looked up once for all of them. */
function count(series: Series, rows: Parameters<Metrics['transferred']>[0]): void {
  let [sent, reused] = [0, 0]
  for (const { bytesSent, bytesReused, durationMs } of rows) {
    sent += Math.max(0, bytesSent)
    reused += Math.max(0, bytesReused)
    series.transferSeconds.observe(durationMs / 1000)
  }
  series.sent.inc(sent)
  series.reused.inc(reused)
  for (const [kind, all] of Map.groupBy(rows, (row) => row.kind))
    series.transfers.inc({ kind, outcome: 'done' }, all.length)
  for (const [method, all] of Map.groupBy(rows, (row) => row.method)) series.methods.inc({ method }, all.length)
}

function readStatus({ engine, store, settings }: MetricsSources, series: Series): void {
  if (settings !== undefined) series.bandwidthLimit.set(settings.get().bandwidthLimit)
  if (engine === undefined) return
  const { folders } = engine.status()
  for (const state of FOLDER_STATES) {
    series.folders.set({ state }, folders.filter((folder) => folder.state === state).length)
  }
  series.files.set(folders.reduce((total, folder) => total + folder.files, 0))
  series.bytes.set(folders.reduce((total, folder) => total + folder.bytes, 0))
  if (store === undefined) return
  const counts = folders.map((folder) => store.queue.counts(folder.id as FolderId))
  for (const state of JOB_STATES)
    series.jobs.set(
      { state },
      counts.reduce((total, each) => total + each[state], 0),
    )
  series.queuedBytes.set(counts.reduce((total, each) => total + each.bytes, 0))
}

/** A kind that grows without end is a leak, long before memory tells. */
function readResources({ resources }: Series, bounded: (word: string) => string): void {
  const countByKind = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo()) {
    const kind = bounded(name)
    countByKind.set(kind, (countByKind.get(kind) ?? 0) + 1)
  }
  resources.reset()
  for (const [kind, count] of countByKind) resources.set({ kind }, count)
}

/** The meter tells totals; a counter takes what was added since it was last read. */
function readMeter({ meter }: MetricsSources, series: Series, bounded: (word: string) => string): () => void {
  const lastByName = new Map<string, number>()
  return () => {
    for (const [name, total] of Object.entries(meter?.snapshot().requests ?? {})) {
      const [provider, call] = name.includes(':') ? name.split(':', 2) : ['target', name]
      const added = total - (lastByName.get(name) ?? 0)
      lastByName.set(name, total)
      if (added > 0) series.requests.inc({ provider: bounded(provider!), call: bounded(call!), outcome: 'ok' }, added)
    }
  }
}

/** Passes the first words of a plain form through, and makes `other` of the rest. */
function boundedWords(): (word: string) => string {
  const known = new Set<string>()
  return (word) => {
    if (known.has(word)) return word
    if (known.size >= MOST_CALLS || !/^[A-Za-z][A-Za-z0-9-]{0,39}$/.test(word)) return 'other'
    known.add(word)
    return word
  }
}

import { describe, expect, it } from 'vitest'
import type { ActivityView, FolderView, StatusView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS } from '../../common/settings.ts'
import { createMetrics } from '../../main/telemetry/metrics.ts'
import { FOLDER, openBench, planned, upload } from './state-support.ts'

const ROW = { kind: 'upload', method: 'whole', bytesSent: 100, bytesReused: 20, durationMs: 250 } as const

/** Samples by name and labels, as a scraper reads them. */
async function samples(text: Promise<string>): Promise<Record<string, number>> {
  const lines = (await text).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

describe('the metrics', () => {
  it('count transfers, bytes, requests and scans', async () => {
    const metrics = createMetrics()
    metrics.transferred([ROW, { ...ROW, kind: 'move', method: 'move', bytesSent: 0, bytesReused: 0 }, ROW])
    metrics.transferred([{ ...ROW, method: 'delta' }])
    metrics.failed('upload')
    metrics.scanned(1_500)
    metrics.requested('s3', 'put', 'ok')
    expect(await samples(metrics.text())).toMatchObject({
      'tidekeep_transfers_total{kind="upload",outcome="done"}': 3,
      'tidekeep_transfers_total{kind="move",outcome="done"}': 1,
      'tidekeep_transfers_total{kind="upload",outcome="failed"}': 1,
      'tidekeep_transfer_methods_total{method="whole"}': 2,
      'tidekeep_transfer_methods_total{method="delta"}': 1,
      tidekeep_sent_bytes_total: 300,
      tidekeep_reused_bytes_total: 60,
      tidekeep_transfer_duration_seconds_count: 4,
      'tidekeep_requests_total{provider="s3",call="put",outcome="ok"}': 1,
      tidekeep_scan_duration_seconds_count: 1,
      tidekeep_scan_duration_seconds_sum: 1.5,
    })
    expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/)
  })

  it('read queue, folders, settings and requests when they are asked for', async () => {
    const { store } = await openBench()
    store.queue.enqueue(FOLDER, [planned(upload('a', 1, 30)), planned(upload('b', 1, 12))])
    store.queue.claim(FOLDER, 'small', 1)
    let told: ((rows: readonly ActivityView[]) => void) | undefined
    const folder = {
      id: FOLDER,
      state: 'syncing',
      files: 7,
      bytes: 900,
      path: '/home/someone/Private',
      name: 'Private',
    } as unknown as FolderView
    const requests: Record<string, number> = { put: 3 }
    const metrics = createMetrics({
      engine: {
        status: () => ({ folders: [folder] }) as unknown as StatusView,
        onActivity: (listener) => {
          told = listener
          return () => void (told = undefined)
        },
      },
      store,
      settings: { get: () => ({ ...DEFAULT_SETTINGS, bandwidthLimit: 77 }) },
      meter: { snapshot: () => ({ requests }) },
    })
    told?.([{ ...ROW, path: 'secret plans.txt' } as ActivityView])
    const first = await samples(metrics.text())
    requests['put'] = 5
    requests['s3:list'] = 1
    expect(first).toMatchObject({
      'tidekeep_queue_jobs{state="queued"}': 1,
      'tidekeep_queue_jobs{state="running"}': 1,
      'tidekeep_queue_jobs{state="dead"}': 0,
      tidekeep_queue_bytes: 42,
      'tidekeep_folders{state="syncing"}': 1,
      'tidekeep_folders{state="offline"}': 0,
      tidekeep_protected_files: 7,
      tidekeep_protected_bytes: 900,
      tidekeep_bandwidth_limit_bytes: 77,
      'tidekeep_requests_total{provider="target",call="put",outcome="ok"}': 3,
      'tidekeep_transfers_total{kind="upload",outcome="done"}': 1,
    })
    expect(first['tidekeep_process_resident_memory_bytes']).toBeGreaterThan(1_000_000)
    const timer = setTimeout(() => undefined, 60_000)
    const withTimer = await samples(metrics.text())
    clearTimeout(timer)
    const timers = 'tidekeep_process_active_resources{kind="Timeout"}'
    expect(withTimer[timers]! - ((await samples(metrics.text()))[timers] ?? 0)).toBe(1)
    const text = await metrics.text()
    expect(text).toContain('tidekeep_requests_total{provider="target",call="put",outcome="ok"} 5')
    expect(text).toContain('tidekeep_requests_total{provider="s3",call="list",outcome="ok"} 1')
    expect(text).not.toMatch(/Private|secret plans|documents/)
    metrics.close()
    expect(told).toBeUndefined()
    store.close()
  })

  it('have names with units and a bounded number of series, whatever callers make up', async () => {
    const metrics = createMetrics()
    for (let index = 0; index < 1_000; index++) metrics.requested('s3', `call-${index}`, 'ok')
    metrics.requested('/home/someone/file.txt', 'GET https://h/?sig=x', 'ok')
    const text = await metrics.text()
    expect(text).not.toMatch(/someone|sig=x/)
    expect(text.split('\n').filter((line) => line.startsWith('tidekeep_requests_total{')).length).toBeLessThan(70)
    const names = [...text.matchAll(/^# TYPE (\S+) (\S+)/gm)].map(([, name, type]) => ({ name: name!, type: type! }))
    for (const { name, type } of names) {
      expect(name).toMatch(/^tidekeep_[a-z_]+$/)
      expect(name.endsWith('_total')).toBe(type === 'counter')
    }
  })
})

import { createOpenWatcher } from '../../main/engine/watch/open-watcher.ts'
import { RecordingLog } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'

/** Run by watch.test.ts under a lowered limit: prints the first coverage of the folder it is given, as JSON. */
const root = process.argv[2] ?? ''
const openWatcher = createOpenWatcher({
  clock: realClock,
  log: new RecordingLog(),
  networkKind: () => Promise.resolve(undefined),
})
const watcher = openWatcher({ root, isIgnored: () => false, settleMs: 50, settleMaxMs: 500 })
const stop = new AbortController()
watcher.onCoverageChange((coverage) => {
  if (!stop.signal.aborted) process.stdout.write(JSON.stringify(coverage))
  stop.abort()
})
for await (const batch of watcher.batches(stop.signal)) batch.acknowledge()

import type { Summary } from '../../common/protocol.ts'
import type { Host } from '../../main/host.ts'
import { runOnce } from '../../main/run-once-engine.ts'
import type { RunOnceOptions } from '../../main/run-once.ts'
import type { Pool } from '../../workers/tasks.ts'

const never = new AbortController().signal

/** `tidekeep sync` with what its flags are when nobody gives them; large files always go whole. Closes the pool. */
export function syncOnce(
  host: Host,
  pair: Pick<RunOnceOptions, 'source' | 'target' | 'mode'>,
  options: Partial<RunOnceOptions> = {},
  pool?: Pool,
): Promise<Summary> {
  const all = {
    ...pair,
    dryRun: false,
    concurrency: 0,
    ignore: [],
    include: [],
    bandwidthLimit: 0,
    guardFiles: 50,
    guardPercent: 10,
    deltaThreshold: 0,
    blockSize: 0,
    keepDays: 30,
    s3: {},
    stop: never,
    kill: never,
    onEvent: () => undefined,
    ...options,
  }
  return runOnce(host, all, pool)
}

import type { Summary } from '../../common/protocol.ts'
import type { Host } from '../../main/host.ts'
import { runOnce } from '../../main/run-once-engine.ts'
import type { RunOnceOptions } from '../../main/run-once.ts'

const never = new AbortController().signal

/** `tidekeep sync` with what its flags are when nobody gives them; large files always go whole. */
export function syncOnce(
  host: Host,
  pair: Pick<RunOnceOptions, 'source' | 'target' | 'mode'>,
  options: Partial<RunOnceOptions> = {},
): Promise<Summary> {
  return runOnce(host, {
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
  })
}

import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { TidekeepError, type ErrorCode } from '../common/errors.ts'
import type { Pool, TaskName, Tasks } from '../workers/tasks.ts'

/** From `main/pool.ts` in a checkout to `workers/entry.ts`; from `out/main/pool.js` to `out/workers/entry.js`. */
const ENTRY = unpackedPath(
  fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? '../workers/entry.ts' : '../workers/entry.js', import.meta.url),
  ),
)

/** Threads cannot load modules from inside an asar archive; electron-builder.yml keeps what they need unpacked beside it. */
export function unpackedPath(path: string): string {
  return path.replace(/(?<=[\\/])app\.asar(?=[\\/])/, 'app.asar.unpacked')
}

/** Options of {@link createPool}. */
export interface PoolOptions {
  /** Worker threads at most; defaults to the cores of this machine, at least 2 and at most 4. */
  readonly threads?: number
}

/** The application's worker threads. They start when first used and end after ten idle seconds. */
export function createPool(options: PoolOptions = {}): Pool {
  const maxThreads = options.threads ?? Math.min(4, Math.max(2, availableParallelism()))
  const piscina = new Piscina({
    filename: ENTRY,
    minThreads: 0,
    maxThreads,
    idleTimeout: 10_000,
    concurrentTasksPerWorker: 1,
  })
  return {
    run: async <N extends TaskName>(
      name: N,
      params: Tasks[N]['params'],
      { signal, transfer }: { readonly signal: AbortSignal; readonly transfer?: readonly unknown[] },
    ): Promise<Tasks[N]['result']> => {
      try {
        return (await piscina.run(params, {
          name,
          signal,
          ...(transfer === undefined ? {} : { transferList: transfer as never }),
        })) as Tasks[N]['result']
      } catch (error) {
        throw reviveError(error, signal)
      }
    },
    close: () => piscina.destroy(),
  }
}

/** A TidekeepError loses its class on the way between threads; its own fields survive. */
function reviveError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return new TidekeepError({ code: 'cancelled', message: 'Cancelled.', cause: error })
  if (error instanceof Error && error.name === 'TidekeepError' && 'code' in error) {
    const parts = error as Error & { code: ErrorCode; path?: string; fix?: string }
    return new TidekeepError({
      code: parts.code,
      message: parts.message,
      cause: error,
      ...(parts.path === undefined ? {} : { path: parts.path }),
      ...(parts.fix === undefined ? {} : { fix: parts.fix }),
    })
  }
  return error
}

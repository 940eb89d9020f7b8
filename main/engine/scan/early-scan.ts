import { ROOT_PATH } from '../../../common/paths.ts'
import type { ScanBatch, Scanner } from './scanner.ts'

/** A look at everything that is under way before anybody asks for it. */
export interface EarlyScan {
  /** The first look at everything and the first look at the root are those that began early; all others are new. */
  readonly scanner: Scanner
  /** Ends what nobody asked for. Idempotent. */
  end(): Promise<void>
}

/**
 * Begins to read a folder while what is known of it is still being opened: a run waits for both. In the
 * order of a pass, the root first, as it must be known which folder was read (I12). Resolves
 * once the walk was given to a thread; where the root cannot be read nothing has begun, and whoever asks is told why.
 */
export async function beginScan(scanner: Scanner, signal: AbortSignal): Promise<EarlyScan> {
  const root = await scanner.root().catch(() => undefined)
  if (root === undefined) return { scanner, end: () => Promise.resolve() }
  const unwanted = new AbortController()
  const scopes = [{ path: ROOT_PATH, recursive: true }]
  const everything = scanner.scan(scopes, AbortSignal.any([signal, unwanted.signal]))[Symbol.asyncIterator]()
  const first = everything.next()
  first.catch(() => undefined)
  let isRootTaken = false
  let isTaken = false
  const taken = async function* (): AsyncGenerator<ScanBatch, void, undefined> {
    try {
      for (let step = await first; step.done !== true; step = await everything.next()) yield step.value
    } finally {
      await everything.return?.()
    }
  }
  return {
    scanner: {
      scan: (scopes, until) => {
        if (isTaken || !(scopes.length === 1 && scopes[0]?.path === ROOT_PATH && scopes[0].recursive))
          return scanner.scan(scopes, until)
        isTaken = true
        return taken()
      },
      root: async () => {
        if (isRootTaken) return scanner.root()
        isRootTaken = true
        return root
      },
      stat: (path) => scanner.stat(path),
      ...(scanner.ignores === undefined ? {} : { ignores: (path, kind) => scanner.ignores!(path, kind) }),
      exists: (path) => scanner.exists(path),
      names: (directory) => scanner.names(directory),
    },
    end: async () => {
      if (isTaken) return
      isTaken = true
      unwanted.abort()
      await first.catch(() => undefined)
      await everything.return?.()
    },
  }
}

import type { Action, BaselineEntry, Entry, FolderId, Outcome, RelPath } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import { openStore, type OpenedStore } from '../../main/state/sqlite-store.ts'
import type { PlannedAction } from '../../main/state/store.ts'
import { createFakeHost, type FakeHost } from '../fakes/host.ts'
import type { VirtualClock } from '../fakes/virtual-clock.ts'

export const FOLDER = 'documents' as FolderId

/** A store in a fresh directory, on a virtual clock. */
export interface StoreBench extends OpenedStore {
  readonly host: FakeHost & { readonly clock: VirtualClock }
  /** Closes the store and opens it again. */
  reopen(): Promise<StoreBench>
}

export async function openBench(host = createFakeHost()): Promise<StoreBench> {
  const opened = await openStore({ directory: host.paths.state, clock: host.clock, log: host.log })
  return {
    ...opened,
    host,
    reopen: () => {
      opened.store.close()
      return openBench(host)
    },
  }
}

export function rel(text: string): RelPath {
  return toRelPath(text)
}

export function localEntry(path: string, version = 1, size = 100): Entry {
  const mtimeNs = 1_700_000_000_000_000_000n + BigInt(version)
  return {
    path: rel(path),
    kind: 'file',
    size,
    mtimeNs,
    mode: 0o644,
    identity: { inode: `1:${version}`, ctimeNs: mtimeNs },
  }
}

export function baselineEntry(path: string, size = 100, inode = '1:1'): BaselineEntry {
  return {
    path: rel(path),
    kind: 'file',
    size,
    mtimeNs: 1_700_000_000_000_000_001n,
    mode: 0o600,
    identity: { inode, ctimeNs: 1_700_000_000_000_000_002n },
    contentHash: 'ab'.repeat(32),
    remote: { etag: '"e1"', versionId: 'v1', size, verifiedBy: 'checksum', storedAtMs: 1_700_000_000_003 },
    recordedAtMs: 1_700_000_000_000,
  }
}

export function upload(path: string, version = 1, size = 100): Action {
  return { kind: 'upload', path: rel(path), expect: { kind: 'absent' }, local: localEntry(path, version, size) }
}

export function deletion(path: string): Action {
  return { kind: 'delete', path: rel(path), expect: { kind: 'etag', etag: '"e1"' }, base: baselineEntry(path) }
}

export function planned(action: Action, more: Omit<Partial<PlannedAction>, 'action'> = {}): PlannedAction {
  return { action, lane: 'small', ...more }
}

export function outcome(action: Action): Outcome {
  return { action, method: 'whole', baseline: undefined, bytesSent: 7, bytesReused: 3, durationMs: 12.4 }
}

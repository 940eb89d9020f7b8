import type { FolderId } from '../../common/model.ts'
import type { SyncRunDeps } from './sync-run.ts'

/** Carries out what the options answer to questions of earlier runs: there is no service that could be told. */
export async function decideFirst(deps: SyncRunDeps): Promise<void> {
  await decideHeld(deps)
  await decideConflicts(deps)
}

async function decideHeld({ bench, options, pair, store, target, scanner }: SyncRunDeps): Promise<void> {
  if (options.held === undefined) return
  const folderId = pair.folder.id as FolderId
  const { bringBackHeld, keepHeld, settleHeld } = await import('../engine/decisions.ts')
  if (options.held === 'keep') return keepHeld({ store, folderId, scanner })
  if (options.held === 'approve') return void settleHeld(store, folderId, { answer: options.held })
  const { createBringBack } = await import('../restore/bring-back.ts')
  const bringBack = createBringBack(bench.host.clock)
  await bringBackHeld({ store, folder: pair.folder, target, bringBack, reason: undefined }, () => undefined)
}

/** As a rule for all files would have decided what waits since earlier runs. */
async function decideConflicts({ bench, options, pair, store, target, twoWay }: SyncRunDeps): Promise<void> {
  if (options.resolve === undefined || twoWay === undefined) return
  const { decideOpen } = await import('../conflicts/decide-open.ts')
  const { clock } = bench.host
  const sides = {
    folder: pair.folder,
    source: twoWay.source,
    target,
    store,
    clock,
    hostName: bench.device.name,
    signal: options.kill,
  }
  await decideOpen(sides, options.resolve)
}

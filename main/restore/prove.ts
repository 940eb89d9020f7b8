import { join } from 'node:path'
import type { FolderId } from '../../common/model.ts'
import type { Prove } from '../engine/engine-deps.ts'
import type { Host } from '../host.ts'
import { PROOF_FILES } from './proof-price.ts'
import { proveRestore } from './proof.ts'

/** Proves restores in a scratch place below the cache directory. */
export function createProve({ clock, random, paths }: Pick<Host, 'clock' | 'random' | 'paths'>): Prove {
  return ({ folder, target, store, maxBytes }, signal) => {
    const folderId = folder.id as FolderId
    return proveRestore({
      provider: target,
      baseline: store.baseline,
      folderId,
      source: folder.path,
      scratch: join(paths.cache, `proof-${folder.id}`),
      isTwoWay: folder.mode === 'two-way',
      limits: { files: PROOF_FILES, bytes: maxBytes },
      before: store.folders.get(folderId).proof,
      clock,
      random,
      signal,
    })
  }
}

import { TidekeepError } from '../../../common/errors.ts'
import { KEPT_AREA, parseKeptPath } from '../../../common/kept-area.ts'
import type { Kept, KeptWhy, RelPath } from '../../../common/model.ts'
import { isWithin } from '../../../common/paths.ts'
import type { KeptFile, Pool } from '../../../workers/tasks.ts'
import type { CallOptions, Features, Keep, KeptVersion, TargetProvider } from '../provider.ts'
import { throwIfCancelled } from './task-control.ts'
import type { TargetGuard } from './target-guard.ts'
import { localFailureTexts } from './local-failure-texts.ts'

/** The part of a publish item that says what is kept. */
export function keepAt({ keep }: { readonly keep?: Keep | undefined }): {
  readonly keepAtMs?: number
  readonly storedAtMs?: number
} {
  return keep === undefined ? {} : { keepAtMs: keep.atMs, ...beganAt(keep) }
}

/** The part that says when what is kept began. */
export function beganAt({ storedAtMs }: Keep): { readonly storedAtMs?: number } {
  return storedAtMs === undefined ? {} : { storedAtMs }
}

/** What a worker kept, as the port tells it. */
export function keptOf(
  path: RelPath,
  { kept }: { readonly kept?: KeptFile },
  why: KeptWhy = 'replaced',
): { readonly kept?: Kept } {
  return kept === undefined ? {} : { kept: { path, why, sizeBytes: kept.sizeBytes, token: kept.at } }
}

/** What the kept versions of a local target are reached by. */
export interface LocalKeptDeps {
  readonly location: string
  readonly guard: TargetGuard
  readonly pool: Pool
}

/** Kept versions are plain files of the target, in its reserved directory: found, read and moved as such. */
export function localKept(
  provider: Pick<TargetProvider, 'list' | 'stat' | 'read' | 'features'>,
  { location, guard, pool }: LocalKeptDeps,
): Partial<Features> {
  return {
    keptVersions: (path, options) => keptVersions(provider, path, options),
    statKept: async (kept, options) => ({ ...(await provider.stat(placeOf(kept), options)), path: kept.path }),
    readKept: (kept, options) => provider.read(placeOf(kept), options),
    removeKept: async (kept, { signal }) => {
      throwIfCancelled(signal)
      const at = placeOf(kept)
      const place = await guard.find()
      if (place === undefined) return
      await pool.run('callTarget', { place, call: { kind: 'remove-kept', path: at } }, {})
    },
    putBackKept: async (kept, options) => {
      const moved = await provider.features.move!(placeOf(kept), kept.path, { ...options, expect: { kind: 'any' } })
      // The folder it was in may be empty now.
      const place = await guard.find()
      if (place !== undefined)
        await pool
          .run('callTarget', { place, call: { kind: 'remove-kept', path: kept.token } }, {})
          .catch(() => undefined)
      return moved
    },
  }

  function placeOf({ token }: Kept): RelPath {
    if (parseKeptPath(token) !== undefined) return token as RelPath
    throw new TidekeepError({
      code: 'invalid',
      message: localFailureTexts.kept.isNotTheNameOf({ token: JSON.stringify(token), location }),
    })
  }
}

async function* keptVersions(
  provider: Pick<TargetProvider, 'list'>,
  path: RelPath,
  options: CallOptions,
): AsyncGenerator<KeptVersion> {
  for await (const page of provider.list(KEPT_AREA, options)) {
    // When the file was made says nothing of when this path got it: it may have had another name, or have been copied since.
    for (const { path: token, kind, size: sizeBytes, mtimeNs } of page) {
      const place = kind === 'file' ? parseKeptPath(token) : undefined
      if (place === undefined || !isWithin(place.path, path)) continue
      yield { ...place, mtimeMs: Number(mtimeNs / 1_000_000n), sizeBytes, token, keptBy: 'tidekeep' }
    }
  }
}

import { resolve } from 'node:path'
import { formatLocation, parseLocation } from '../../common/location.ts'
import type { FolderSettings } from '../../common/settings.ts'
import { includeLines } from '../../workers/ignore/selection.ts'
import type { PassRequest } from '../engine/passes.ts'
import type { Host } from '../host.ts'
import { isStoreOf, pairDirectory, stateDirectory } from '../pairs.ts'
import type { RunOnceOptions } from '../run-once.ts'
import { openSettings } from '../state/settings-store.ts'

/** The folder a run works on, and where its state is: a configured folder's own, or the pair's. */
export interface Pair {
  readonly folder: FolderSettings
  readonly directory: string
  /** The state is the pair's own, and is found by what is written beside it. */
  readonly isAdHoc: boolean
  readonly globalIgnore: readonly string[]
}

/** A configured folder with the same source and target (at the same store) is taken as it is; any other pair is ad hoc. Throws `invalid`. */
export async function choosePair(host: Host, options: RunOnceOptions): Promise<Pair> {
  const target = formatLocation(parseLocation(options.target, (path) => resolve(path)))
  const settings = await openSettings(host.paths.config)
  const { ignore, folders } = settings.get()
  const configured = folders.find(
    (each) => each.path === options.source && each.target === target && isStoreOf(each.s3 ?? {}, options.s3),
  )
  const folder: FolderSettings = {
    id: configured?.id ?? 'pair',
    name: options.source,
    path: options.source,
    target,
    mode: options.mode,
    paused: false,
    ignore: [...(configured?.ignore ?? []), ...options.ignore],
    s3: { ...configured?.s3, ...options.s3 },
    ...(configured?.adopt && { adopt: configured.adopt }),
    conflictRules: [...rulesOf(options), ...(configured?.conflictRules ?? [])],
  }
  return {
    folder,
    globalIgnore: [...includeLines(options.include), ...ignore],
    isAdHoc: configured === undefined,
    directory:
      configured === undefined ? pairDirectory(host.paths, { ...options, target }) : stateDirectory(host.paths),
  }
}

function rulesOf({ resolve: resolution }: RunOnceOptions): NonNullable<FolderSettings['conflictRules']> {
  return resolution === undefined ? [] : [{ pattern: '*', resolution }]
}

/** The one pass of a run: everything, with the target listed. */
export function passRequest(options: RunOnceOptions, { adopt }: Pick<FolderSettings, 'adopt'> = {}): PassRequest {
  const { mode, guardFiles, guardPercent, allowsDeletions } = options
  const trust = allowsDeletions === true ? { isAgreed: true as const } : {}
  return {
    scopes: 'everything',
    compareTarget: true,
    rules: { mode, guardFiles, guardPercent, ...trust, ...(adopt && { adopt }) },
    signal: options.kill.aborted ? options.kill : AbortSignal.any([options.stop, options.kill]),
  }
}

import type { RelPath } from '../../common/model.ts'
import { isWithin, nameOf, parentOf } from '../../common/paths.ts'
import type { Destination } from './destination.ts'

/** Most file systems take names of 255 bytes; some room is left for a number. */
const MAX_NAME_BYTES = 245

/** A path that is brought back under another name. */
export interface Renamed {
  readonly path: RelPath
  readonly to: RelPath
}

/**
 * Free names beside the given paths: `letter (as of 2026-11-21 14-02-09).txt`, numbered where even that is
 * taken. Paths that lie in others of them go with those.
 */
export async function freeNames(
  destination: Pick<Destination, 'look'>,
  paths: readonly RelPath[],
  label: string,
): Promise<readonly Renamed[]> {
  const renamed: Renamed[] = []
  for (const path of [...new Set(paths)].sort()) {
    if (renamed.some((outer) => isWithin(path, outer.path))) continue
    renamed.push({ path, to: await freeName(destination, { path, label, taken: renamed }) })
  }
  return renamed
}

async function freeName(
  destination: Pick<Destination, 'look'>,
  { path, label, taken }: { readonly path: RelPath; readonly label: string; readonly taken: readonly Renamed[] },
): Promise<RelPath> {
  const parent = parentOf(path)
  const name = nameOf(path)
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  for (let turn = 1; ; turn++) {
    const suffix = ` (${label}${turn === 1 ? '' : ` ${turn}`})`
    const candidate = `${shortened(stem, `${suffix}${ending}`)}${suffix}${ending}`
    const to = (parent === '' ? candidate : `${parent}/${candidate}`) as RelPath
    if (!taken.some((other) => other.to === to) && (await destination.look(to)) === undefined) return to
  }
}

function shortened(stem: string, rest: string): string {
  const characters = Array.from(stem)
  while (characters.length > 1 && Buffer.byteLength(characters.join('') + rest) > MAX_NAME_BYTES) characters.pop()
  return characters.join('')
}

/** A destination in which some paths have other names. */
export function renamedDestination(inner: Destination, renamed: readonly Renamed[]): Destination {
  const place = (path: RelPath): RelPath => {
    const found = renamed.find((each) => isWithin(path, each.path))
    return found === undefined ? path : ((found.to + path.slice(found.path.length)) as RelPath)
  }
  return {
    pathProblem: (path) => inner.pathProblem(place(path as RelPath)),
    look: (path) => inner.look(place(path)),
    isNew: (path) => inner.isNew(place(path)),
    read: (path, range) => inner.read(place(path), range),
    stable: (path) => inner.stable(place(path)),
    makeDirectory: (path) => inner.makeDirectory(place(path)),
    stage: (path) => inner.stage(place(path)),
    sweep: (path) => inner.sweep(place(path)),
    setAside: (path, to) => inner.setAside(place(path), place(to)),
    removeSame: (path, same) => inner.removeSame(place(path), same),
    removeEmpty: (path) => inner.removeEmpty(place(path)),
    asideName: (path, begin) => inner.asideName(place(path), begin),
    localDirectory: () => Promise.resolve(undefined),
    setDirectoryMetadata: (path, metadata) => inner.setDirectoryMetadata(place(path), metadata),
    freeBytes: () => inner.freeBytes(),
    close: () => inner.close(),
  }
}

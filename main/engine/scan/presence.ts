import type { Entry, EntryKind, RelPath } from '../../../common/model.ts'
import type { Scanner } from './scanner.ts'

/** What is at a path now: something a scan takes, something ignore rules leave out, or nothing. */
export type Presence = 'carried' | 'left-out' | 'absent'

/** Looks at one path. Where that cannot be told, something is there. With `kind`, what is of the other kind counts as absent. */
export async function presenceOf(
  scanner: Pick<Scanner, 'stat' | 'exists'>,
  path: RelPath,
  kind?: EntryKind,
): Promise<Presence> {
  try {
    const entry = await scanner.stat(path)
    if (entry !== undefined) return entry.kind === (kind ?? entry.kind) ? 'carried' : 'absent'
  } catch {
    return 'carried'
  }
  return (await scanner.exists(path)) ? 'left-out' : 'absent'
}

/** One path that cannot be looked at must not end a pass over all others: the scan reports it as a problem. */
export async function statIfReadable(
  scanner: Pick<Scanner, 'stat'>,
  path: RelPath,
): Promise<Entry | 'unknown' | undefined> {
  try {
    return await scanner.stat(path)
  } catch {
    return 'unknown'
  }
}

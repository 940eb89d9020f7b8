import type { RelPath } from '../../../common/model.ts'
import type { Scanner } from './scanner.ts'

/** What is at a path now: something a scan takes, something ignore rules leave out, or nothing. */
export type Presence = 'carried' | 'left-out' | 'absent'

/** Looks at one path. Where that cannot be told, something is there. */
export async function presenceOf(scanner: Pick<Scanner, 'stat' | 'exists'>, path: RelPath): Promise<Presence> {
  try {
    if ((await scanner.stat(path)) !== undefined) return 'carried'
  } catch {
    return 'carried'
  }
  return (await scanner.exists(path)) ? 'left-out' : 'absent'
}

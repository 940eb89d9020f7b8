import { TidekeepError } from '../../../common/errors.ts'
import type { Entry, RelPath } from '../../../common/model.ts'
import { RESERVED_DIRECTORY, toRelPath } from '../../../common/paths.ts'
import type { Clock } from '../../host.ts'
import type { TargetProvider } from '../../providers/provider.ts'

/**
 * Moves something at the target that Tidekeep did not put there out of the way, unharmed, to
 * `.tidekeep/kept/<time>/<path>`. Answers where it is now; undefined when it was gone already.
 * Throws `already-exists` where the target cannot move.
 */
export async function putAside(
  context: { readonly target: TargetProvider; readonly clock: Clock },
  found: Entry,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { features, location } = context.target
  if (features.move === undefined) {
    throw new TidekeepError({
      code: 'already-exists',
      message: `${location} already has another ${found.path}, and cannot move it out of the way.`,
      path: found.path,
      fix: 'Move or rename it there by hand, then retry.',
    })
  }
  const aside = asidePath(found.path, context.clock.now())
  const expect = found.etag === undefined ? ({ kind: 'any' } as const) : ({ kind: 'etag', etag: found.etag } as const)
  await features.move(found.path, aside, { expect, signal })
  return aside
}

function asidePath(path: RelPath, nowMs: number): RelPath {
  const stamp = new Date(nowMs).toISOString().replaceAll(':', '-').replace('Z', '')
  return toRelPath(`${RESERVED_DIRECTORY}/kept/${stamp}/${path}`)
}

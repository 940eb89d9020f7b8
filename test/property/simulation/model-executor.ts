import type { Action, BaselineEntry, Entry, Precondition, RelPath } from '../../../common/model.ts'
import type { ModelTarget } from './model-target.ts'
import { Violation } from './cells.ts'

/** What executing by the book looks at besides the action. */
export interface ModelSide {
  readonly target: ModelTarget
  /** The content of a file that is still what the scan saw; undefined when it is not. */
  read(local: Entry): string | undefined
  entry(path: RelPath): Entry | undefined
  /** Deleting is right: the source lost the path after it was agreed on. */
  mayDelete(path: RelPath): boolean
}

/** How an action ended: the new agreed state, a look again, or once more later. */
export type Ended =
  | { readonly kind: 'agreed'; readonly path: RelPath; readonly base: BaselineEntry; readonly from?: RelPath }
  | { readonly kind: 'forgotten'; readonly path: RelPath }
  | { readonly kind: 'stale' | 'later' }

/** Executes one action as its contract says, on plain data. The planner's preconditions are all that protects others. */
export function executeByTheBook(side: ModelSide, action: Action, isLastTry: boolean): Ended {
  switch (action.kind) {
    case 'upload':
      return upload(side, action.local, action.expect)
    case 'adopt':
      return adopt(side, action.local)
    case 'move':
      return move(side, action)
    case 'metadata':
      return metadata(side, action.local, action)
    case 'make-directory':
      return makeDirectory(side, action.local)
    case 'delete':
      return remove(side, action, isLastTry)
    case 'forget':
      return { kind: 'forgotten', path: action.path }
    default:
      throw new Error(`${action.kind} is not of a mode in which only the target follows`)
  }
}

function upload(side: ModelSide, local: Entry, expect: Precondition): Ended {
  const content = side.read(local)
  if (content === undefined) return { kind: 'stale' }
  const { target } = side
  const above = target.fileAbove(local.path)
  const isFolder = target.objects.has(local.path) && target.objects.get(local.path)!.content === undefined
  if (above === undefined && !isFolder && target.holds(local.path, expect)) return put(side, local, content)
  if (above !== undefined) target.putAside(above)
  return adopt(side, local)
}

function put(side: ModelSide, local: Entry, content: string): Ended {
  side.target.put(local.path, { content, mtimeNs: local.mtimeNs, mode: local.mode })
  return agreed(side, local, content)
}

function adopt(side: ModelSide, local: Entry): Ended {
  const content = side.read(local)
  if (content === undefined) return { kind: 'stale' }
  const { target } = side
  const found = target.objects.get(local.path)
  if (found !== undefined && found.content === content) {
    target.setMetadata(local.path, { mtimeNs: local.mtimeNs, mode: local.mode })
    return agreed(side, local, content)
  }
  if (found !== undefined) target.putAside(local.path)
  return put(side, local, content)
}

function move(side: ModelSide, action: Action & { kind: 'move' }): Ended {
  const { local, from, path, expect, base } = action
  const { target } = side
  const content = side.read(local)
  if (content === undefined) return { kind: 'stale' }
  const fits = target.objects.has(from) && target.holds(from, expect) && !target.objects.has(path)
  if (content !== base.contentHash || !fits || target.fileAbove(path) !== undefined)
    return upload(side, local, { kind: 'absent' })
  target.move(from, path)
  target.setMetadata(path, { mtimeNs: local.mtimeNs, mode: local.mode })
  return { ...(agreed(side, local, content) as Ended & { kind: 'agreed' }), from }
}

function metadata(side: ModelSide, local: Entry, action: Action & { kind: 'metadata' }): Ended {
  const { target } = side
  if (!target.objects.has(local.path) || !target.holds(local.path, action.expect))
    return local.kind === 'directory' ? makeDirectory(side, local) : adopt(side, local)
  target.setMetadata(local.path, { mtimeNs: local.mtimeNs, mode: local.mode })
  return agreed(side, local, action.base.contentHash)
}

function makeDirectory(side: ModelSide, local: Entry): Ended {
  const { target } = side
  const above = target.fileAbove(local.path)
  if (above !== undefined) target.putAside(above)
  if (target.objects.get(local.path)?.content !== undefined) target.putAside(local.path)
  if (target.objects.has(local.path)) target.setMetadata(local.path, { mtimeNs: local.mtimeNs, mode: local.mode })
  else target.put(local.path, { content: undefined, mtimeNs: local.mtimeNs, mode: local.mode })
  return agreed(side, local, undefined)
}

function remove(side: ModelSide, action: Action & { kind: 'delete' }, isLastTry: boolean): Ended {
  const { path, base, expect } = action
  const { target } = side
  const found = target.objects.get(path)
  if (side.entry(path) !== undefined) return { kind: 'agreed', path, base }
  if (found === undefined) return { kind: 'forgotten', path }
  if ((base.kind === 'directory') !== (found.content === undefined)) return { kind: 'forgotten', path }
  if (!target.isEmpty(path)) return isLastTry ? { kind: 'forgotten', path } : { kind: 'later' }
  if (!target.holds(path, expect)) return { kind: 'forgotten', path }
  if (found.content !== undefined && !found.isOurs)
    throw new Violation('I3', `content of others, ${found.content}, was deleted`, path)
  if (!side.mayDelete(path)) throw new Violation('I12', 'deleted, though the source never lost it', path)
  target.objects.delete(path)
  return { kind: 'forgotten', path }
}

function agreed({ target }: ModelSide, local: Entry, content: string | undefined): Ended {
  const remote = target.entry(local.path)!
  return {
    kind: 'agreed',
    path: local.path,
    base: {
      path: local.path,
      kind: local.kind === 'directory' ? 'directory' : 'file',
      size: local.size,
      mtimeNs: local.mtimeNs,
      recordedAtMs: 0,
      remote: {
        size: remote.size,
        verifiedBy: 'checksum',
        ...(remote.etag === undefined ? {} : { etag: remote.etag }),
      },
      ...(local.mode === undefined ? {} : { mode: local.mode }),
      ...(local.identity === undefined ? {} : { identity: local.identity }),
      ...(content === undefined ? {} : { contentHash: content }),
    },
  }
}

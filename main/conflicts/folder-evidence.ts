import type { Entry } from '../../common/model.ts'
import type { Evidence } from '../../common/protocol.ts'
import { evidenceTexts } from './evidence-texts.ts'
import type { ConflictSides } from './sides.ts'

/** More is said to be more. */
const MAX_COUNTED = 10_000
/** A target that takes longer to tell is not waited for. */
const COUNT_MS = 5_000

/** What is in the folder that one side has in the place of the other's file. */
export async function folderEvidence(sides: ConflictSides, mine: Entry, theirs: Entry): Promise<Evidence> {
  if (mine.kind === theirs.kind) return { kind: 'none', why: evidenceTexts.folder }
  const at = mine.kind === 'directory' ? 'local' : 'remote'
  const counted = await count(sides, at, mine.path)
  return { kind: 'folder', at, ...counted }
}

async function count(
  { source, target, signal, clock }: ConflictSides,
  at: 'local' | 'remote',
  path: Entry['path'],
): Promise<{ readonly files?: number; readonly bytes?: number; readonly isCut?: true }> {
  const late = new AbortController()
  const cancel = clock.after(COUNT_MS, () => late.abort())
  let [files, bytes] = [0, 0]
  try {
    const listing = (at === 'local' ? source : target).list(path, { signal: AbortSignal.any([signal, late.signal]) })
    for await (const page of listing) {
      for (const { kind, size } of page) if (kind === 'file') [files, bytes] = [files + 1, bytes + size]
      if (files >= MAX_COUNTED) return { files, bytes, isCut: true }
    }
    return { files, bytes }
  } catch {
    signal.throwIfAborted()
    // How much is in it helps, and is not needed.
    return {}
  } finally {
    cancel()
  }
}

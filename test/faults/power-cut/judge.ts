import { cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BaselineEntry, FolderId } from '../../../common/model.ts'
import { ROOT_PATH } from '../../../common/paths.ts'
import { openStore } from '../../../main/state/sqlite-store.ts'
import { blake3Hex } from '../../../workers/hash/blake3.ts'
import { createFakeHost } from '../../fakes/host.ts'

/** BLAKE3 of every file by its path, Tidekeep's own area left out. */
export type Digests = ReadonlyMap<string, string>

export function digestsOf(root: string): Digests {
  const found = new Map<string, string>()
  if (!existsSync(root)) return found
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (path === '.tidekeep' || path.startsWith('.tidekeep/')) continue
    const full = join(root, path)
    if (lstatSync(full).isFile()) found.set(path, blake3Hex(readFileSync(full)))
  }
  return found
}

/** What the source was when the disk was quiet, and what it was when the command that was cut began. */
export interface Truth {
  readonly before: Digests
  readonly after: Digests
  /** The command deletes at the target what the source no longer has. */
  readonly isMirror: boolean
}

/** What a cut left at the target that must not be there, or is missing. Empty is well. */
export function judgeTarget(target: string, { before, after, isMirror }: Truth): readonly string[] {
  const held = digestsOf(target)
  const violations: string[] = []
  for (const [path, digest] of held)
    if (digest !== before.get(path) && digest !== after.get(path)) violations.push(`${path} is torn`)
  const contents = new Set(held.values())
  for (const [path, digest] of before) {
    if (held.has(path) || (isMirror && !after.has(path) && !new Set(after.values()).has(digest))) continue
    // Moved: it is at the new place or at the old one, at every moment.
    if (after.has(path) || !contents.has(digest)) violations.push(`${path} is lost`)
  }
  return violations
}

/** What is recorded as safe and is not there (I9), of state in `directory`. The state itself is not touched. */
export async function judgeState(
  directory: string,
  target: string,
  { after, isMirror }: Truth,
): Promise<readonly string[]> {
  const held = digestsOf(target)
  const violations: string[] = []
  for (const { path, kind, contentHash } of await recordedIn(directory)) {
    if (kind !== 'file') continue
    const digest = held.get(path)
    if (digest === contentHash) continue
    // The target is ahead of the record: replaced, moved on, or deleted where that was to be done.
    if (digest !== undefined && digest === after.get(path)) continue
    const isGone = digest === undefined && !after.has(path)
    if (isGone && (isMirror || [...held.values()].includes(contentHash ?? ''))) continue
    violations.push(`${path} is recorded as safe and is ${digest === undefined ? 'missing' : 'not what was recorded'}`)
  }
  return violations
}

/** Baseline entries of the only pair in a state directory; none where there is no state yet. Throws where it is damaged. */
async function recordedIn(stateDirectory: string): Promise<readonly BaselineEntry[]> {
  const pairs = join(stateDirectory, 'pairs')
  const [pair] = existsSync(pairs) ? readdirSync(pairs) : []
  if (pair === undefined) return []
  const copy = mkdtempSync(join(tmpdir(), 'tk-state-'))
  try {
    cpSync(join(pairs, pair), copy, { recursive: true })
    const { clock, log } = createFakeHost()
    const { store, recovered, note } = await openStore({ directory: copy, clock, log })
    if (recovered === 'quarantined') throw new Error(`the state was damaged: ${note}`)
    const entries = store.baseline.page('pair' as FolderId, ROOT_PATH, undefined, 1_000_000)
    store.close()
    return entries
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** Paths that differ, one sentence each. */
export function differences(held: Digests, wanted: Digests, what: string): readonly string[] {
  const paths = new Set([...held.keys(), ...wanted.keys()])
  return [...paths].filter((path) => held.get(path) !== wanted.get(path)).map((path) => `${path} ${what}`)
}

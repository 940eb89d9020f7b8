import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Paths } from '../host.ts'
import { pairDirectory } from '../pairs.ts'
import { replaceFileDurably } from '../state/durable-file.ts'
import type { RememberedPair } from './ports.ts'

/** A pair of an earlier `sync`, and where its state is. */
export interface PairState extends RememberedPair {
  readonly directory: string
}

const FILE = 'pair.json'

/** Writes beside a pair's state what it is the state of. Does nothing where the pair has none. */
export async function rememberPair(paths: Paths, pair: RememberedPair): Promise<void> {
  const directory = pairDirectory(paths, pair.source, pair.target)
  if (!existsSync(directory)) return
  const text = `${JSON.stringify({ version: 1, ...pair })}\n`
  const file = join(directory, FILE)
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) replaceFileDurably(file, text)
}

/** The pairs whose target is `target`, as `formatLocation` gives it. */
export function pairsOf(paths: Paths, target: string): readonly PairState[] {
  // Only the parent is of interest; every pair lives in it.
  const parent = dirname(pairDirectory(paths, '', ''))
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .map((name) => read(join(parent, name)))
    .filter((pair) => pair?.target === target) as readonly PairState[]
}

function read(directory: string): PairState | undefined {
  try {
    const pair = JSON.parse(readFileSync(join(directory, FILE), 'utf8')) as Partial<RememberedPair>
    if (typeof pair.source !== 'string' || typeof pair.target !== 'string') return undefined
    return { directory, source: pair.source, target: pair.target, s3: pair.s3 ?? {} }
  } catch {
    // State of a run that was killed before it could be named, or damaged: as if it were not there.
    return undefined
  }
}

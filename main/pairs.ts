import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { S3Options } from '../common/settings.ts'
import type { Paths } from './host.ts'
import { replaceFileDurably } from './state/durable-file.ts'
import { toOpenError } from './state/sqlite/open-file.ts'

/** What a `sync SOURCE TARGET` was asked for. No secrets. */
export interface RememberedPair {
  readonly source: string
  readonly target: string
  readonly s3: S3Options
}

/** A pair of an earlier `sync`, and where its state is. */
export interface PairState extends RememberedPair {
  readonly directory: string
}

const FILE = 'pair.json'
/** What of the options tells one store, or what is seen of it, from another. */
const STORE_KEYS = ['endpoint', 'accountId', 'profile'] as const

/** Where state of the application lives: one directory for all configured folders. */
export function stateDirectory(paths: Paths): string {
  return join(paths.state, 'main')
}

/** Where signatures are cached, by content: one directory for all folders and pairs. */
export function signatureDirectory(paths: Paths): string {
  return join(paths.state, 'signatures')
}

/**
 * Where the state of an ad-hoc `sync SOURCE TARGET` lives: one directory for each pair, so that
 * different pairs never wait for each other. `source` is absolute, `target` as `formatLocation` gives it:
 * the same bucket of another store, or as another account sees it, is another target.
 */
export function pairDirectory(paths: Paths, { source, target, s3 }: RememberedPair): string {
  const store = STORE_KEYS.map((key) => valueOf(s3, key)).join('\0')
  // Without any of them as it was before they counted.
  const named = store === '\0\0' ? '' : `\0${store}`
  const name = createHash('sha256').update(`${source}\0${target}${named}`).digest('hex').slice(0, 16)
  return join(pairsDirectory(paths), name)
}

/** Whether what was asked for by name on the command line is the store that a folder is configured for; what was not named is. */
export function isStoreOf(configured: S3Options, asked: S3Options): boolean {
  return STORE_KEYS.every((key) => asked[key] === undefined || valueOf(asked, key) === valueOf(configured, key))
}

function valueOf(s3: S3Options, key: (typeof STORE_KEYS)[number]): string {
  return (s3[key] ?? '').replace(/\/+$/, '')
}

/** Writes beside a pair's state what it is the state of, so that `verify` and `restore` find it by its target. Throws as opening the state does. */
export function rememberPair(directory: string, { source, target, s3 }: RememberedPair): void {
  const text = `${JSON.stringify({ version: 1, source, target, s3 })}\n`
  const file = join(directory, FILE)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  try {
    replaceFileDurably(file, text)
  } catch (error) {
    throw toOpenError(error, file)
  }
}

/** The pairs whose target is `target`, as `formatLocation` gives it; all of them without one. */
export function pairsOf(paths: Paths, target?: string): readonly PairState[] {
  const parent = pairsDirectory(paths)
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .map((name) => readPair(join(parent, name)))
    .filter((pair) => pair !== undefined)
    .filter((pair) => target === undefined || pair.target === target)
}

function pairsDirectory(paths: Paths): string {
  return join(paths.state, 'pairs')
}

function readPair(directory: string): PairState | undefined {
  try {
    const pair = JSON.parse(readFileSync(join(directory, FILE), 'utf8')) as Partial<RememberedPair>
    if (typeof pair.source !== 'string' || typeof pair.target !== 'string') return undefined
    return { directory, source: pair.source, target: pair.target, s3: pair.s3 ?? {} }
  } catch {
    // State of a run that was killed before it could be named, or damaged: as if it were not there.
    return undefined
  }
}

import { closeSync, existsSync, ftruncateSync, lstatSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { RelPath } from '../../../common/model.ts'
import { comparePaths, toRelPath } from '../../../common/paths.ts'
import { SafeRoot } from '../../../workers/fs/safe-root.ts'
import { blake3Hex } from '../../../workers/hash/blake3.ts'
import { digestStream } from '../../digests.ts'
import { openLocalDestination } from '../../restore/local-destination.ts'

/** What a file must be when it is back. */
export interface Expected {
  readonly hash: string
  readonly sizeBytes: number
  readonly mtimeNs: bigint
}

/** Every file of a folder at one moment. */
export type Inventory = ReadonlyMap<RelPath, Expected>

/** How a data set is made. */
export interface DataSetOptions {
  readonly files: number
  /** The same seed gives the same names, sizes and contents. */
  readonly seed: string
}

/** Names that programs stumble over. */
const NAMES = [
  'letter',
  'Ärger & Co',
  '日本語の名前',
  'with  two spaces',
  '-dash',
  'emoji 🌊',
  "quote's",
  'plus+percent%20',
]
const LARGE_EVERY = 100
const LARGE_BYTES = 2 * 1024 * 1024
const SMALL_BYTES = 24 * 1024
/** Times are set as seconds in a double, which keeps those of this century to a quarter of a microsecond. */
const TIME_STEP_NS = 1_000n
const FIRST_MTIME_NS = 1_500_000_000_000_000_000n

/** Fills a folder, file by file durable, as a person's would be. Answers what is in it. */
export async function makeDataSet(directory: string, { files, seed }: DataSetOptions): Promise<Inventory> {
  const destination = openLocalDestination(directory)
  const inventory = new Map<RelPath, Expected>()
  const draw = generator(seed)
  try {
    for (let number = 0; number < files; number++) {
      const path = toRelPath(nameOf(number))
      const sizeBytes = number % LARGE_EVERY === LARGE_EVERY - 1 ? LARGE_BYTES : draw() % SMALL_BYTES
      const bytes = noise(sizeBytes, draw)
      const mtimeNs = FIRST_MTIME_NS + BigInt(number) * 1_000_000_007n
      const staged = await destination.stage(path)
      await staged.write(bytes)
      await staged.commit({ mtimeNs })
      inventory.set(path, { hash: blake3Hex(bytes), sizeBytes, mtimeNs })
    }
  } finally {
    await destination.close()
  }
  return inventory
}

/** Overwrites files in place with noise, and gives them `suffix` behind their names where it is not empty. */
export function overwrite(
  directory: string,
  paths: readonly RelPath[],
  { seed, suffix }: { readonly seed: string; readonly suffix: string },
): void {
  const root = SafeRoot.open(directory)
  const draw = generator(seed)
  try {
    for (const path of paths) {
      const bytes = noise(1_000 + (draw() % SMALL_BYTES), draw)
      const fd = root.openForWriting(path)
      try {
        ftruncateSync(fd, 0)
        writeSync(fd, bytes)
      } finally {
        closeSync(fd)
      }
      if (suffix !== '') root.renameFileIfAbsent(path, toRelPath(`${path}${suffix}`))
    }
  } finally {
    root.close()
  }
}

/** What a folder holds of these paths now; what is not there is left out. */
export async function inventoryOf(directory: string, paths: Iterable<RelPath>): Promise<Inventory> {
  const destination = openLocalDestination(directory)
  const inventory = new Map<RelPath, Expected>()
  try {
    for (const path of paths) {
      const absolute = join(directory, path)
      if (!existsSync(absolute)) continue
      const { hex: hash, size: sizeBytes } = await digestStream(destination.read(path), 'blake3')
      inventory.set(path, { hash, sizeBytes, mtimeNs: lstatSync(absolute, { bigint: true }).mtimeNs })
    }
  } finally {
    await destination.close()
  }
  return inventory
}

/** The files that are not there byte for byte, with the times they had. */
export function lostOf(expected: Inventory, found: Inventory): readonly RelPath[] {
  return [...expected]
    .filter(([path, file]) => !isSame(file, found.get(path)))
    .map(([path]) => path)
    .toSorted(comparePaths)
}

function isSame({ hash, mtimeNs }: Expected, found: Expected | undefined): boolean {
  if (found?.hash !== hash) return false
  const apartNs = found.mtimeNs - mtimeNs
  return apartNs < TIME_STEP_NS && -apartNs < TIME_STEP_NS
}

/** Bytes of all files. */
export function bytesOf(inventory: Inventory): number {
  return [...inventory.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

function nameOf(number: number): string {
  const name = `${NAMES[number % NAMES.length]} ${number}.dat`
  return number % 5 === 0 ? name : `folder ${number % 37}/${number % 3 === 0 ? `deep/er ${number % 4}/` : ''}${name}`
}

/** xorshift32 (Marsaglia 2003): quick, and the same everywhere. */
function generator(seed: string): () => number {
  let state = Number.parseInt(blake3Hex(Buffer.from(seed)).slice(0, 8), 16) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

function noise(sizeBytes: number, draw: () => number): Uint8Array {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4))
  for (let at = 0; at < words.length; at++) words[at] = draw()
  return new Uint8Array(words.buffer, 0, sizeBytes)
}

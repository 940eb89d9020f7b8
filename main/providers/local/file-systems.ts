import { statfs } from 'node:fs/promises'
import { SETTABLE_MTIME_STEP_NS } from '../../../workers/fs/file-times.ts'
import type { TargetPlace } from '../../../workers/tasks.ts'

/** What a kind of file system keeps of a file. */
export interface FileSystemTraits {
  readonly etagBy: TargetPlace['etagBy']
  readonly mtimeStepNs: bigint
  readonly maxFileBytes: number
}

const USUAL: FileSystemTraits = {
  etagBy: 'inode',
  mtimeStepNs: SETTABLE_MTIME_STEP_NS,
  maxFileBytes: Number.MAX_SAFE_INTEGER,
}

/** By the magic number of `statfs(2)` (Linux, `linux/magic.h`); those that differ from the usual. */
const TRAITS_BY_MAGIC: ReadonlyMap<number, FileSystemTraits> = new Map([
  [0x4d44, { etagBy: 'times', mtimeStepNs: 2_000_000_000n, maxFileBytes: 2 ** 32 - 1 }],
  [0x2011bab0, { ...USUAL, etagBy: 'times', mtimeStepNs: 10_000_000n }],
  [0x65735546, { ...USUAL, etagBy: 'times' }],
])

/** FAT, exFAT and FUSE file systems number their files anew at every mount, and FAT rounds times to 2 s. */
export async function readTraits(root: string): Promise<FileSystemTraits> {
  if (process.platform !== 'linux') return USUAL
  return TRAITS_BY_MAGIC.get((await statfs(root)).type) ?? USUAL
}

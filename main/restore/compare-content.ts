import { isTidekeepError } from '../../common/errors.ts'
import type { Checksum, Entry } from '../../common/model.ts'
import type { SourceProvider } from '../providers/provider.ts'
import { digestStream } from '../digests.ts'

/** What reading content back needs. */
export interface ContentWork {
  readonly provider: Pick<SourceProvider, 'read'>
  readonly kill: AbortSignal
  readonly tally: {
    received(bytes: number): void
    /** A file was read back. */
    read(): void
  }
}

/** Storage classes whose objects must be thawed before they can be read. */
const ARCHIVE_CLASSES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE'])

/** True where reading would fail although nothing is lost. */
export function isArchived(entry: Entry): boolean {
  return isArchiveClass(entry.storageClass) && entry.thaw !== 'ready'
}

/** True for a storage class whose objects must be thawed before they can be read. */
export function isArchiveClass(storageClass: string | undefined): storageClass is string {
  return storageClass !== undefined && ARCHIVE_CLASSES.has(storageClass)
}

/** Reads a file at the target and compares. A body that ends early or is damaged on the way counts as different. */
export async function compareContent(entry: Entry, expected: Checksum, work: ContentWork): Promise<boolean> {
  const { provider, kill, tally } = work
  try {
    const stream = provider.read(entry.path, { signal: kill })
    const read = await digestStream(stream, expected.algorithm, (bytes) => tally.received(bytes))
    tally.read()
    return read.hex === expected.value
  } catch (error) {
    if (isTidekeepError(error) && error.code === 'corrupt') return false
    throw error
  }
}

import type { Checksum, Entry } from '../../common/model.ts'
import { compareContent, isArchived } from './compare-content.ts'
import { digestStream, strongest } from '../digests.ts'
import { recordOf } from './records.ts'
import type { Subject, VerifyWork } from './verify.ts'
import type { Finding } from './verify-tally.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** The folder a target is a copy of. */
export interface SourceTree {
  /** Its files in `comparePaths` order, ignore rules applied. */
  files(signal: AbortSignal): AsyncIterable<Entry>
  read(entry: Entry): AsyncIterable<Uint8Array>
}

/** Compares one file of the source with the target. What only the target has is no finding: a backup keeps it. */
export async function compareWithSource(subject: Subject, work: VerifyWork): Promise<Finding | undefined> {
  const { path, local, entry, records } = subject
  if (local === undefined || work.source === undefined) return undefined
  if (entry === undefined || entry.kind !== 'file') {
    return { path, kind: 'not-backed-up', message: restoreFailureTexts.verifySource.isNotAtTheTarget({ path }) }
  }
  const differs: Finding = {
    path,
    kind: 'differs',
    message: restoreFailureTexts.verifySource.differsFromItsCopyAt({ path }),
  }
  const record = recordOf(entry, records)
  if (record?.remote.verifiedBy !== 'altered' && entry.size !== local.size) return differs
  if (record !== undefined && record.size === local.size && record.mtimeNs === local.mtimeNs) return undefined
  const recorded: Checksum | undefined =
    record?.contentHash === undefined
      ? await storedChecksum(entry, work)
      : { algorithm: 'blake3', value: record.contentHash }
  const here = await digestStream(work.source.read(local), recorded?.algorithm ?? 'blake3')
  if (recorded !== undefined) return here.hex === recorded.value ? undefined : differs
  if (isArchived(entry)) return work.tally.archived()
  return (await compareContent(entry, { algorithm: 'blake3', value: here.hex }, work)) ? undefined : differs
}

async function storedChecksum(entry: Entry, { provider, kill }: VerifyWork): Promise<Checksum | undefined> {
  const known = entry.checksums === undefined ? await provider.stat(entry.path, { signal: kill }) : entry
  return strongest(known.checksums ?? [])
}

import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { makeDirectories } from '../make-directories.ts'
import { TidekeepError } from '../../common/errors.ts'
import { systemCode } from '../../workers/fs/system-code.ts'
import { replaceFileDurably } from './durable-file.ts'
import { stateFailureTexts } from './state-failure-texts.ts'

const memorySchema = z.strictObject({
  lastCheckMs: z.number().optional(),
  /** The newest authentic manifest of each channel. */
  seen: z.record(z.string(), z.strictObject({ version: z.string(), issuedMs: z.number() })),
})

/** What must be remembered of updates across starts. */
export type UpdateRecord = z.infer<typeof memorySchema>

/** Keeps an {@link UpdateRecord} in one file. Each write is on disk when it returns. */
export interface UpdateMemory {
  /** Throws `corrupt` for a file that cannot be read: an older release could pass for new then. */
  read(): UpdateRecord
  write(record: UpdateRecord): void
}

/** The memory in the file at `path`, made on the first write. */
export function createUpdateMemory(path: string): UpdateMemory {
  return {
    read: () => {
      try {
        return memorySchema.parse(JSON.parse(readFileSync(path, 'utf8')))
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return { seen: {} }
        throw new TidekeepError({
          code: 'corrupt',
          message: stateFailureTexts.updateMemory.whatIsKnownOfEarlier({ path }),
          path,
          fix: stateFailureTexts.updateMemory.whatIsKnownOfEarlierFix,
          cause: error,
        })
      }
    },
    write: (record) => {
      makeDirectories(dirname(path))
      replaceFileDurably(path, `${JSON.stringify(record)}\n`)
    },
  }
}

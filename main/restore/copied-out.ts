import type { Entry } from '../../common/model.ts'
import type { CopyOutItem, SourceProvider } from '../providers/provider.ts'
import type { Destination } from './destination.ts'
import { expectedChecksum, recordOf, type Records } from './records.ts'

/** What copying out takes of a restore. */
export interface CopiesOutOptions {
  readonly provider: SourceProvider
  readonly destination: Destination
  readonly records: Records
  readonly kill: AbortSignal
  /** Came back in a batch. */
  readonly onRestored: (entry: Entry, outcome: { readonly verified: boolean }) => void
  /** Brings a file back by itself, and tells what became of it. */
  readonly alone: (entry: Entry) => Promise<void>
  /** Runs work with a bound on how much runs at once. */
  readonly start: (work: () => Promise<void>) => Promise<void>
}

interface Waiting {
  readonly entry: Entry
  readonly item: CopyOutItem
  readonly verified: boolean
}

/** Larger ones are worth a turn of their own. */
const MAX_FILE_BYTES = 1024 * 1024
/** A batch is made durable as one: larger ones wait longer and cost hardly less. */
const BATCH_FILES = 700
const BATCH_BYTES = 32 * 1024 * 1024

/**
 * Small files for whose places nothing is in the way, where the target copies many at once into a folder of this
 * computer. Whatever does not go as it should is brought back by itself, which says what is wrong.
 */
export class CopiesOut {
  readonly #options: CopiesOutOptions
  #waiting: Waiting[] = []
  #bytes = 0

  constructor(options: CopiesOutOptions) {
    this.#options = options
  }

  /** False: it is not for a batch. */
  async take(entry: Entry): Promise<boolean> {
    const { destination, records, provider } = this.#options
    const { path, etag, size } = entry
    if (provider.features.copyOut === undefined || etag === undefined || size > MAX_FILE_BYTES) return false
    if (await isOccupied(destination, entry)) return false
    const record = recordOf(entry, records.get(path))
    const expected = expectedChecksum(entry, record)
    if (expected !== undefined && expected.algorithm !== 'blake3') return false
    const { mtimeNs, mode } = record?.contentHash === undefined ? entry : record
    this.#waiting.push({
      entry,
      item: {
        path,
        etag,
        size,
        mtimeNs,
        ...(mode === undefined ? {} : { mode }),
        ...(expected === undefined ? {} : { contentHash: expected.value }),
      },
      verified: expected !== undefined,
    })
    this.#bytes += size
    if (this.#waiting.length >= BATCH_FILES || this.#bytes >= BATCH_BYTES) await this.flush()
    return true
  }

  /** Begins what waits. */
  async flush(): Promise<void> {
    const batch = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    if (batch.length > 0) await this.#options.start(() => this.#copy(batch))
  }

  async #copy(batch: readonly Waiting[]): Promise<void> {
    const { provider, destination, kill, onRestored, alone } = this.#options
    const directory = await destination.localDirectory()
    const outcomes =
      directory === undefined
        ? []
        : await provider.features.copyOut!(
            batch.map(({ item }) => item),
            { directory, signal: kill },
          ).catch(() => [])
    if (kill.aborted && outcomes.length === 0) return
    const left: Entry[] = []
    for (const [index, { entry, verified }] of batch.entries()) {
      if (outcomes[index]?.ok === true) onRestored(entry, { verified })
      else left.push(entry)
    }
    for (const entry of left) await alone(entry)
  }
}

/** A guess is enough: a name is given only where nothing is. */
async function isOccupied(destination: Destination, { path }: Entry): Promise<boolean> {
  if (destination.isNew(path)) return false
  try {
    return (await destination.look(path)) !== undefined
  } catch {
    // Whatever is wrong with this place is told when it is brought back by itself.
    return true
  }
}

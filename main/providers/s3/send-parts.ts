import { isTidekeepError } from '../../../common/errors.ts'
import type { Content, PutOptions } from '../provider.ts'
import type { RelPath } from '../../../common/model.ts'
import type { S3Context } from './context.ts'
import { crc32Combine } from './crc32.ts'
import { crcOf, deliverPart, type Delivery } from './deliver-part.ts'
import type { StoredPart } from './multipart-calls.ts'
import { keptFrom, type PlannedPart } from './part-plan.ts'
import { assertSame, openLocalReader, planSlots, type PartReader, type ReadPart } from './part-reader.ts'
import type { UploadSession } from './upload-session.ts'
import { openWorkerReader } from './worker-reader.ts'

/** Everything there is to know once all parts are at the store. */
export interface SentParts {
  readonly parts: readonly StoredPart[]
  readonly blake3: string
  /** CRC32 of the whole. */
  readonly crc: number
  readonly bytesSent: number
  /** Only where parts were planned to be copied. */
  readonly bytesReused?: number
  readonly signature?: Uint8Array
}

/** What is sent. */
export interface Sending {
  readonly path: RelPath
  readonly content: Content
  readonly options: PutOptions
  readonly plan: readonly PlannedPart[]
}

/**
 * One sequential read that digests, a few parts on their way at once, memory bounded whatever the
 * size. Throws what the first part to fail threw; nothing is under way any more then.
 */
export async function sendParts(context: S3Context, session: UploadSession, sending: Sending): Promise<SentParts> {
  const { path, content, options } = sending
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const report = progressReporter(options.onProgress)
  const delivery: Delivery = { context, path, session, content, signal, report }
  let bytesSent = 0
  const send = async (read: ReadPart): Promise<StoredPart> => {
    const delivered = await deliverPart(delivery, read)
    bytesSent += delivered.bytesSent
    return delivered.stored
  }
  const reader = openReader(context, sending, signal)
  try {
    const flow = createFlow(context, stop)
    const crc = await readAll(reader, (read) => flow.start(read, () => send(read))).catch(flow.fail)
    const parts = await flow.settle()
    return { ...(await summarise(reader, sending, crc)), parts, bytesSent }
  } catch (error) {
    // Bytes that are not what they should be may be those of a file that changed: nobody else is to blame then.
    if (isTidekeepError(error) && error.code === 'corrupt') assertSame(content)
    throw error
  } finally {
    stop.abort()
    await reader.close()
  }
}

/** The same read without sending: what {@link sendParts} would say of the content. Etags of the parts are not known. */
export async function digestParts(context: S3Context, sending: Sending): Promise<SentParts> {
  const reader = openReader(context, sending, sending.options.signal)
  try {
    const parts: StoredPart[] = []
    const crc = await readAll(reader, async (read) => {
      parts.push({ number: read.part.number, etag: '', crc: crcOf(read) })
      read.release()
      return true
    })
    return { ...(await summarise(reader, sending, crc)), parts, bytesSent: 0 }
  } finally {
    await reader.close()
  }
}

/** A signature takes longer than all other digests together: a worker reads then, and this thread has its time for the sockets. */
function openReader(context: S3Context, { plan, content, options }: Sending, signal: AbortSignal): PartReader {
  const { client, pool, tuning } = context
  const slots = planSlots(plan, tuning)
  const { file } = content
  if (file === undefined || options.sign === undefined) return openLocalReader(plan, content, { slots, signal })
  const withSha256 = !client.address.isPrivate
  return openWorkerReader(pool, plan, file, { slots, signal, withSha256, shape: options.sign })
}

/** Hands each part on as it was read, until one is not taken. Resolves to the CRC32 of all that was read. */
async function readAll(reader: PartReader, take: (read: ReadPart) => Promise<boolean>): Promise<number> {
  let crc = 0
  for (let read = await reader.next(); read !== undefined; read = await reader.next()) {
    const { start, end } = read.part.range
    crc = crc32Combine(crc, crcOf(read), end - start)
    if (!(await take(read))) break
  }
  return crc
}

async function summarise(
  reader: PartReader,
  { plan }: Sending,
  crc: number,
): Promise<Omit<SentParts, 'parts' | 'bytesSent'>> {
  const { blake3, signature } = await reader.finish()
  const copies = plan.filter(({ kind }) => kind !== 'literal')
  const bytesReused = copies.reduce((sum, part) => sum + keptFrom(part) - part.range.start, 0)
  return {
    blake3,
    crc,
    ...(copies.length === 0 ? {} : { bytesReused }),
    ...(signature === undefined ? {} : { signature }),
  }
}

/** Parts on their way. The first failure stops all others. */
interface Flow {
  /** Starts the work, once there is room for it: a part in a buffer has it. False after a failure. Never throws. */
  start(read: ReadPart, work: () => Promise<StoredPart>): Promise<boolean>
  fail(this: void, error: unknown): 0
  /** Waits for all. Throws the first failure. */
  settle(): Promise<readonly StoredPart[]>
}

function createFlow({ tuning }: S3Context, stop: AbortController): Flow {
  const inFlight = new Set<Promise<unknown>>()
  const unbuffered = new Set<Promise<unknown>>()
  const stored: StoredPart[] = []
  let failure: { readonly error: unknown } | undefined
  const fail = (error: unknown): 0 => {
    failure ??= { error }
    stop.abort()
    return 0
  }
  return {
    fail,
    start: async (read, work) => {
      const isBuffered = read.bytes !== undefined
      if (!isBuffered) await roomAmong(unbuffered, tuning.copiesInFlight)
      if (failure !== undefined) {
        read.release()
        return false
      }
      const arrival: Promise<unknown> = work()
        .then((part) => stored.push(part))
        .catch(fail)
        .finally(() => {
          inFlight.delete(arrival)
          unbuffered.delete(arrival)
          read.release()
        })
      inFlight.add(arrival)
      if (!isBuffered) unbuffered.add(arrival)
      return true
    },
    settle: async () => {
      await Promise.all(inFlight)
      if (failure !== undefined) throw failure.error
      return stored.toSorted((a, b) => a.number - b.number)
    },
  }
}

async function roomAmong(running: ReadonlySet<Promise<unknown>>, atMost: number): Promise<void> {
  while (running.size >= atMost) await Promise.race(running)
}

/** Adds up what the parts report; never goes back when a part is sent again. */
function progressReporter(onProgress: PutOptions['onProgress']): Delivery['report'] {
  if (onProgress === undefined) return () => {}
  const bytesByPart = new Map<number, number>()
  let total = 0
  return (number, bytes) => {
    const before = bytesByPart.get(number) ?? 0
    if (bytes <= before) return
    bytesByPart.set(number, bytes)
    total += bytes - before
    onProgress(total)
  }
}

import type { AssemblyPart } from '../providers/provider.ts'
import { LITERAL_PART_BYTES } from './lay-parts.ts'
import type { UploadCost, UploadMethod, UploadSituation } from './upload-plan.ts'

const MIB = 1024 ** 2
/** Where more than this share of the file would be sent anyway, all of it is: fewer requests, nothing to go wrong. */
export const MAX_SENT_SHARE = 0.6
/** Taken for the line where nothing was measured: 50 Mbit/s. */
export const ASSUMED_BYTES_PER_SECOND = 50_000_000 / 8
/** What one request takes beside its bytes: a round trip and the store's work. Between 30 and 200 ms at Amazon; a middling figure. */
export const REQUEST_SECONDS = 0.1
/** Requests of one upload under way at once. */
export const CONCURRENT_REQUESTS = 4
/** What one copy request moves inside the store; a careful figure, stores are often faster. */
export const COPY_BYTES_PER_SECOND = 100 * MIB
/** What a dollar of requests has to save: a second of waiting is worth no more than a dollar an hour. */
export const SECONDS_PER_DOLLAR = 3600
/** Contents up to this go out in one request when they are sent whole. */
const SINGLE_PUT_BYTES = 16 * MIB

/** What the prediction needs of the situation. */
export type CostSituation = Pick<UploadSituation, 'sizeBytes' | 'bytesPerSecond' | 'requestPrices'>

/** Of sending the file as if the target held nothing. */
export function costOfWhole(situation: CostSituation): UploadCost {
  const { sizeBytes } = situation
  const partCount = Math.ceil(sizeBytes / Math.max(LITERAL_PART_BYTES, sizeBytes / 10_000))
  const requests: Record<string, number> =
    sizeBytes <= SINGLE_PUT_BYTES
      ? { PutObject: 1 }
      : { CreateMultipartUpload: 1, UploadPart: partCount, CompleteMultipartUpload: 1 }
  return withTimeAndMoney({ bytesSent: sizeBytes, bytesReused: 0, copiedBytes: 0, requests }, situation)
}

/**
 * Of putting the content together. A tail segment is an upload of its own, of two parts, which is
 * then copied and deleted: six requests.
 */
export function costOfParts(parts: readonly AssemblyPart[], situation: CostSituation): UploadCost {
  let bytesSent = 0
  let segments = 0
  let literals = 0
  let segmentBytes = 0
  for (const part of parts) {
    const length = part.range.end - part.range.start
    if (part.kind === 'literal') {
      literals++
      bytesSent += length
    } else if (part.kind === 'segment') {
      segments++
      segmentBytes += length
      bytesSent += part.range.end - part.literalStart
    }
  }
  const copies = parts.length - literals - segments
  const requests = {
    CreateMultipartUpload: 1 + segments,
    UploadPart: literals + segments,
    UploadPartCopy: copies + 2 * segments,
    CompleteMultipartUpload: 1 + segments,
    // Afterwards it is made sure that nothing of the segments stays.
    ...(segments > 0 ? { DeleteObject: segments, ListObjectVersions: 1, ListMultipartUploads: 1 } : {}),
  }
  const bytesReused = situation.sizeBytes - bytesSent
  return withTimeAndMoney({ bytesSent, bytesReused, copiedBytes: bytesReused + segmentBytes, requests }, situation)
}

/** The ways there are; what is sent whole is always one of them. */
export type CostByMethod = Readonly<Partial<Record<UploadMethod, UploadCost>> & { whole: UploadCost }>

/**
 * The rule of choice:
 * 1. A way that sends more than 60 % of the file is out, except *whole*.
 * 2. Stitching, where it is left, is taken over *whole*: it never sends more and costs little else.
 * 3. Tail segments are taken instead when the seconds they save on the line are more than the seconds
 *    their further requests take and the seconds their further price is worth (a dollar an hour).
 *    The line is as fast as measured, or 50 Mbit/s.
 */
export function chooseMethod(costs: CostByMethod, bytesPerSecond: number | undefined): UploadMethod {
  const { whole, delta, segments } = costs
  const isWorth = (cost: UploadCost | undefined): cost is UploadCost =>
    cost !== undefined && cost.bytesSent <= MAX_SENT_SHARE * (cost.bytesSent + cost.bytesReused)
  const plainMethod = isWorth(delta) ? 'delta' : 'whole'
  if (!isWorth(segments)) return plainMethod
  const plain = isWorth(delta) ? delta : whole
  const savedSeconds = (plain.bytesSent - segments.bytesSent) / (bytesPerSecond ?? ASSUMED_BYTES_PER_SECOND)
  const furtherSeconds = requestSeconds(segments) - requestSeconds(plain)
  const furtherDollars = (segments.dollars ?? 0) - (plain.dollars ?? 0)
  return savedSeconds > furtherSeconds + furtherDollars * SECONDS_PER_DOLLAR ? 'segments' : plainMethod
}

function requestSeconds({ requests }: UploadCost): number {
  const count = Object.values(requests).reduce((sum, each) => sum + each, 0)
  return (count * REQUEST_SECONDS) / CONCURRENT_REQUESTS
}

interface Effort {
  readonly bytesSent: number
  readonly bytesReused: number
  /** Moved inside the store, temporary objects included. */
  readonly copiedBytes: number
  readonly requests: Readonly<Record<string, number>>
}

function withTimeAndMoney(effort: Effort, { bytesPerSecond, requestPrices }: CostSituation): UploadCost {
  const { copiedBytes, ...cost } = effort
  const copySeconds = copiedBytes / COPY_BYTES_PER_SECOND / CONCURRENT_REQUESTS
  return {
    ...cost,
    ...(bytesPerSecond === undefined || bytesPerSecond <= 0
      ? {}
      : { seconds: cost.bytesSent / bytesPerSecond + requestSeconds(cost) + copySeconds }),
    ...(requestPrices === undefined ? {} : { dollars: dollarsFor(cost.requests, requestPrices) }),
  }
}

/** A kind without a price is free. */
function dollarsFor(
  requests: Readonly<Record<string, number>>,
  requestPrices: Readonly<Record<string, number>>,
): number {
  return Object.entries(requests).reduce((sum, [kind, count]) => sum + (count * (requestPrices[kind] ?? 0)) / 1000, 0)
}

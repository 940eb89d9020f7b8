import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { TidekeepError } from '../../common/errors.ts'
import { parseLocation } from '../../common/location.ts'
import type { S3Options } from '../../common/settings.ts'

/** File name of a user's own list in the configuration directory. */
export const PRICES_FILE = 'prices.json'

const dollars = z.number('must be a number of dollars').nonnegative('must be 0 or more')
const storageClassPrices = z.strictObject({
  storagePerGibMonth: dollars,
  /** PUT, COPY, POST and LIST. */
  writePer1000: dollars,
  /** GET and HEAD. */
  readPer1000: dollars,
  retrievalPerGib: dollars,
  /** What asking for a readable copy takes, by speed; only of classes that must be thawed. */
  thaw: z
    .partialRecord(z.enum(['expedited', 'standard', 'bulk']), z.strictObject({ perGib: dollars, per1000: dollars }))
    .optional(),
})
const priceList = z.strictObject({
  format: z.literal(1),
  currency: z.literal('USD'),
  asOf: z.iso.date('must be a day such as 2026-11-21'),
  region: z.string().min(1),
  checkAgainst: z.array(z.url('must be an address')),
  caveats: z.array(z.string()),
  s3: z.record(z.string(), storageClassPrices),
})

/** What Amazon S3 takes, by storage class, in US dollars; with the day it is from and where to check it. */
export type PriceList = z.infer<typeof priceList>

const WRITES = [
  'PutObject',
  'CopyObject',
  'CreateMultipartUpload',
  'UploadPart',
  'UploadPartCopy',
  'CompleteMultipartUpload',
  'ListObjectsV2',
  'ListParts',
  'ListMultipartUploads',
  'ListObjectVersions',
] as const
const READS = ['GetObject', 'HeadObject'] as const
const FREE = ['DeleteObject', 'AbortMultipartUpload'] as const
const GIB = 1024 ** 3

/**
 * Whether the list says what a target takes: Amazon's own stores only. What other stores take is not
 * known. `env` is where an endpoint may be named that the options leave open.
 */
export function isPriced(
  target: string,
  s3: Pick<S3Options, 'endpoint'> | undefined,
  env: Readonly<Record<string, string | undefined>> = {},
): boolean {
  const endpoints = [s3?.endpoint, env['AWS_ENDPOINT_URL_S3'], env['AWS_ENDPOINT_URL']]
  return parseLocation(target, (path) => path).scheme === 's3' && endpoints.every((each) => (each ?? '') === '')
}

/**
 * The list to reckon with: the user's own in the configuration directory, which then replaces the
 * whole of the one that comes with the program. Throws `invalid`, naming file and field.
 */
export function readPrices(configDirectory: string): PriceList {
  const own = join(configDirectory, PRICES_FILE)
  const ownText = readIfPresent(own)
  if (ownText !== undefined) return parsePrices(ownText, own)
  // This module runs from main/delta and from out/main/delta.
  const up = import.meta.url.endsWith('.ts') ? '../..' : '../../..'
  const shipped = new URL(`${up}/resources/${PRICES_FILE}`, import.meta.url)
  return parsePrices(readFileSync(shipped, 'utf8'), PRICES_FILE)
}

/** Reads a price list; `path` is for the error. Throws `invalid`, naming the field. */
export function parsePrices(text: string, path: string): PriceList {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw invalidPrices(path, 'it is not valid JSON', error)
  }
  const parsed = priceList.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue === undefined || issue.path.length === 0 ? 'the list' : issue.path.map(String).join('.')
  throw invalidPrices(path, `${field}: ${issue?.message ?? 'is not valid'}`, parsed.error)
}

/**
 * Dollars for 1,000 requests of each kind, as `UploadSituation.requestPrices` has them. Undefined
 * for a storage class that is not in the list.
 */
export function requestPrices(
  list: PriceList,
  storageClass = 'STANDARD',
): Readonly<Record<string, number>> | undefined {
  const prices = list.s3[storageClass]
  if (prices === undefined) return undefined
  return Object.fromEntries([
    ...WRITES.map((kind) => [kind, prices.writePer1000]),
    ...READS.map((kind) => [kind, prices.readPer1000]),
    ...FREE.map((kind) => [kind, 0]),
  ])
}

/** Dollars a month for keeping so many bytes; undefined for a storage class that is not in the list. */
export function storagePerMonth(list: PriceList, sizeBytes: number, storageClass = 'STANDARD'): number | undefined {
  const prices = list.s3[storageClass]
  return prices === undefined ? undefined : (sizeBytes / GIB) * prices.storagePerGibMonth
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TidekeepError({
      code: 'forbidden',
      message: `The price list ${path} cannot be opened.`,
      path,
      fix: 'Check that it is a file and that you may read it.',
      cause: error,
    })
  }
}

function invalidPrices(path: string, reason: string, cause: unknown): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message: `The price list ${path} cannot be read: ${reason}.`,
    path,
    fix: 'Correct the field, or remove the file to use the list that comes with Tidekeep.',
    cause,
  })
}

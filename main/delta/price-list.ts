import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { TidekeepError } from '../../common/errors.ts'
import { deltaFailureTexts } from './delta-failure-texts.ts'
import { shown } from '../../common/messages/shown.ts'

/** File name of a user's own list in the configuration directory. */
export const PRICES_FILE = 'prices.json'

const texts = deltaFailureTexts.prices

const dollars = z.number(shown(() => texts.dollars)).nonnegative(shown(() => texts.least))
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
  asOf: z.iso.date(shown(() => texts.day)),
  region: z.string().min(1),
  checkAgainst: z.array(z.url(shown(() => texts.address))),
  caveats: z.array(z.string()),
  /** What leaves the store for the internet, beyond what is free; a list that does not say it means Amazon's first tier. */
  transferOutPerGib: dollars.default(0.09),
  s3: z.record(z.string(), storageClassPrices),
})

/** What Amazon S3 takes, by storage class, in US dollars; with the day it is from and where to check it. */
export type PriceList = z.infer<typeof priceList>

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
    throw invalidPrices(path, deltaFailureTexts.prices.notJson, error)
  }
  const parsed = priceList.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field =
    issue === undefined || issue.path.length === 0 ? deltaFailureTexts.prices.list : issue.path.map(String).join('.')
  throw invalidPrices(path, `${field}: ${issue?.message ?? deltaFailureTexts.prices.notValid}`, parsed.error)
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TidekeepError({
      code: 'forbidden',
      message: deltaFailureTexts.prices.closed({ path }),
      path,
      fix: deltaFailureTexts.prices.closedFix,
      cause: error,
    })
  }
}

function invalidPrices(path: string, reason: string, cause: unknown): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message: deltaFailureTexts.prices.refused({ path, reason }),
    path,
    fix: deltaFailureTexts.prices.refusedFix,
    cause,
  })
}

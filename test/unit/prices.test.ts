import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parsePrices, readPrices, type PriceList } from '../../main/delta/price-list.ts'
import { isPriced, requestPrices, storagePerMonth } from '../../main/delta/prices.ts'

const places: string[] = []
afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true })
})

function configDirectory(text?: string): string {
  const place = mkdtempSync(join(tmpdir(), 'tidekeep-prices-'))
  places.push(place)
  if (text !== undefined) writeFileSync(join(place, 'prices.json'), text)
  return place
}

const shipped = (): PriceList => readPrices(configDirectory())
const withPrice = (list: PriceList, writePer1000: unknown): string =>
  JSON.stringify({ ...list, s3: { STANDARD: { ...list.s3['STANDARD'], writePer1000 } } })

describe('prices', () => {
  it('come with the day they are from, what they leave out and where to check them', () => {
    const list = shipped()
    expect(list.asOf).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect(list.caveats.length).toBeGreaterThan(0)
    expect(list.checkAgainst).toContain('https://aws.amazon.com/s3/pricing/')
  })

  it('give 23.55 dollars a month for a TiB in STANDARD, and half a cent for 1,000 parts', () => {
    expect(storagePerMonth(shipped(), 1024 ** 4)).toBeCloseTo(23.552, 3)
    expect(requestPrices(shipped())).toMatchObject({
      UploadPart: 0.005,
      UploadPartCopy: 0.005,
      HeadObject: 0.0004,
      DeleteObject: 0,
    })
    expect(requestPrices(shipped(), 'DEEP_ARCHIVE')).toMatchObject({ UploadPart: 0.05 })
  })

  it('are unknown for a storage class that is not listed', () => {
    expect(requestPrices(shipped(), 'EXPRESS_ONEZONE')).toBeUndefined()
    expect(storagePerMonth(shipped(), 1, 'EXPRESS_ONEZONE')).toBeUndefined()
  })

  it("are the user's own where the configuration directory holds a list", () => {
    const own = readPrices(configDirectory(withPrice(shipped(), 0.5)))
    expect(requestPrices(own)).toMatchObject({ PutObject: 0.5 })
    expect(requestPrices(own, 'GLACIER')).toBeUndefined()
  })

  it('are only those of Amazon, wherever another endpoint is named', () => {
    expect(isPriced('s3://bucket', undefined)).toBe(true)
    expect(isPriced('s3://bucket', { endpoint: '' }, { AWS_ENDPOINT_URL: '' })).toBe(true)
    expect(isPriced('s3://bucket', { endpoint: 'https://store.example' })).toBe(false)
    expect(isPriced('s3://bucket', {}, { AWS_ENDPOINT_URL_S3: 'https://store.example' })).toBe(false)
    expect(isPriced('s3://bucket', {}, { AWS_ENDPOINT_URL: 'https://store.example' })).toBe(false)
    expect(isPriced('/mnt/disk', undefined)).toBe(false)
  })

  it.each([
    { text: '{', says: /not valid JSON/ },
    { text: '[]', says: /the list/ },
    { text: withPrice(shipped(), -1), says: /s3\.STANDARD\.writePer1000: must be 0 or more/ },
    { text: withPrice(shipped(), 'free'), says: /s3\.STANDARD\.writePer1000: must be a number of dollars/ },
    { text: JSON.stringify({ ...shipped(), asOf: 'today' }), says: /asOf: must be a day/ },
  ])('name the field that is wrong: $says', ({ text, says }) => {
    expect(() => parsePrices(text, '/config/prices.json')).toThrow(says)
    expect(() => readPrices(configDirectory(text))).toThrow(/prices\.json cannot be read/)
  })
})

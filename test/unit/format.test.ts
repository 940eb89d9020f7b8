import { describe, expect, it } from 'vitest'
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../common/format.ts'
import { formatLocation, parseLocation } from '../../common/location.ts'

describe('sizes and durations', () => {
  it.each([
    [0, '0\u00a0B'],
    [1023, '1,023\u00a0B'],
    [1536, '1.5\u00a0KiB'],
    [5 * 1024 ** 2, '5\u00a0MiB'],
    [1.234 * 1024 ** 3, '1.23\u00a0GiB'],
  ])('shows %d bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it.each([
    ['1500', 1500],
    ['64 KiB', 65_536],
    ['5MiB', 5_242_880],
    ['1.5G', 1_610_612_736],
    ['10MB', 10_000_000],
  ])('reads %s', (text, bytes) => expect(parseBytes(text)).toBe(bytes))

  it.each(['', 'MiB', '-5', '5 parsecs', '1e3', '5constructor', '1 toString'])(
    'refuses %j as a size and says how one looks',
    (text) => {
      expect(() => parseBytes(text)).toThrow(/is not a size/)
    },
  )

  it('reads and shows durations', () => {
    expect([parseDuration('30m'), parseDuration('2h'), parseDuration('1d'), parseDuration('90s')]).toEqual([
      1_800_000, 7_200_000, 86_400_000, 90_000,
    ])
    expect(['500', '45000', '600000', '7800000', '259200000'].map((text) => formatDuration(Number(text)))).toEqual([
      '500\u00a0ms',
      '45\u00a0s',
      '10\u00a0min',
      '2\u00a0h 10\u00a0min',
      '3\u00a0d',
    ])
    expect(() => parseDuration('5constructor')).toThrow(/is not a duration/)
    expect(() => parseDuration('soon')).toThrow(/is not a duration/)
  })
})

describe('locations', () => {
  it.each([
    ['https://user:hunter2@host/x', 'https://…@host/x'],
    ['sftp://hunter2@host', 'sftp://…@host'],
    ['s3://KEY:hun/ter2@bucket/x', 's3://…@bucket/x'],
    ['https://b.s3.example/x?X-Amz-Signature=hunter2&a=b', 'https://b.s3.example/x?…'],
    ['https://host/#hunter2', 'https://host/#…'],
  ])('are refused without repeating the secret in %s', (raw, shown) => {
    const message = `The location ${JSON.stringify(shown)} cannot be used`
    expect(() => parseLocation(raw, (path) => path)).toThrow(expect.objectContaining({ path: shown }))
    expect(() => parseLocation(raw, (path) => path)).toThrow(message)
  })

  const resolve = (path: string): string => (path.startsWith('/') ? path : `/here/${path}`)

  it.each([
    ['/mnt/backup', '/mnt/backup'],
    ['backup', '/here/backup'],
    ['file:///mnt/my%20disk', '/mnt/my disk'],
    ['s3://bucket', 's3://bucket'],
    ['s3://bucket/a/b/', 's3://bucket/a/b'],
  ])('reads %s', (raw, shown) => {
    const location = parseLocation(raw, resolve)
    expect(formatLocation(location)).toBe(shown)
    expect(parseLocation(shown, resolve)).toEqual(location)
  })

  it.each(['', 's3://', 's3://UPPER/x', 's3://bucket/a/../b', 'ftp://host/x', 'file://host/x', 'file:///%zz', 'a\0b'])(
    'refuses %j in one sentence',
    (raw) => {
      expect(() => parseLocation(raw, resolve)).toThrow(/^The location .* cannot be used: /)
    },
  )
})

import { describe, expect, it } from 'vitest'
import type { S3Options } from '../../common/settings.ts'
import type { Paths } from '../../main/host.ts'
import { isStoreOf, pairDirectory } from '../../main/pairs.ts'

const paths: Paths = { home: '/', config: '/', state: '/state', cache: '/', logs: '/', run: '/' }
const directoryOf = (s3: S3Options): string => pairDirectory(paths, { source: '/a', target: 's3://bucket/b', s3 })

describe('the state of a pair', () => {
  it('is another where the bucket is that of another store, or another account or profile asks', () => {
    const stores: readonly S3Options[] = [
      {},
      { endpoint: 'https://one.example' },
      { endpoint: 'https://other.example' },
      { accountId: 'work' },
      { profile: 'work' },
      { endpoint: 'https://one.example', accountId: 'work' },
    ]
    expect(new Set(stores.map(directoryOf)).size).toBe(stores.length)
  })

  it('is the same however the endpoint ends, and whatever does not say where content is', () => {
    expect(directoryOf({ endpoint: 'https://one.example/' })).toBe(directoryOf({ endpoint: 'https://one.example' }))
    expect(directoryOf({ region: 'eu-central-1', storageClass: 'STANDARD_IA' })).toBe(directoryOf({}))
  })
})

describe('a store that is named on the command line', () => {
  it('is that of a configured folder unless something else was named', () => {
    const configured: S3Options = { endpoint: 'https://one.example', accountId: 'work' }
    expect(isStoreOf(configured, {})).toBe(true)
    expect(isStoreOf(configured, { endpoint: 'https://one.example', region: 'x' })).toBe(true)
    expect(isStoreOf(configured, { endpoint: 'https://other.example' })).toBe(false)
    expect(isStoreOf({}, { profile: 'work' })).toBe(false)
  })
})

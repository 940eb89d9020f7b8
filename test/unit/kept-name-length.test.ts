import { afterEach, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { contentOf, never, startS3Fixture, type S3Fixture } from '../fakes/s3/harness.ts'

const STORED_AT_MS = Date.UTC(2026, 10, 1)
const KEEP = { atMs: Date.UTC(2026, 10, 21), storedAtMs: STORED_AT_MS, sizeBytes: 3 }
let fixture: S3Fixture
afterEach(() => fixture.close())

// With `.tidekeep/kept/<time>-replaced/` before it, 1,018 bytes; with `-since-<time>` it would be more than a key can have.
it.each([
  [900, STORED_AT_MS],
  [970, undefined],
])(
  'a path of %i bytes is kept in a bucket, and tells its beginning where a key has room for it',
  async (length, told) => {
    fixture = await startS3Fixture()
    const path = 'x'.repeat(length) as RelPath
    const metadata = { mtimeNs: 1n }
    const { entry } = await fixture.provider.put(path, contentOf('old'), {
      metadata,
      expect: { kind: 'absent' },
      signal: never,
    })
    const present = { kind: 'etag', etag: entry.etag! } as const
    await fixture.provider.put(path, contentOf('new'), { metadata, expect: present, keep: KEEP, signal: never })
    const kept = []
    for await (const { storedAtMs, keptAtMs } of fixture.provider.features.keptVersions!(path, { signal: never }))
      kept.push([storedAtMs, keptAtMs])
    expect(kept).toEqual([[told, KEEP.atMs]])
  },
)

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FolderId, RelPath } from '../../common/model.ts'
import type { ActivityView } from '../../common/protocol.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { KeptVersion, TargetProvider } from '../../main/providers/provider.ts'
import { openLocalDestination } from '../../main/restore/local-destination.ts'
import { createRecords, type Records } from '../../main/restore/records.ts'
import { restore, type RestoreResult } from '../../main/restore/restore.ts'
import { selectedBy } from '../../main/restore/selected.ts'
import { verify } from '../../main/restore/verify.ts'
import type { HistoryFilter, HistoryStore } from '../../main/state/store.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { seededRandom } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const PATH = 'a.txt' as RelPath
const MINUTE_MS = 60_000
const START_MS = Date.UTC(2026, 10, 1)
const signal = new AbortController().signal
let place = ''
beforeEach(() => void (place = mkdtempSync(join(tmpdir(), 'tk-damaged-'))))
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** Three contents after one another, two of them kept, at a target that keeps no checksums; one version may be damaged. */
async function targetWith(damaged?: string) {
  const memory = createMemoryProvider({ name: '' })
  const contents = ['first one', 'second two', 'third']
  for (const [at, text] of contents.entries()) {
    const open = async function* () {
      yield Buffer.from(text)
    }
    await memory.put(
      PATH,
      { size: text.length, open },
      {
        metadata: { mtimeNs: 1n },
        expect: { kind: 'any' },
        keep: { atMs: START_MS + at * MINUTE_MS },
        signal,
      },
    )
  }
  const versions: KeptVersion[] = []
  for await (const version of memory.features.keptVersions!(PATH, { signal })) versions.push(version)
  versions.sort((a, b) => a.keptAtMs - b.keptAtMs)
  const hashes = new Map(versions.map(({ token }, at) => [token, blake3Hex(Buffer.from(contents[at]!))]))
  const features: TargetProvider['features'] = {
    ...memory.features,
    statKept: async (kept, options) => {
      const { checksums: _none, ...entry } = await memory.features.statKept!(kept, options)
      return entry
    },
    readKept: async function* (kept, options) {
      for await (const bytes of memory.features.readKept!(kept, options))
        yield versions[contents.indexOf(damaged ?? '')]?.token === kept.token ? bytes.map((byte) => byte ^ 1) : bytes
    },
  }
  const provider = new Proxy(memory, {
    get: (inner, name) => {
      if (name === 'features') return features
      const member = Reflect.get(inner, name) as unknown
      return typeof member === 'function' ? (member.bind(inner) as unknown) : member
    },
  })
  return { provider, versions, hashes }
}

async function bringBack(
  provider: TargetProvider,
  records: Records,
  token: string,
): Promise<{ readonly result: RestoreResult; readonly fixes: readonly string[] }> {
  const destination = openLocalDestination(place)
  const fixes: string[] = []
  try {
    const result = await restore({
      provider,
      destination,
      records,
      path: '' as RelPath,
      selected: await selectedBy({ provider, paths: [PATH], token, signal }),
      dryRun: false,
      overwrite: false,
      clock: Object.assign(new VirtualClock(START_MS), { sleep: async () => undefined }),
      stop: signal,
      kill: signal,
      onEvent: (event) => void (event.type === 'failure' && fixes.push(event.fix ?? '')),
    })
    return { result, fixes }
  } finally {
    await destination.close()
  }
}

const recordsWith = (hashes: ReadonlyMap<string, string>): Records => ({
  get: () => [],
  trees: () => [],
  keptHashes: async () => (token) => hashes.get(token),
})

describe('an earlier version that was damaged at the target', () => {
  it('is told, is not written, and the next older one is named', async () => {
    const { provider, versions, hashes } = await targetWith('second two')
    const [older, damaged] = versions
    const { result, fixes } = await bringBack(provider, recordsWith(hashes), damaged!.token)
    expect(result.failures).toEqual([
      { path: PATH, code: 'corrupt', message: expect.stringMatching(/^a\.txt was not restored: .* is damaged at /) },
    ])
    expect(fixes).toEqual([expect.stringContaining(`--token ${JSON.stringify(older!.token)}`)])
    expect(existsSync(join(place, PATH))).toBe(false)
    await bringBack(provider, recordsWith(hashes), older!.token)
    expect(readFileSync(join(place, PATH), 'utf8')).toBe('first one')
  })

  it('is told where there is no older one', async () => {
    const { provider, versions, hashes } = await targetWith('first one')
    const { fixes } = await bringBack(provider, recordsWith(hashes), versions[0]!.token)
    expect(fixes).toEqual(['No older version of it is kept.'])
  })

  it('counts as proven where it is whole, and as unproven where nobody knows its digest', async () => {
    const { provider, versions, hashes } = await targetWith()
    const known = await bringBack(provider, recordsWith(hashes), versions[0]!.token)
    expect([known.result.unverified, known.result.failures]).toEqual([0, []])
    rmSync(join(place, PATH))
    const unknown = await bringBack(provider, recordsWith(new Map()), versions[0]!.token)
    expect([unknown.result.unverified, unknown.result.failures]).toEqual([1, []])
  })
})

describe('verifying earlier versions', () => {
  const check = (provider: TargetProvider, records: Records, kept = true) =>
    verify({
      provider,
      records,
      kept,
      clock: Object.assign(new VirtualClock(START_MS), { sleep: async () => undefined }),
      random: seededRandom(1),
      stop: signal,
      kill: signal,
      onEvent: () => undefined,
    })

  it('finds the damaged one and no other', async () => {
    const { provider, hashes } = await targetWith('second two')
    const { findings, filesRead } = await check(provider, recordsWith(hashes))
    expect(findings).toEqual([
      { path: PATH, kind: 'corrupt', message: expect.stringContaining('until 2026-11-01T00:02:00.000Z is damaged') },
    ])
    expect(filesRead).toBe(2)
    expect((await check(provider, recordsWith(hashes), false)).findings).toEqual([])
  })

  it('counts what nobody knows the digest of, and raises no alarm for it', async () => {
    const { provider } = await targetWith('second two')
    expect(await check(provider, recordsWith(new Map()))).toMatchObject({ findings: [], unverifiable: 2, filesRead: 0 })
  })

  it('takes what was let go of meanwhile for no finding', async () => {
    const { provider, versions, hashes } = await targetWith('second two')
    const { features } = provider
    const damaged = versions[1]!
    const readKept = features.readKept!.bind(features)
    Object.assign(features, {
      readKept: async function* (...given: Parameters<typeof readKept>) {
        yield* readKept(...given)
        if (given[0].token === damaged.token) await features.removeKept!(damaged, { signal })
      },
    })
    expect(await check(provider, recordsWith(hashes))).toMatchObject({ findings: [], failures: [] })
  })

  it('is refused for a target that keeps none', async () => {
    const { provider, hashes } = await targetWith()
    Object.assign(provider.features, { keptVersions: undefined })
    await expect(check(provider, recordsWith(hashes))).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('what earlier versions hash to', () => {
  it('is read from the history, page by page, as far as it says', async () => {
    const rows = Array.from({ length: 2_500 }, (_, at) => {
      const kept = {
        path: PATH,
        why: 'replaced',
        sizeBytes: 1,
        token: `t${at}`,
        ...(at % 2 ? { contentHash: `h${at}` } : {}),
      }
      return { id: at + 1, kept } as unknown as ActivityView
    }).toReversed()
    let pauses = 0
    const list = ({ before = Infinity, limit }: HistoryFilter): readonly ActivityView[] =>
      rows.filter(({ id }) => id < before).slice(0, limit)
    const records = createRecords([
      { baseline: {} as never, history: { list } as unknown as HistoryStore, folderId: 'f' as FolderId },
    ])
    const hashOf = await records.keptHashes!(async () => void pauses++)
    expect([hashOf('t1'), hashOf('t2499'), hashOf('t2')]).toEqual(['h1', 'h2499', undefined])
    expect(pauses).toBe(2)
  })
})

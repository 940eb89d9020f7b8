import {
  appendFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Entry, FolderId, Job, JobId, RelPath } from '../../common/model.ts'
import { ROOT_PATH } from '../../common/paths.ts'
import { adoptTogether, comparable } from '../../main/engine/batch-adopt.ts'
import type { ExecuteContext } from '../../main/engine/execute/run.ts'
import { createLocalScanner } from '../../main/engine/scan/local-scanner.ts'
import { createPool } from '../../main/pool.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { without } from '../fakes/transfer-bench.ts'

/** More than two tasks read. */
const FILES = 300
const MODIFIED_S = 1_700_000_000
const unstopped = new AbortController().signal
const pool = createPool({ threads: 2 })
afterAll(() => pool.close())

let place: string
let source: string
let target: string
let sides: { readonly here: TargetProvider; readonly there: TargetProvider }

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-batch-adopt-'))
  source = join(place, 'source')
  target = join(place, 'target')
  mkdirSync(join(source, 'sub'), { recursive: true })
  for (let index = 0; index < FILES; index++) write(source, nameOf(index), contentOf(index))
  cpSync(source, target, { recursive: true, preserveTimestamps: true })
  const deps = { host: createFakeHost({ clock: realClock }), pool }
  sides = { here: createLocalProvider({ root: source, deps }), there: createLocalProvider({ root: target, deps }) }
})
afterEach(async () => {
  await sides.here.close()
  await sides.there.close()
  rmSync(place, { recursive: true, force: true })
})

const nameOf = (index: number): string => (index % 3 === 0 ? `sub/file ${index}` : `file ${index}`)
const contentOf = (index: number): string => `content ${index}`

/** With the same times whatever it holds: nothing but reading it tells. */
function write(root: string, path: string, content: string): void {
  writeFileSync(join(root, path), content)
  utimesSync(join(root, path), MODIFIED_S, MODIFIED_S)
}

function contextOf(more: Partial<ExecuteContext> = {}): ExecuteContext {
  const needed = { root: source, target: sides.there, pool, clock: realClock }
  return { ...needed, presence: async () => 'carried', keepDays: () => 30, ...more }
}

type Entries = ReadonlyMap<string, Entry>

/** What both sides hold, by path: as a scan tells, and as a listing does. */
async function entriesOfBoth(): Promise<{ readonly here: Entries; readonly there: Entries }> {
  const [here, there] = [new Map<string, Entry>(), new Map<string, Entry>()]
  const scanner = createLocalScanner(pool)({ root: source, ignoreLines: [], excludedPaths: [] })
  for await (const { entries } of scanner.scan([{ path: ROOT_PATH, recursive: true }], unstopped))
    for (const entry of entries) here.set(entry.path, entry)
  for await (const page of sides.there.list(ROOT_PATH, { signal: unstopped }))
    for (const entry of page) there.set(entry.path, entry)
  return { here, there }
}

/** As they are planned where both sides have everything and nothing is known of it. */
async function jobs(kind: 'adopt' | 'settle' = 'adopt'): Promise<readonly Job[]> {
  const { here, there } = await entriesOfBoth()
  return Array.from({ length: FILES }, (_, index): Job => {
    const path = nameOf(index) as RelPath
    const [local, remote] = [here.get(path)!, there.get(path)!]
    return {
      id: (index + 1) as JobId,
      folderId: 'f1' as FolderId,
      action: { kind, path, local, remote, expect: { kind: 'etag', etag: remote.etag! } },
      lane: 'small',
      state: 'running',
      attempts: 0,
      notBeforeMs: 0,
      createdAtMs: 0,
    }
  })
}

const paths = (of: readonly Job[]): readonly string[] => of.map(({ action }) => action.path)

describe('small files that both sides had before anything was agreed on', () => {
  it.each(['adopt', 'settle'] as const)('are agreed on together where they are the same (%s)', async (kind) => {
    const context = contextOf(kind === 'settle' ? { source: sides.here } : {})
    const planned = comparable(context, await jobs(kind))
    expect(planned).toHaveLength(FILES)
    const { finished, others } = await adoptTogether(context, planned, unstopped)
    expect(others).toEqual([])
    expect(finished.map(({ job }) => job)).toEqual(planned)
    for (const [index, { job, outcome }] of finished.entries()) {
      const { local, remote } = planned[index]!.action
      expect(outcome).toMatchObject({ action: job.action, method: 'adopt', bytesSent: 0, bytesReused: local.size })
      expect(outcome.baseline).toMatchObject({
        path: nameOf(index),
        contentHash: blake3Hex(Buffer.from(contentOf(index))),
        identity: local.identity,
        remote: { etag: remote.etag, verifiedBy: 'checksum' },
      })
    }
  })

  it('are left to be looked at alone where their bytes differ, and nothing else', async () => {
    write(target, nameOf(7), 'CONTENT 7')
    write(target, nameOf(200), 'content 2oo')
    const { finished, others } = await adoptTogether(contextOf(), comparable(contextOf(), await jobs()), unstopped)
    expect(paths(others)).toEqual([nameOf(7), nameOf(200)])
    expect(finished).toHaveLength(FILES - 2)
  })

  it('are left to be looked at alone where they are one file with two names', async () => {
    const named = [3, 140].map(nameOf)
    for (const path of named) {
      rmSync(join(target, path))
      linkSync(join(source, path), join(target, path))
    }
    const { finished, others } = await adoptTogether(contextOf(), comparable(contextOf(), await jobs()), unstopped)
    expect(paths(others)).toEqual(named)
    expect(finished).toHaveLength(FILES - 2)
  })

  it('are left where either side is no longer what was seen, although its bytes are the same', async () => {
    const planned = comparable(contextOf(), await jobs())
    // Its times are put back: only that of the change itself tells.
    write(source, nameOf(5), contentOf(5))
    write(target, nameOf(6), contentOf(6))
    rmSync(join(source, nameOf(8)))
    rmSync(join(target, nameOf(9)))
    appendFileSync(join(target, nameOf(150)), 'more')
    const { finished, others } = await adoptTogether(contextOf(), planned, unstopped)
    expect(paths(others)).toEqual([5, 6, 8, 9, 150].map(nameOf))
    expect(finished).toHaveLength(FILES - 5)
  })

  it('are all left where the target cannot be read, or the work is to end', async () => {
    const planned = comparable(contextOf(), await jobs())
    const stopped = await adoptTogether(contextOf(), planned, AbortSignal.abort())
    expect(stopped).toEqual({ finished: [], others: planned })
    rmSync(target, { recursive: true })
    expect(await adoptTogether(contextOf(), planned, unstopped)).toEqual({ finished: [], others: planned })
  })
})

describe('what is not compared together', () => {
  it('is whatever would still have to be changed, is large, or is taken for the same unread', async () => {
    const modified = new Date((MODIFIED_S + 5) * 1000)
    utimesSync(join(target, nameOf(1)), modified, modified)
    write(target, nameOf(2), 'longer than it is here')
    for (const root of [source, target]) write(root, nameOf(4), 'x'.repeat(1024 * 1024 + 1))
    const planned = await jobs()
    const trusted = planned.map((job, index) =>
      index === 5 ? { ...job, action: { ...job.action, trust: 'recorded' } as Job['action'] } : job,
    )
    const taken = new Set(paths(comparable(contextOf(), trusted)))
    expect(paths(trusted).filter((path) => !taken.has(path))).toEqual([1, 2, 4, 5].map(nameOf))
    expect(statSync(join(target, nameOf(4))).size).toBe(1024 * 1024 + 1)
  })

  it('is everything where the target does not digest many at once', async () => {
    const target = without(sides.there, 'checksums')
    expect(comparable(contextOf({ target }), await jobs())).toEqual([])
  })
})

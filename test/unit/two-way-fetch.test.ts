import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BaselineEntry, DownloadAction, Entry, Outcome, RelPath } from '../../common/model.ts'
import { sidecarPath } from '../../main/delta/signatures.ts'
import { execute } from '../../main/engine/execute/executor.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { OFFSETS, seal } from '../../workers/delta/format.ts'
import { SignatureBuilder } from '../../workers/delta/signature-builder.ts'
import { bindSignature } from '../../workers/delta/signature.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { assembling } from '../fakes/assembling-target.ts'
import { DeltaBench, edited, noise } from '../fakes/delta-bench.ts'
import { createFakeHost } from '../fakes/host.ts'
import { expecting, unstopped } from '../fakes/transfer-bench.ts'

const PATH = 'big' as RelPath
const OLD = noise(2 * 1024 ** 2, 1)
const NEW = edited(OLD, { at: 500_000, with: noise(4000, 2) }, { at: 1_500_000, with: noise(4000, 3) })

let bench: DeltaBench
let source: TargetProvider
/** Bytes that left the target, sidecars included. */
let readBytes: number
let beforeRead: () => void | Promise<void>
/** What this computer agreed on last. */
let base: BaselineEntry
let remote: Entry

/** Two computers share a target: this one has the older version, the other sent the newer one. */
beforeEach(async () => {
  bench = new DeltaBench((memory) => assembling(memory))
  const { transfers } = bench
  source = createLocalProvider({ root: transfers.source, deps: { host: createFakeHost(), pool: transfers.pool } })
  await source.features.makeDirectory!('' as RelPath, { mtimeNs: 0n }, { signal: unstopped })
  const first = await bench.keep(PATH, OLD)
  bench.cacheName = 'another computer'
  remote = await bench.target.stat((await bench.change(first, NEW)).baseline!.path, { signal: unstopped })
  bench.cacheName = 'here'
  const local = transfers.write(PATH, OLD, { mtimeMs: 1_000_000 })
  base = { ...first, mtimeNs: local.mtimeNs, identity: local.identity! }
  readBytes = 0
  beforeRead = () => undefined
})
afterEach(async () => {
  await source.close()
  await bench.close()
})

const here = (): Buffer => readFileSync(join(bench.transfers.source, PATH))

function counted(inner: TargetProvider): TargetProvider {
  return intercept(inner, {
    async *read(path, options) {
      await beforeRead()
      for await (const piece of inner.read(path, options)) {
        readBytes += piece.length
        yield piece
      }
    },
  })
}

async function fetch(): Promise<Outcome> {
  const memory = bench.transfers.target
  bench.transfers.target = counted(memory)
  const context = { ...bench.context(), keepDays: () => 30, source }
  const local = bench.transfers.entry(PATH)
  const action: DownloadAction = { kind: 'download', path: PATH, local, remote, base, expect: expecting(base) }
  try {
    return await execute(context, action, { signal: unstopped })
  } finally {
    bench.transfers.target = memory
  }
}

describe('a large file of which the folder has an older version', () => {
  it('is put together from that and from what differs, and the older one is kept', async () => {
    const outcome = await fetch()
    expect(here().equals(NEW)).toBe(true)
    expect(readBytes).toBeLessThan(500_000)
    expect(outcome.bytesReused).toBeGreaterThan(1_700_000)
    expect(outcome).toMatchObject({ method: 'download', keptAt: 'source', baseline: { contentHash: blake3Hex(NEW) } })
    expect(readFileSync(join(bench.transfers.source, outcome.kept!.token)).equals(OLD)).toBe(true)
  })

  it('is fetched whole once a signature has lied', async () => {
    const lie = new SignatureBuilder({ kind: 'chunks', averageBytes: 8192 })
    lie.update(OLD)
    const forged = Buffer.from(bindSignature(lie.finish().signature, { etag: remote.etag! }))
    forged.set(Buffer.from(blake3Hex(NEW), 'hex'), OFFSETS.contentHash)
    seal(forged)
    await bench.target.put(
      sidecarPath(PATH),
      {
        size: forged.length,
        async *open() {
          yield forged
        },
      },
      { metadata: { mtimeNs: 0n }, expect: { kind: 'any' }, signal: unstopped },
    )
    const outcome = await fetch()
    expect(here().equals(NEW)).toBe(true)
    expect(outcome.bytesReused).toBe(0)
    expect(readBytes).toBeGreaterThan(NEW.length)
  })

  it('is fetched whole where no digest proves what it is put together to', async () => {
    const inner = bench.transfers.target
    bench.transfers.target = intercept(inner, {
      stat: async (path, options) => {
        const { checksums: _checksums, ...entry } = await inner.stat(path, options)
        return entry
      },
    })
    const outcome = await fetch()
    expect(here().equals(NEW)).toBe(true)
    expect(outcome.bytesReused).toBe(0)
  })

  it('never takes the place of an edit that was made meanwhile', async () => {
    const mine = noise(OLD.length, 9)
    beforeRead = () => writeFileSync(join(bench.transfers.source, PATH), mine)
    const outcome = await fetch()
    expect(outcome).toMatchObject({ method: 'conflict', conflict: { kind: 'edit-edit' } })
    expect(here().equals(mine)).toBe(true)
  })

  it('is never mixed from two versions', async () => {
    let reads = 0
    beforeRead = async () => {
      // The first read is of the signature.
      if (++reads === 2) await bench.transfers.foreign(PATH, 'theirs, and newer')
    }
    await fetch()
    expect([OLD, Buffer.from('theirs, and newer')].some((whole) => here().equals(whole))).toBe(true)
  })
})

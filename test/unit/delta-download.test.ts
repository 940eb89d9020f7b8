import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BaselineEntry, RelPath } from '../../common/model.ts'
import { DeltaDownloads } from '../../main/delta/delta-download.ts'
import { Signatures, sidecarPath } from '../../main/delta/signatures.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import type { SourceProvider, TargetProvider } from '../../main/providers/provider.ts'
import { openLocalDestination } from '../../main/restore/local-destination.ts'
import { restore, type RestoreOptions, type RestoreResult } from '../../main/restore/restore.ts'
import { openSignatureCache } from '../../main/state/signature-cache.ts'
import { OFFSETS, seal } from '../../workers/delta/format.ts'
import { SignatureBuilder } from '../../workers/delta/signature-builder.ts'
import { bindSignature } from '../../workers/delta/signature.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import type { Pool } from '../../workers/tasks.ts'
import { assembling } from '../fakes/assembling-target.ts'
import { DeltaBench, edited, noise } from '../fakes/delta-bench.ts'
import { unstopped } from '../fakes/transfer-bench.ts'

const HELD = noise(4 * 1024 ** 2, 1)
const HERE = edited(HELD, { at: 900_000, with: noise(4000, 2) }, { at: 3_000_000, with: noise(4000, 3) })

let bench: DeltaBench
let base: BaselineEntry
let directory: string
/** Bytes that left the target, sidecars included. */
let readBytes: number
let afterMatch: () => void

beforeEach(async () => {
  bench = new DeltaBench((memory) => assembling(memory))
  base = await bench.keep('big', HELD)
  directory = join(bench.transfers.place, 'here')
  mkdirSync(directory)
  readBytes = 0
  afterMatch = () => undefined
})
afterEach(() => bench.close())

const file = (name = 'big'): Buffer => readFileSync(join(directory, name))

function counted(inner: TargetProvider): TargetProvider {
  return intercept(inner, {
    async *read(path, options) {
      for await (const piece of inner.read(path, options)) {
        readBytes += piece.length
        yield piece
      }
    },
  })
}

async function run(options: Partial<RestoreOptions> = {}, from: TargetProvider = bench.target): Promise<RestoreResult> {
  const provider: SourceProvider = counted(from)
  const { clock, log } = bench
  const cache = openSignatureCache({ directory: join(bench.transfers.place, 'cache'), clock })
  const destination = openLocalDestination(directory)
  const signatures = new Signatures({ target: provider, cache, clock, log })
  try {
    return await restore({
      provider,
      destination,
      path: '' as RelPath,
      dryRun: false,
      overwrite: true,
      delta: new DeltaDownloads({ pool: pool(), signatures, log, thresholdBytes: 1024 ** 2 }),
      clock,
      stop: unstopped,
      kill: unstopped,
      onEvent: () => undefined,
      ...options,
    })
  } finally {
    await destination.close()
  }
}

function pool(): Pool {
  const inner = bench.transfers.pool
  return {
    run: async (name, params, options) => {
      const result = await inner.run(name, params, options)
      afterMatch()
      return result
    },
    close: () => inner.close(),
  }
}

async function putSidecar(bytes: Uint8Array): Promise<void> {
  const content = {
    size: bytes.length,
    async *open() {
      yield bytes
    },
  }
  const options = { metadata: { mtimeNs: 0n }, expect: { kind: 'any' }, signal: unstopped } as const
  await bench.target.put(sidecarPath('big' as RelPath), content, options)
}

describe('a large file that is restored over another version of it', () => {
  it('fetches what differs, and keeps the old version beside it', async () => {
    writeFileSync(join(directory, 'big'), HERE)
    const { bytes, actions, failures } = await run()
    expect(failures).toEqual([])
    expect(file().equals(HELD)).toBe(true)
    expect(bytes.received).toBeLessThan(400_000)
    expect(bytes.received + bytes.reused).toBe(HELD.length)
    expect(readBytes).toBeLessThan(500_000)
    expect(actions).toMatchObject([{ path: 'big', bytesReused: bytes.reused, method: 'download' }])
    const old = readdirSync(directory).find((name) => name.startsWith('big (replaced'))!
    expect(file(old).equals(HERE)).toBe(true)
  })

  it('finds what moved', async () => {
    writeFileSync(join(directory, 'big'), Buffer.concat([HELD.subarray(2_000_000), HELD.subarray(0, 2_000_000)]))
    const { bytes } = await run()
    expect(file().equals(HELD)).toBe(true)
    expect(bytes.received).toBeLessThan(100_000)
  })

  it('is fetched whole when there is nothing of it here', async () => {
    writeFileSync(join(directory, 'big'), noise(HELD.length, 8))
    const { bytes } = await run()
    expect(file().equals(HELD)).toBe(true)
    expect(bytes).toMatchObject({ received: HELD.length, reused: 0 })
  })

  it('is fetched whole once a signature has lied', async () => {
    // Says that the target holds what is here.
    const lie = new SignatureBuilder({ kind: 'chunks', averageBytes: 8192 })
    lie.update(HERE)
    const forged = Buffer.from(bindSignature(lie.finish().signature, { etag: base.remote.etag! }))
    forged.set(Buffer.from(blake3Hex(HELD), 'hex'), OFFSETS.contentHash)
    seal(forged)
    await putSidecar(forged)
    writeFileSync(join(directory, 'big'), HERE)
    const { bytes, failures } = await run()
    expect(failures).toEqual([])
    expect(file().equals(HELD)).toBe(true)
    expect(bytes).toMatchObject({ received: HELD.length, reused: 0 })
  })

  it('is fetched whole when the file here changes meanwhile', async () => {
    writeFileSync(join(directory, 'big'), HERE)
    afterMatch = () => writeFileSync(join(directory, 'big'), noise(HERE.length, 9))
    const { bytes } = await run()
    expect(file().equals(HELD)).toBe(true)
    expect(bytes.reused).toBe(0)
  })

  it('is fetched whole where no digest proves the result', async () => {
    writeFileSync(join(directory, 'big'), HERE)
    const crc = [{ algorithm: 'crc32', value: crc32(HELD).toString(16).padStart(8, '0') }] as const
    const unproven = intercept(bench.target, {
      async *list(path, options) {
        for await (const page of bench.target.list(path, options)) {
          yield page.map((entry) => ({ ...entry, checksums: [] }))
        }
      },
    })
    expect((await run({}, unproven)).bytes).toMatchObject({ received: HELD.length, reused: 0 })
    const weak = intercept(bench.target, {
      async *list(path, options) {
        for await (const page of bench.target.list(path, options)) {
          yield page.map((entry) => ({ ...entry, checksums: crc }))
        }
      },
    })
    writeFileSync(join(directory, 'big'), HERE)
    expect((await run({}, weak)).bytes.reused).toBe(0)
  })

  it('is never mixed from two versions', async () => {
    writeFileSync(join(directory, 'big'), HERE)
    const { target } = bench
    const changing = intercept(target, {
      async *read(path, options) {
        if (options.range !== undefined) await bench.transfers.foreign('big', 'theirs')
        yield* target.read(path, options)
      },
    })
    const { failures } = await run({}, changing)
    expect(failures).toMatchObject([{ path: 'big', code: 'precondition-failed' }])
    expect(file().equals(HERE)).toBe(true)
    expect(readdirSync(directory)).toEqual(['big'])
  })

  it('stays where it may not be replaced', async () => {
    writeFileSync(join(directory, 'big'), HERE)
    const { failures } = await run({ overwrite: false })
    expect(failures).toMatchObject([{ code: 'already-exists' }])
    expect(readBytes).toBe(0)
    expect(file().equals(HERE)).toBe(true)
  })
})

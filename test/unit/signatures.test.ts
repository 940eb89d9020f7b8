import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { Signatures, sidecarPath, type HeldContent } from '../../main/delta/signatures.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { MAX_SIGNATURE_BYTES, openSignatureCache, type SignatureCache } from '../../main/state/signature-cache.ts'
import { SignatureBuilder } from '../../workers/delta/signature-builder.ts'
import { bindSignature, signatureBinding } from '../../workers/delta/signature.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { RecordingLog } from '../fakes/host.ts'
import { unstopped } from '../fakes/transfer-bench.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const CONTENT = Buffer.from('content '.repeat(20_000))
const PATH = 'a/big file.bin' as RelPath
const HELD: HeldContent = { path: PATH, etag: '"1"', contentHash: blake3Hex(CONTENT) }

let place: string
let clock: VirtualClock
let log: RecordingLog
let target: TargetProvider

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-hssig-'))
  clock = new VirtualClock(Date.UTC(2026, 0, 2))
  log = new RecordingLog()
  target = createMemoryProvider({ name: '' })
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const cacheIn = (name: string): SignatureCache => openSignatureCache({ directory: join(place, name), clock })
const open = (cache = cacheIn('cache'), at: TargetProvider = target): Signatures =>
  new Signatures({ target: at, cache, clock, log })
/** As another computer sees it: nothing cached. */
const elsewhere = (): Signatures => open(cacheIn('elsewhere'))

function signatureOf(bytes: Uint8Array): Uint8Array {
  const builder = new SignatureBuilder({ kind: 'chunks', averageBytes: 8192 })
  builder.update(bytes)
  return builder.finish().signature
}
async function putSidecar(bytes: Uint8Array): Promise<void> {
  await target.put(
    sidecarPath(PATH),
    {
      size: bytes.length,
      async *open() {
        yield bytes
      },
    },
    { metadata: { mtimeNs: 0n }, expect: { kind: 'any' }, signal: unstopped },
  )
}
async function sidecar(): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of target.read(sidecarPath(PATH), { signal: unstopped })) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('signatures of what a target holds', () => {
  it('are found by the computer that made them and by every other', async () => {
    const bytesSent = await open().save(HELD, signatureOf(CONTENT), unstopped)
    const bound = bindSignature(signatureOf(CONTENT), { etag: '"1"' })
    expect(bytesSent).toBe(bound.length)
    expect(Buffer.compare((await open().load(HELD, unstopped))!, bound)).toBe(0)
    expect(Buffer.compare((await elsewhere().load(HELD, unstopped))!, bound)).toBe(0)
  })

  it('lie in the reserved area: no listing shows them', async () => {
    await open().save(HELD, signatureOf(CONTENT), unstopped)
    const listed: string[] = []
    for await (const page of target.list('' as RelPath, { signal: unstopped })) listed.push(...page.map((e) => e.path))
    expect(listed.filter((path) => path.includes('hssig'))).toEqual([])
    expect(sidecarPath(PATH)).toBe('.tidekeep/signatures/a/big file.bin.hssig')
  })

  it('are asked of the target once, and cached', async () => {
    await open().save(HELD, signatureOf(CONTENT), unstopped)
    await elsewhere().load(HELD, unstopped)
    await target.remove(sidecarPath(PATH), { expect: { kind: 'any' }, signal: unstopped })
    expect(await elsewhere().load(HELD, unstopped)).toBeDefined()
  })

  it.each([
    ['of an object that was replaced', { ...HELD, etag: '"2"' }],
    ['of another version', { ...HELD, versionId: 'v2' }],
    ['of other content', { ...HELD, contentHash: blake3Hex(Buffer.from('other')) }],
  ])('%s are as if they were not there', async (_what, held) => {
    await open().save({ ...HELD, versionId: 'v1' }, signatureOf(CONTENT), unstopped)
    expect(await elsewhere().load(held, unstopped)).toBeUndefined()
  })

  it('from the cache serve a copy of the same content under another version', async () => {
    await open().save(HELD, signatureOf(CONTENT), unstopped)
    expect(await open().load({ ...HELD, etag: '"2"' }, unstopped)).toBeDefined()
  })

  it.each([
    ['nothing', () => new Uint8Array()],
    ['no signature', () => Buffer.from('{"not": "a signature"}')],
    ['cut short', (sound: Uint8Array) => sound.subarray(0, sound.length - 1)],
    ['longer than it says', (sound: Uint8Array) => Buffer.concat([sound, Buffer.from([0])])],
    ['changed in one byte', (sound: Uint8Array) => Buffer.from(sound).fill(sound[80]! ^ 1, 80, 81)],
    ['bound to nothing', () => signatureOf(CONTENT)],
    ['larger than any', () => new Uint8Array(MAX_SIGNATURE_BYTES + 1)],
  ])('that are %s help nobody and harm nobody', async (_what, damage) => {
    await putSidecar(damage(bindSignature(signatureOf(CONTENT), { etag: '"1"' })))
    expect(await elsewhere().load(HELD, unstopped)).toBeUndefined()
    expect(readdirSync(place)).toEqual([])
  })

  it('that are damaged in the cache are taken from the target again', async () => {
    await open().save(HELD, signatureOf(CONTENT), unstopped)
    await cacheIn('cache').save(HELD.contentHash, Buffer.from('damaged'))
    expect(await open().load(HELD, unstopped)).toBeDefined()
  })

  it('follow a file to its new name', async () => {
    await open().save(HELD, signatureOf(CONTENT), unstopped)
    const now = { ...HELD, path: 'b' as RelPath, etag: '"9"' }
    await elsewhere().rebind(HELD, now, unstopped)
    expect(await open(cacheIn('third')).load(now, unstopped)).toBeDefined()
    expect(await open(cacheIn('fourth')).load(HELD, unstopped)).toBeUndefined()
  })

  it('follow a file to its new version under the same name', async () => {
    await open().save(HELD, signatureOf(CONTENT), unstopped)
    await open().rebind(HELD, { ...HELD, etag: '"9"' }, unstopped)
    expect(signatureBinding(await sidecar())).toMatchObject({ etag: '"9"', contentHash: HELD.contentHash })
  })

  it('go with their file', async () => {
    await open().save(HELD, signatureOf(CONTENT), unstopped)
    await open().drop(PATH, unstopped)
    await open().drop(PATH, unstopped)
    expect(await elsewhere().load(HELD, unstopped)).toBeUndefined()
  })

  it('never fail what they were to help', async () => {
    const error = new TidekeepError({ code: 'forbidden', message: 'no' })
    const names = ['read', 'put', 'remove'] as const
    const refusing = createMemoryProvider({
      name: '',
      faults: names.flatMap((call) => [1, 2, 3].map((nth) => ({ call, nth, error }))),
    })
    const signatures = open(cacheIn('cache'), refusing)
    expect(await signatures.save(HELD, signatureOf(CONTENT), unstopped)).toBe(0)
    expect(await open(cacheIn('none'), refusing).load(HELD, unstopped)).toBeUndefined()
    await signatures.drop(PATH, unstopped)
    expect(log.lines.map(({ event }) => event)).toEqual([
      'signature-not-saved',
      'signature-not-read',
      'signature-not-removed',
    ])
  })

  it('stop being looked for when the work is cancelled', async () => {
    const stopped = AbortSignal.abort(new TidekeepError({ code: 'cancelled', message: 'Cancelled.' }))
    await expect(elsewhere().load(HELD, stopped)).rejects.toMatchObject({ code: 'cancelled' })
  })
})

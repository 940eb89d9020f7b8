import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSignatureCache, type SignatureCache } from '../../main/state/signature-cache.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

let place: string
let clock: VirtualClock
const directory = (): string => join(place, 'signatures')
const open = (capBytes?: number): SignatureCache =>
  openSignatureCache({ directory: directory(), clock, ...(capBytes === undefined ? {} : { capBytes }) })
const key = (letter: string): string => letter.repeat(64)
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7)

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-signatures-'))
  clock = new VirtualClock(Date.UTC(2026, 0, 2))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

describe('the signature cache', () => {
  it('gives what was saved, also after a restart', async () => {
    await open().save(key('a'), bytes(10))
    expect(await open().load(key('a'))).toEqual(Buffer.from(bytes(10)))
    expect(await open().load(key('b'))).toBeUndefined()
  })

  it('makes nothing by loading', async () => {
    expect(await open().load(key('a'))).toBeUndefined()
    expect(existsSync(directory())).toBe(false)
  })

  it('takes a file that cannot be read for absent', async () => {
    await open().save(key('a'), bytes(10))
    const [name] = readdirSync(directory())
    rmSync(join(directory(), name!))
    // A directory of that name fails to be read for every user, root included.
    mkdirSync(join(directory(), name!))
    expect(await open().load(key('a'))).toBeUndefined()
  })

  it('keeps for its owner alone, and leaves no temporary file', async () => {
    await open().save(key('a'), bytes(10))
    const [name, ...others] = readdirSync(directory())
    expect(others).toEqual([])
    if (process.platform !== 'win32') expect(statSync(join(directory(), name!)).mode & 0o777).toBe(0o600)
  })

  it('lets go of what was not used for longest when it is full', async () => {
    const cache = open(100)
    await cache.save(key('a'), bytes(40))
    await clock.advance(1000)
    await cache.save(key('b'), bytes(40))
    await clock.advance(1000)
    await cache.load(key('b'))
    await clock.advance(1000)
    await cache.load(key('a'))
    await clock.advance(1000)
    await cache.save(key('c'), bytes(40))
    expect(await cache.load(key('b'))).toBeUndefined()
    expect(await cache.load(key('a'))).toBeDefined()
    expect(await cache.load(key('c'))).toBeDefined()
  })

  it('counts what an earlier process left, half-written files included', async () => {
    await open(100).save(key('a'), bytes(60))
    writeFileSync(join(directory(), `${key('b')}.hssig.1.0.new`), bytes(60))
    await open(100).save(key('c'), bytes(30))
    const left = readdirSync(directory()).reduce((sum, name) => sum + statSync(join(directory(), name)).size, 0)
    expect(left).toBeLessThanOrEqual(100)
  })

  it('never keeps what is larger than all of it', async () => {
    const cache = open(100)
    await cache.save(key('a'), bytes(10))
    await cache.save(key('b'), bytes(101))
    expect(await cache.load(key('a'))).toBeDefined()
    expect(await cache.load(key('b'))).toBeUndefined()
  })

  it('is not led out of its directory by a key', async () => {
    writeFileSync(join(place, 'outside.hssig'), 'secret')
    expect(await open().load('../outside')).toBeUndefined()
    await open().save('../other', bytes(3))
    expect(existsSync(join(place, 'other.hssig'))).toBe(false)
    await open().drop('../outside')
    expect(existsSync(join(place, 'outside.hssig'))).toBe(true)
  })

  it('changes nothing when it only reads', async () => {
    await open().save(key('a'), bytes(10))
    const file = join(directory(), readdirSync(directory())[0]!)
    const before = statSync(file).mtimeMs
    await clock.advance(60_000)
    const cache = openSignatureCache({ directory: directory(), clock, readOnly: true })
    expect(await cache.load(key('a'))).toBeDefined()
    await cache.save(key('b'), bytes(10))
    await cache.drop(key('a'))
    expect(readdirSync(directory())).toHaveLength(1)
    expect(statSync(file).mtimeMs).toBe(before)
  })

  it('forgets what it is told to, and tolerates that it is gone', async () => {
    const cache = open()
    await cache.save(key('a'), bytes(10))
    await cache.drop(key('a'))
    await cache.drop(key('a'))
    expect(await cache.load(key('a'))).toBeUndefined()
  })

  it('answers a file that was cut short as it is: its reader has a checksum to notice', async () => {
    await open().save(key('a'), bytes(10))
    const file = join(directory(), readdirSync(directory())[0]!)
    chmodSync(file, 0o600)
    truncateSync(file, 4)
    expect((await open().load(key('a')))?.byteLength).toBe(4)
  })
})

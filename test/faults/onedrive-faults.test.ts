import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../main/host.ts'
import { FRAGMENT_STEP_BYTES } from '../../main/providers/onedrive/context.ts'
import type { PutOptions } from '../../main/providers/provider.ts'
import { retrying } from '../../main/providers/decorators/retrying.ts'
import { closesAfterEach } from '../fakes/closing.ts'
import { startGraphFixture, type GraphFixture, type GraphFixtureOptions } from '../fakes/graph/harness.ts'
import type { FaultAction } from '../fakes/graph/server.ts'
import { loopClock } from '../fakes/loop-clock.ts'
import {
  collectBytes,
  collectEntries,
  contentOf,
  fileContent,
  hastyClock,
  never,
  rel,
  withFile,
} from '../fakes/s3/harness.ts'

/** Thirty times as fast: a deadline of 30 seconds is over in one. Retries do not wait. */
const fastClock: Clock = { ...loopClock({ speed: 30 }), sleep: async () => {} }

const absent: PutOptions = { signal: never, metadata: { mtimeNs: 1_000_000_000n }, expect: { kind: 'absent' } }
const any = { signal: never, expect: { kind: 'any' } } as const
const path = rel('file.bin')

const closing = closesAfterEach()

/** The drive is known and the log is empty: what is counted afterwards is the operation alone. */
async function prepared(options: GraphFixtureOptions = {}): Promise<GraphFixture> {
  const fixture = closing(
    await startGraphFixture({
      clock: hastyClock,
      tuning: { fragmentBytes: FRAGMENT_STEP_BYTES },
      ...options,
    }),
  )
  await fixture.provider.put(rel('warm'), contentOf('warm'), absent)
  fixture.server.forget()
  return fixture
}

async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'ok'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

function countOperations({ server }: GraphFixture): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { operation } of server.requests) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
}

interface Row {
  readonly operation: string
  readonly fault: FaultAction
  readonly times?: number
  readonly outcome: string
  readonly requests: Readonly<Record<string, number>>
  readonly leavesSession?: true
}

const status = (code: number, more: Partial<FaultAction & { kind: 'status' }> = {}): FaultAction => ({
  kind: 'status',
  status: code,
  ...more,
})

const nameOf = ({ operation, fault, times }: Row): string => {
  const what = fault.kind === 'status' ? `${fault.status} ${fault.code ?? ''}` : fault.kind
  const after = 'after' in fault && fault.after ? ' after the work' : ''
  return `${operation}: ${what}${after}${times === undefined ? '' : ` ${times} times`}`
}

describe('a put of content that is small', () => {
  const again = { CreateUploadSession: 1, UploadFragment: 2, GetSession: 1 }
  const found = { CreateUploadSession: 1, UploadFragment: 1, GetSession: 1, CancelSession: 1, GetItem: 1 }
  const anew = { CreateUploadSession: 2, UploadFragment: 2, CancelSession: 1, GetItem: 1 }
  const givenUp = { CreateUploadSession: 1, UploadFragment: 1, CancelSession: 1 }
  const fragment = 'UploadFragment'
  const begin = 'CreateUploadSession'
  const rows: readonly Row[] = [
    { operation: fragment, fault: { kind: 'reset-before' }, outcome: 'ok', requests: again },
    { operation: fragment, fault: { kind: 'reset-mid' }, outcome: 'ok', requests: again },
    { operation: fragment, fault: { kind: 'reset-after' }, outcome: 'ok', requests: found },
    { operation: fragment, fault: status(500), outcome: 'ok', requests: again },
    { operation: fragment, fault: status(502), outcome: 'ok', requests: again },
    { operation: fragment, fault: status(504), outcome: 'ok', requests: again },
    { operation: fragment, fault: status(500, { after: true }), outcome: 'ok', requests: found },
    { operation: fragment, fault: status(503, { after: true }), outcome: 'ok', requests: found },
    { operation: fragment, fault: status(429), outcome: 'ok', requests: again },
    { operation: fragment, fault: status(503), outcome: 'ok', requests: again },
    { operation: fragment, fault: status(509), outcome: 'ok', requests: again },
    { operation: fragment, fault: status(416, { code: 'invalidRange' }), outcome: 'ok', requests: again },
    { operation: fragment, fault: status(404, { code: 'itemNotFound' }), outcome: 'ok', requests: anew },
    { operation: fragment, fault: status(401), outcome: 'ok', requests: anew },
    { operation: fragment, fault: status(403, { code: 'accessDenied' }), outcome: 'ok', requests: anew },
    {
      operation: fragment,
      fault: status(404),
      times: 9,
      outcome: 'unavailable',
      requests: { CreateUploadSession: 3, UploadFragment: 3, CancelSession: 3, GetItem: 2 },
    },
    {
      operation: fragment,
      fault: status(500),
      times: 9,
      outcome: 'unavailable',
      requests: { CreateUploadSession: 1, UploadFragment: 4, GetSession: 3, CancelSession: 1 },
    },
    {
      operation: fragment,
      fault: status(409, { code: 'nameAlreadyExists' }),
      outcome: 'precondition-failed',
      requests: { ...givenUp, GetItem: 1 },
    },
    { operation: fragment, fault: status(423, { code: 'lockMismatch' }), outcome: 'locked', requests: givenUp },
    { operation: fragment, fault: status(507), outcome: 'quota-exceeded', requests: givenUp },
    { operation: fragment, fault: { kind: 'error-in-200' }, outcome: 'corrupt', requests: givenUp },
    {
      operation: fragment,
      fault: { kind: 'corrupt' },
      outcome: 'ok',
      requests: { CreateUploadSession: 2, UploadFragment: 2, GetItem: 1 },
    },
    {
      operation: fragment,
      fault: { kind: 'corrupt' },
      times: 2,
      outcome: 'corrupt',
      requests: { CreateUploadSession: 2, UploadFragment: 2, GetItem: 1, DeleteItem: 1 },
    },
    { operation: begin, fault: { kind: 'reset-before' }, outcome: 'unavailable', requests: { CreateUploadSession: 1 } },
    {
      operation: begin,
      fault: { kind: 'truncate' },
      outcome: 'unavailable',
      requests: { CreateUploadSession: 1 },
      leavesSession: true,
    },
    {
      operation: begin,
      fault: { kind: 'short-chunked' },
      outcome: 'corrupt',
      requests: { CreateUploadSession: 1 },
      leavesSession: true,
    },
    { operation: begin, fault: { kind: 'error-in-200' }, outcome: 'corrupt', requests: { CreateUploadSession: 1 } },
    { operation: begin, fault: status(429), outcome: 'throttled', requests: { CreateUploadSession: 1 } },
    { operation: begin, fault: status(500), outcome: 'unavailable', requests: { CreateUploadSession: 1 } },
    { operation: begin, fault: status(507), outcome: 'quota-exceeded', requests: { CreateUploadSession: 1 } },
    { operation: begin, fault: status(403), outcome: 'forbidden', requests: { CreateUploadSession: 1 } },
    { operation: begin, fault: status(423), outcome: 'locked', requests: { CreateUploadSession: 1 } },
    { operation: begin, fault: status(404), outcome: 'unavailable', requests: { CreateUploadSession: 1 } },
    {
      operation: begin,
      fault: status(400, { code: 'pathIsTooLong' }),
      outcome: 'invalid',
      requests: { CreateUploadSession: 1 },
    },
    { operation: begin, fault: status(401), outcome: 'ok', requests: { CreateUploadSession: 2, UploadFragment: 1 } },
    {
      operation: begin,
      fault: status(401),
      times: 2,
      outcome: 'unauthenticated',
      requests: { CreateUploadSession: 2 },
    },
  ]

  it.each(rows.map((row) => ({ row, name: nameOf(row) })))('$name', async ({ row }) => {
    const fixture = await prepared()
    const content = randomBytes(3000)
    fixture.server.faults.add({ operation: row.operation, times: row.times ?? 1, action: row.fault })
    expect(await outcomeOf(fixture.provider.put(path, contentOf(content), absent))).toBe(row.outcome)
    expect(countOperations(fixture)).toEqual(row.requests)
    const stored = fixture.bytes('file.bin')
    if (row.outcome === 'ok') expect(stored?.equals(content)).toBe(true)
    else expect(stored).toBeUndefined()
    // A session whose address was lost on its way here ends by itself.
    expect(fixture.server.sessions.open.size).toBe(row.leavesSession === true ? 1 : 0)
    const file = fixture.drive.find(fixture.drive.root, ['file.bin'])
    if (row.fault.kind !== 'corrupt') expect(file?.versions.length ?? 1).toBe(1)
  })

  it('is over when a silent service has used up its time', async () => {
    const fixture = await prepared({ clock: fastClock })
    fixture.server.faults.add({ operation: 'CreateUploadSession', action: { kind: 'hang' } })
    expect(await outcomeOf(fixture.provider.put(path, contentOf('x'), absent))).toBe('timeout')
  })

  it('of nothing goes out in one request, and its time in a second', async () => {
    const fixture = await prepared()
    await fixture.provider.put(path, contentOf(''), absent)
    expect(countOperations(fixture)).toEqual({ PutContent: 1, PatchItem: 1 })
    fixture.server.faults.add({ operation: 'PutContent', action: { kind: 'reset-after' } })
    expect(await outcomeOf(fixture.provider.put(rel('lost'), contentOf(''), absent))).toBe('unavailable')
    // The next attempt finds its own work.
    expect(await outcomeOf(fixture.provider.put(rel('lost'), contentOf(''), absent))).toBe('ok')
    expect(fixture.drive.find(fixture.drive.root, ['lost'])?.fileSystemInfo.lastModifiedDateTime).toBe(
      '1970-01-01T00:00:01Z',
    )
  })
})

describe('a put of content that takes many fragments', () => {
  const size = 5 * FRAGMENT_STEP_BYTES + 1234

  it('goes on from where the next start finds its session, and keeps no address that opens anything', async () => {
    const fixture = await prepared()
    const bytes = randomBytes(size)
    await withFile(bytes, async (content) => {
      fixture.server.faults.add({ operation: 'UploadFragment', nth: 4, times: 9, action: { kind: 'reset-before' } })
      expect(await outcomeOf(fixture.provider.put(path, content, absent))).toBe('unavailable')
      const [body] = fixture.sessions.bodies.values()
      const [session] = fixture.server.sessions.open.keys()
      expect(session).toBeTypeOf('string')
      expect(body).not.toMatch(/tempauth|localhost|xxxx/)
      fixture.server.faults.clear()
      fixture.server.forget()
      const told: number[] = []
      const onProgress = (bytesDone: number): void => void told.push(bytesDone)
      const result = await fixture.open().put(path, content, { ...absent, onProgress })
      expect(result).toMatchObject({ verifiedBy: 'checksum', bytesSent: size - 3 * FRAGMENT_STEP_BYTES })
      expect(countOperations(fixture)).toMatchObject({ GetSession: 1, UploadFragment: 3 })
      expect(countOperations(fixture)['CreateUploadSession']).toBeUndefined()
      expect(fixture.bytes('file.bin')?.equals(bytes)).toBe(true)
      expect(fixture.sessions.bodies.size).toBe(0)
      expect(told).toEqual(told.toSorted((a, b) => a - b))
    })
  })

  it('begins anew when its session expired meanwhile', async () => {
    const fixture = await prepared()
    const bytes = randomBytes(size)
    await withFile(bytes, async (content) => {
      fixture.server.faults.add({ operation: 'UploadFragment', nth: 3, times: 9, action: status(500) })
      expect(await outcomeOf(fixture.provider.put(path, content, absent))).toBe('unavailable')
      fixture.server.faults.clear()
      fixture.server.advance(3_600_000 / 2)
      expect(await outcomeOf(fixture.open().put(path, content, absent))).toBe('ok')
      expect(fixture.bytes('file.bin')?.equals(bytes)).toBe(true)
    })
  })

  it('never goes on with what was sent of a file that is another one now', async () => {
    const fixture = await prepared()
    await withFile(randomBytes(size), async (content, file) => {
      fixture.server.faults.add({ operation: 'UploadFragment', nth: 3, times: 9, action: status(500) })
      expect(await outcomeOf(fixture.provider.put(path, content, absent))).toBe('unavailable')
      fixture.server.faults.clear()
      const other = randomBytes(size)
      writeFileSync(file, other)
      expect(await outcomeOf(fixture.open().put(path, content, absent))).toBe('changed')
      expect(fixture.bytes('file.bin')).toBeUndefined()
      expect(fixture.server.sessions.open.size).toBe(0)
      fixture.server.faults.add({ operation: 'UploadFragment', nth: 3, times: 9, action: status(500) })
      expect(await outcomeOf(fixture.provider.put(path, fileContent(file), absent))).toBe('unavailable')
      fixture.server.faults.clear()
      fixture.server.forget()
      const newest = randomBytes(size)
      writeFileSync(file, newest)
      expect(await outcomeOf(fixture.open().put(path, fileContent(file), absent))).toBe('ok')
      expect(fixture.bytes('file.bin')?.equals(newest)).toBe(true)
      expect(fixture.server.count('GetSession')).toBe(0)
    })
  })

  it('makes no file of a source that changed while it was sent (I2)', async () => {
    const fixture = await prepared()
    await withFile(randomBytes(size), async (content, file) => {
      const change = (): void => writeFileSync(file, randomBytes(size))
      fixture.server.faults.add({ operation: 'UploadFragment', nth: 3, action: { kind: 'run', run: change } })
      expect(await outcomeOf(fixture.provider.put(path, content, absent))).toBe('changed')
      expect(fixture.bytes('file.bin')).toBeUndefined()
      expect(fixture.server.sessions.open.size).toBe(0)
    })
  })

  it('recognises that an earlier start finished it without hearing so (I4)', async () => {
    const fixture = await prepared()
    const bytes = randomBytes(size)
    await withFile(bytes, async (content) => {
      // The last answer is lost, and then nothing answers any more.
      fixture.server.faults.add({ operation: 'UploadFragment', nth: 6, action: { kind: 'reset-after' } })
      fixture.server.faults.add({ operation: 'GetSession', times: 9, action: { kind: 'reset-before' } })
      expect(await outcomeOf(fixture.provider.put(path, content, absent))).toBe('unavailable')
      fixture.server.faults.clear()
      fixture.server.forget()
      expect(await fixture.open().put(path, content, absent)).toMatchObject({ verifiedBy: 'checksum', bytesSent: 0 })
      expect(countOperations(fixture)['UploadFragment']).toBeUndefined()
      expect(fixture.drive.find(fixture.drive.root, ['file.bin'])?.versions.length).toBe(1)
    })
  })

  it('sends again what the service lost after it had taken it', async () => {
    const fixture = await prepared()
    const bytes = randomBytes(size)
    const loseTwo = (): void => {
      const [session] = fixture.server.sessions.open.values()
      session!.received.splice(-2)
      session!.receivedBytes -= 2 * FRAGMENT_STEP_BYTES
    }
    fixture.server.faults.add({ operation: 'UploadFragment', nth: 4, action: { kind: 'run', run: loseTwo } })
    expect(await outcomeOf(fixture.provider.put(path, contentOf(bytes), absent))).toBe('ok')
    expect(fixture.bytes('file.bin')?.equals(bytes)).toBe(true)
  })

  it.each(['personal', 'business'] as const)('replaces nothing that someone changed on the way: %s', async (kind) => {
    const fixture = await prepared({ kind })
    const { entry } = await fixture.provider.put(path, contentOf('old'), absent)
    const theirs = Buffer.from('theirs')
    fixture.server.forget()
    await fixture.provider.put(rel('measured'), contentOf(randomBytes(size)), absent)
    const file = fixture.drive.find(fixture.drive.root, ['file.bin'])!
    const edit = (): void => fixture.drive.replaceContent(file, theirs)
    for (let nth = 1; nth <= 5; nth++) {
      fixture.server.faults.clear()
      fixture.drive.replaceContent(file, Buffer.from(`old ${nth}`))
      const { etag } = await fixture.provider.stat(path, { signal: never })
      fixture.server.faults.add({ operation: 'UploadFragment', nth, action: { kind: 'run', run: edit } })
      const put = fixture.provider.put(path, contentOf(randomBytes(size)), {
        ...absent,
        expect: { kind: 'etag', etag: etag! },
      })
      expect(await outcomeOf(put)).toBe('precondition-failed')
      expect(fixture.bytes('file.bin')).toEqual(theirs)
    }
    expect(entry.etag).toBeTypeOf('string')
    expect(fixture.server.sessions.open.size).toBe(0)
  })

  it.each([
    { fault: status(500, { after: true }), name: '500 after the work' },
    { fault: { kind: 'reset-after' } as const, name: 'reset after the work' },
    { fault: status(503), name: '503' },
    { fault: { kind: 'reset-before' } as const, name: 'reset before' },
  ])('makes one version when the request that commits it meets: $name', async ({ fault }) => {
    const fixture = await prepared({ kind: 'business' })
    const { entry } = await fixture.provider.put(path, contentOf('old'), absent)
    fixture.server.faults.add({ operation: 'CommitSession', action: fault })
    const bytes = randomBytes(1000)
    const expectOld = { ...absent, expect: { kind: 'etag', etag: entry.etag! } } as const
    expect(await outcomeOf(fixture.provider.put(path, contentOf(bytes), expectOld))).toBe('ok')
    expect(fixture.drive.find(fixture.drive.root, ['file.bin'])?.versions.length).toBe(2)
    expect(fixture.bytes('file.bin')?.equals(bytes)).toBe(true)
  })
})

describe('a listing', () => {
  const pageItems = 3
  async function filled(options: GraphFixtureOptions = {}): Promise<GraphFixture> {
    const fixture = await prepared({ ...options, quirks: { pageItems, ...options.quirks } })
    for (const name of ['a/1', 'a/b/2', 'a/b/3', 'c/4', 'd', 'e'])
      await fixture.provider.put(rel(name), contentOf(name), absent)
    fixture.server.forget()
    return fixture
  }
  const list = (fixture: GraphFixture): Promise<string> =>
    collectEntries(fixture.provider.list(rel(''), { signal: never })).then((entries) =>
      entries.map((entry) => entry.path).join(' '),
    )
  const everything = 'a a/1 a/b a/b/2 a/b/3 c c/4 d e warm'

  it.each(['personal', 'business', 'documentLibrary'] as const)('is whole, in pages: %s', async (kind) => {
    expect(await list(await filled({ kind }))).toBe(everything)
    expect(await list(await filled({ kind, folder: 'x' }))).toBe(everything)
  })

  it('costs one request for each page, the folder it begins at and nothing more', async () => {
    const fixture = await filled()
    await list(fixture)
    expect(countOperations(fixture)).toEqual({ GetItem: 1, Delta: 4 })
  })

  it('begins anew when Graph wants that, and gives up in the end', async () => {
    const fixture = await filled()
    fixture.server.faults.add({ operation: 'Delta', nth: 3, action: status(410, { code: 'resyncRequired' }) })
    expect(await list(fixture)).toBe(everything)
    expect(countOperations(fixture)).toEqual({ GetItem: 1, Delta: 7 })
    fixture.server.faults.clear()
    fixture.server.faults.add({ operation: 'Delta', nth: 2, times: 99, action: status(410) })
    await expect(list(fixture)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('begins anew when its pages expired', async () => {
    const fixture = await filled()
    const expire = (): void => fixture.drive.expireTokens()
    fixture.server.faults.add({ operation: 'Delta', nth: 3, action: { kind: 'run', run: expire } })
    expect(await list(fixture)).toBe(everything)
  })

  it.each(['loops', 'repeats', 'breaks-off', 'leaves-out-folders'] as const)(
    'that %s is refused, never taken for whole',
    async (badDelta) => {
      const fixture = await filled()
      fixture.drive.quirks = { pageItems, badDelta }
      await expect(list(fixture)).rejects.toMatchObject({ code: 'corrupt' })
      expect(fixture.server.requests.length).toBeLessThan(badDelta === 'repeats' ? 200 : 10)
    },
  )

  it.each(['reset-before', 'truncate', 'short-chunked', 'error-in-200'] as const)(
    'that meets %s on a later page ends in an error',
    async (kind) => {
      const fixture = await filled()
      fixture.server.faults.add({ operation: 'Delta', nth: 3, action: { kind } })
      expect(['unavailable', 'corrupt']).toContain(await outcomeOf(list(fixture)))
    },
  )

  it('walks a folder of a company and is right about what changes meanwhile', async () => {
    const fixture = await filled({ kind: 'business', folder: 'x' })
    const { drive } = fixture
    const at = (name: string) => drive.find(drive.root, `x/${name}`.split('/'))!
    const outside = drive.createFolder(drive.root, 'outside')
    drive.createFile(drive.createFolder(outside, 'moved'), 'inner', Buffer.from('i'))
    const disturb = (): void => {
      drive.remove(at('c'))
      drive.replaceContent(at('d'), Buffer.from('longer than before'))
      drive.createFile(at('a'), 'new', Buffer.from('new'))
      const moved = drive.find(outside, ['moved'])!
      drive.place(moved, { name: 'moved', parentId: at('a').id })
      drive.changed(moved)
      drive.place(at('e'), { name: 'e', parentId: outside.id })
      drive.changed(drive.find(outside, ['e'])!)
    }
    fixture.server.faults.add({ operation: 'ListChildren', nth: 4, action: { kind: 'run', run: disturb, after: true } })
    const entries = await collectEntries(fixture.provider.list(rel(''), { signal: never }))
    expect(entries.map((entry) => entry.path).join(' ')).toBe(
      'a a/1 a/b a/b/2 a/b/3 a/moved a/moved/inner a/new d warm',
    )
    expect(entries.find((entry) => entry.path === 'd')?.size).toBe('longer than before'.length)
  })

  it('of a folder that was there before and is gone is an error, not an empty list', async () => {
    const fixture = await filled({ folder: 'x' })
    fixture.drive.remove(fixture.drive.find(fixture.drive.root, ['x'])!)
    const used = fixture.open({ folder: 'x', mustExist: true })
    await expect(collectEntries(used.list(rel(''), { signal: never }))).rejects.toMatchObject({ code: 'not-found' })
    await expect(used.put(path, contentOf('x'), absent)).rejects.toMatchObject({ code: 'not-found' })
    expect(fixture.drive.find(fixture.drive.root, ['x'])).toBeUndefined()
  })
})

describe('a read', () => {
  const bytes = randomBytes(200_000)
  async function filled(options: GraphFixtureOptions = {}): Promise<{ fixture: GraphFixture; etag: string }> {
    const fixture = await prepared(options)
    const { entry } = await fixture.provider.put(path, contentOf(bytes), absent)
    fixture.server.forget()
    return { fixture, etag: entry.etag! }
  }
  const read = (fixture: GraphFixture, more: object = {}): Promise<Buffer> =>
    collectBytes(fixture.provider.read(path, { signal: never, ...more }))

  const rows: readonly (Omit<Row, 'operation'> & { readonly operation?: string })[] = [
    { fault: status(401), outcome: 'ok', requests: { GetItem: 2, Download: 2 } },
    { fault: status(403), outcome: 'ok', requests: { GetItem: 2, Download: 2 } },
    { fault: status(404), outcome: 'ok', requests: { GetItem: 2, Download: 2 } },
    { fault: status(401), times: 9, outcome: 'unauthenticated', requests: { GetItem: 4, Download: 4 } },
    { fault: status(403, { code: 'malwareDetected' }), outcome: 'forbidden', requests: { GetItem: 1, Download: 1 } },
    { fault: status(503), outcome: 'throttled', requests: { GetItem: 1, Download: 1 } },
    { fault: { kind: 'reset-before' }, outcome: 'unavailable', requests: { GetItem: 1, Download: 1 } },
    { fault: { kind: 'reset-mid' }, outcome: 'corrupt', requests: { GetItem: 1, Download: 1 } },
    { fault: { kind: 'truncate' }, outcome: 'corrupt', requests: { GetItem: 1, Download: 1 } },
    { fault: { kind: 'short-chunked' }, outcome: 'corrupt', requests: { GetItem: 1, Download: 1 } },
    { fault: { kind: 'corrupt' }, outcome: 'corrupt', requests: { GetItem: 2, Download: 1 } },
  ]

  it.each(rows.map((row) => ({ row, name: nameOf({ ...row, operation: 'Download' }) })))('$name', async ({ row }) => {
    const { fixture, etag } = await filled()
    fixture.server.faults.add({ operation: 'Download', times: row.times ?? 1, action: row.fault })
    const reading = read(fixture, { expect: { kind: 'etag', etag } })
    expect(await outcomeOf(reading)).toBe(row.outcome)
    expect(countOperations(fixture)).toEqual(row.requests)
    if (row.outcome === 'ok') expect((await reading).equals(bytes)).toBe(true)
  })

  it('goes on where it broke off, with a new address, behind the retry layer', async () => {
    const { fixture, etag } = await filled()
    const { clock, random, log } = fixture.host
    const provider = retrying(fixture.provider, { clock, random, log })
    fixture.server.faults.add({ operation: 'Download', action: { kind: 'reset-mid' } })
    fixture.server.faults.add({ operation: 'Download', nth: 2, action: status(401) })
    const found = await collectBytes(provider.read(path, { signal: never, expect: { kind: 'etag', etag } }))
    expect(found.equals(bytes)).toBe(true)
    const last = fixture.server.requests.findLast(({ operation }) => operation === 'Download')
    expect(last?.headers['range']).toMatch(/^bytes=[1-9]\d*-199999$/)
  })

  it('never gives bytes of another version than the one asked for', async () => {
    const { fixture, etag } = await filled()
    const file = fixture.drive.find(fixture.drive.root, ['file.bin'])!
    const replace = (): void => fixture.drive.replaceContent(file, randomBytes(200_000))
    fixture.server.faults.add({ operation: 'Download', action: { kind: 'run', run: replace } })
    const expectOld = { expect: { kind: 'etag', etag } }
    expect(await outcomeOf(read(fixture, expectOld))).toBe('precondition-failed')
    const { etag: now } = await fixture.provider.stat(path, { signal: never })
    fixture.server.faults.add({ operation: 'Download', action: { kind: 'run', run: replace } })
    const ranged = read(fixture, { expect: { kind: 'etag', etag: now }, range: { start: 10, end: 500 } })
    expect(await outcomeOf(ranged)).toBe('precondition-failed')
  })
})

describe('changes', () => {
  it('of what someone else changed between the look and the change are refused', async () => {
    const fixture = await prepared()
    for (const name of ['moved', 'dated', 'removed']) await fixture.provider.put(rel(name), contentOf(name), absent)
    const change = (name: string) => (): void =>
      fixture.drive.replaceContent(fixture.drive.find(fixture.drive.root, [name])!, Buffer.from('theirs'))
    fixture.server.faults.add({ operation: 'PatchItem', nth: 1, action: { kind: 'run', run: change('moved') } })
    fixture.server.faults.add({ operation: 'PatchItem', nth: 2, action: { kind: 'run', run: change('dated') } })
    fixture.server.faults.add({ operation: 'DeleteItem', nth: 1, action: { kind: 'run', run: change('removed') } })
    const { features } = fixture.provider
    expect(await outcomeOf(features.move!(rel('moved'), rel('elsewhere'), any))).toBe('precondition-failed')
    expect(await outcomeOf(features.setMetadata!(rel('dated'), { mtimeNs: 0n }, any))).toBe('precondition-failed')
    expect(await outcomeOf(fixture.provider.remove(rel('removed'), any))).toBe('precondition-failed')
    for (const name of ['moved', 'dated', 'removed']) expect(fixture.bytes(name)?.toString()).toBe('theirs')
  })

  it.each(['PatchItem', 'DeleteItem', 'CreateFolder'] as const)(
    'whose answer to %s is lost are looked up, behind the retry layer',
    async (operation) => {
      const fixture = await prepared()
      const { clock, random, log } = fixture.host
      const provider = retrying(fixture.provider, { clock, random, log })
      await provider.put(rel('old'), contentOf('x'), absent)
      fixture.server.faults.add({ operation, action: { kind: 'reset-after' } })
      if (operation === 'PatchItem') await provider.features.move!(rel('old'), rel('new'), any)
      if (operation === 'DeleteItem') await provider.remove(rel('old'), any)
      if (operation === 'CreateFolder')
        await provider.features.makeDirectory!(rel('folder'), { mtimeNs: 0n }, { signal: never })
      // Making a folder again finds it.
      expect(fixture.server.count(operation)).toBe(operation === 'CreateFolder' ? 2 : 1)
      const { root } = fixture.drive
      expect(fixture.drive.find(root, ['new']) !== undefined).toBe(operation === 'PatchItem')
      expect(fixture.drive.find(root, ['old']) !== undefined).toBe(operation === 'CreateFolder')
    },
  )

  it('removes what it removes to the recycle bin', async () => {
    const fixture = await prepared()
    await fixture.provider.put(path, contentOf('keep me'), absent)
    const { id } = fixture.drive.find(fixture.drive.root, ['file.bin'])!
    await fixture.provider.remove(path, any)
    expect(fixture.bytes('file.bin')).toBeUndefined()
    fixture.drive.restore(id)
    expect(fixture.bytes('file.bin')?.toString()).toBe('keep me')
  })
})

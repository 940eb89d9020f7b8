import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Summary } from '../../common/protocol.ts'
import { connectSocket } from '../../main/service/socket-client.ts'
import { below } from '../../main/service/paths.ts'
import { edited, noise } from '../fakes/delta-bench.ts'
import { environmentOf } from '../fakes/s3/environment.ts'
import { startS3Server, type S3Server } from '../fakes/s3/server.ts'
import { TidekeepProcesses } from '../fakes/tidekeep-process.ts'
import { ServicePlace, until } from '../fixtures/service-place.ts'

const MIB = 1024 ** 2
const TARGET = 's3://bucket/some/prefix'
const OLD = noise(48 * MIB, 1)
const NEW = edited(OLD, { at: 10 * MIB, with: noise(4096, 2) }, { at: 30 * MIB, with: noise(4096, 3) })
let place = ''
let source = ''
let server: S3Server
let here: TidekeepProcesses

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'tk-delta-'))
  source = join(place, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'disk image.bin'), OLD)
  writeFileSync(join(source, 'small.txt'), 'small')
  server = await startS3Server({ buckets: ['bucket'] })
  here = processes('home')
})
afterEach(async () => {
  await server.close()
  rmSync(place, { recursive: true, force: true })
})

const processes = (home: string): TidekeepProcesses => new TidekeepProcesses(join(place, home), environmentOf(server))

/** Every file with its size and time. */
function filesIn(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))
    .map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`)
    .toSorted()
}

const sentOver = (requests: S3Server['requests']): number => requests.reduce((sum, { bytesIn }) => sum + bytesIn, 0)
/** Requests of that operation, without those by which a store's abilities are found out. */
const ofTransfer = (operation: string): number =>
  server.requests.filter((each) => each.operation === operation && /disk image|segments/.test(each.key)).length
const stored = (): Buffer | undefined => server.bytes('bucket', 'some/prefix/disk image.bin')

describe('a changed large file at an S3 store', () => {
  it('is predicted, sent as differences, and brought back by another computer over an older one', async () => {
    expect(await here.json<Summary>('sync', source, TARGET)).toMatchObject({ exitCode: 0, counts: { uploaded: 2 } })
    writeFileSync(join(source, 'disk image.bin'), NEW)

    const state = filesIn(join(place, 'home', 'state'))
    const keys = server.buckets.get('bucket')!.keys()
    server.forget()
    const plan = await here.json<Summary>('plan', source, TARGET)
    expect(filesIn(join(place, 'home', 'state'))).toEqual(state)
    expect(server.buckets.get('bucket')!.keys()).toEqual(keys)
    expect(server.requests.filter(({ operation }) => !/^(Get|Head|List)/.test(operation))).toEqual([])
    const told = await here.run('plan', source, TARGET)
    expect(told.stdout).toMatch(/^\+ upload disk image\.bin {2}.* of 48(\.1)?\sMiB$/m)
    expect(told.stderr + told.stdout).toMatch(
      /1 large file to be sent as differences: .* of 48(\.1)?\sMiB, [\d.]+% saved\./,
    )
    expect(told.stderr + told.stdout).toMatch(/Uploads: .* to send; .* requests, .* copies inside the store; about /)

    server.forget()
    const run = await here.json<Summary>('sync', source, TARGET)
    expect(stored()?.equals(NEW)).toBe(true)
    const [action] = run.actions
    expect(action).toMatchObject({ path: 'disk image.bin', method: plan.actions[0]!.method })
    expect(['delta', 'segments']).toContain(action!.method)
    expect(run.bytes.sent).toBeLessThan(11 * MIB)
    const predicted = plan.estimate!
    expect(Math.abs(predicted.bytesSent - run.bytes.sent) / run.bytes.sent).toBeLessThan(0.05)
    expect(Math.abs(predicted.bytesSent - sentOver(server.requests)) / sentOver(server.requests)).toBeLessThan(0.05)
    expect(plan.bytes).toMatchObject({ sent: predicted.bytesSent, reused: run.bytes.reused })
    for (const operation of ['UploadPart', 'UploadPartCopy', 'CompleteMultipartUpload', 'PutObject']) {
      expect(ofTransfer(operation), operation).toBe(predicted.requests[operation] ?? 0)
    }

    const back = join(place, 'back')
    mkdirSync(back)
    writeFileSync(join(back, 'disk image.bin'), OLD)
    const restored = await processes('elsewhere').json<Summary>('restore', TARGET, back, '--overwrite')
    expect(restored).toMatchObject({ exitCode: 0, failures: [] })
    expect(readFileSync(join(back, 'disk image.bin')).equals(NEW)).toBe(true)
    expect(restored.bytes.received).toBeLessThan(2 * MIB)
    expect(restored.bytes.reused).toBeGreaterThan(46 * MIB)
  })

  it('goes whole below the threshold of that run', async () => {
    await here.run('sync', source, TARGET)
    writeFileSync(join(source, 'disk image.bin'), NEW)
    const run = await here.json<Summary>('sync', source, TARGET, '--delta-threshold', '1GiB')
    expect(run.actions).toMatchObject([{ method: 'whole', bytesSent: OLD.length }])
    expect(stored()?.equals(NEW)).toBe(true)
  })

  it('goes whole into a class that cannot be copied from', async () => {
    const archive = ['--storage-class', 'GLACIER']
    await here.run('sync', source, TARGET, ...archive)
    const keys = server.buckets.get('bucket')!.keys()
    expect(keys.filter((key) => key.endsWith('.hssig'))).toEqual([])
    writeFileSync(join(source, 'disk image.bin'), NEW)
    expect((await here.json<Summary>('plan', source, TARGET, ...archive)).actions).toMatchObject([{ method: 'whole' }])
    const run = await here.json<Summary>('sync', source, TARGET, ...archive)
    expect(run).toMatchObject({ exitCode: 0, actions: [{ method: 'whole', bytesSent: OLD.length }] })
    expect(stored()?.equals(NEW)).toBe(true)
  })

  it('is sent as differences by the service too, and shown so', async () => {
    await using service = new ServicePlace(environmentOf(server))
    writeFileSync(join(service.source, 'disk image.bin'), OLD)
    await service.serve()
    expect((await service.run('folder', 'add', service.source, '--target', TARGET)).exitCode).toBe(0)
    await service.protected()
    expect(stored()?.equals(OLD)).toBe(true)
    writeFileSync(join(service.source, 'disk image.bin'), NEW)
    await until(() => stored()?.equals(NEW) === true)
    await service.protected()
    const client = (await connectSocket(below(join(service.base, 'home'))))!
    const [row] = await client.call('activity.list', { limit: 1 })
    client.close()
    expect(row).toMatchObject({ path: 'disk image.bin', size: NEW.length })
    expect(['delta', 'segments']).toContain(row!.method)
    expect(row!.bytesSent).toBeLessThan(11 * MIB)
    expect(row!.bytesReused).toBeGreaterThan(36 * MIB)
  })
})

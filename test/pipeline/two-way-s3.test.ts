import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Summary } from '../../common/protocol.ts'
import { textsBelow } from '../fakes/files-below.ts'
import { environmentOf } from '../fakes/s3/environment.ts'
import { startS3Server, type S3Server } from '../fakes/s3/server.ts'
import { TidekeepProcesses } from '../fakes/tidekeep-process.ts'

const TARGET = 's3://bucket/shared'
let place = ''
let server: S3Server

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'tk-'))
  server = await startS3Server({ buckets: ['bucket'] })
})
afterEach(async () => {
  await server.close()
  rmSync(place, { recursive: true, force: true })
})

/** One computer with its own state and its own copy of what is shared. */
class Computer {
  readonly folder: string
  readonly #processes: TidekeepProcesses

  constructor(name: string) {
    this.folder = join(place, name)
    mkdirSync(this.folder)
    this.#processes = new TidekeepProcesses(join(place, `home of ${name}`), environmentOf(server))
  }

  sync(): Promise<Summary> {
    return this.#processes.json<Summary>('sync', this.folder, TARGET, '--mode', 'two-way')
  }

  write(path: string, content: string): void {
    writeFileSync(join(this.folder, path), content)
  }

  files(): Readonly<Record<string, string>> {
    return textsBelow(this.folder)
  }
}

describe('two computers that share a bucket', () => {
  it('bring each other what is new, changed, renamed and deleted, with its times', async () => {
    const [one, other] = [new Computer('one'), new Computer('other')]
    mkdirSync(join(one.folder, 'sub'))
    one.write('a', 'first a')
    one.write('sub/b', 'first b')
    other.write('c', 'first c')
    await one.sync()
    expect(await other.sync()).toMatchObject({ exitCode: 0, counts: { downloaded: 2, uploaded: 1, conflicts: 0 } })
    await one.sync()
    expect(one.files()).toEqual({ a: 'first a', c: 'first c', 'sub/b': 'first b' })
    expect(other.files()).toEqual(one.files())
    expect(Math.floor(statSync(join(other.folder, 'a')).mtimeMs)).toBe(
      Math.floor(statSync(join(one.folder, 'a')).mtimeMs),
    )

    other.write('a', 'edited by the other')
    renameSync(join(other.folder, 'sub/b'), join(other.folder, 'sub/renamed'))
    rmSync(join(other.folder, 'c'))
    await other.sync()
    expect(await one.sync()).toMatchObject({ exitCode: 0, counts: { conflicts: 0, failed: 0 } })
    expect(one.files()).toEqual({ a: 'edited by the other', 'sub/renamed': 'first b' })
    // Nothing of what came is sent back.
    expect((await one.sync()).actions).toEqual([])
    expect((await other.sync()).actions).toEqual([])
  })

  it('keep both versions of what both of them edited', async () => {
    const [one, other] = [new Computer('one'), new Computer('other')]
    one.write('a', 'first a')
    await one.sync()
    await other.sync()
    one.write('a', 'edited by one')
    other.write('a', 'edited by the other')
    await one.sync()
    expect(await other.sync()).toMatchObject({ counts: { conflicts: 1, downloaded: 0 } })
    expect([one.files(), other.files()]).toEqual([{ a: 'edited by one' }, { a: 'edited by the other' }])
    const stored = server.buckets.get('bucket')!.require('shared/a')
    expect(Buffer.from(stored.content.bytes()).toString()).toBe('edited by one')
  })
})

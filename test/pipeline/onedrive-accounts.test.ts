import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Summary } from '../../common/protocol.ts'
import {
  ADA,
  CLIENT_ID,
  SERVICE_ID,
  SERVICE_SECRET,
  startSignInFixture,
  type SignInFixture,
} from '../fakes/sign-in/harness.ts'
import { processEnd, TidekeepProcesses, type Ended } from '../fakes/tidekeep-process.ts'

let fixture: SignInFixture
let place: string
let tidekeep: TidekeepProcesses
beforeEach(async () => {
  fixture = await startSignInFixture()
  place = mkdtempSync(join(tmpdir(), 'tidekeep-accounts-'))
  mkdirSync(join(place, 'source', 'sub'), { recursive: true })
  tidekeep = new TidekeepProcesses(join(place, 'home'), {
    TIDEKEEP_MICROSOFT_CLIENT_ID: CLIENT_ID,
    TIDEKEEP_MICROSOFT_AUTHORITY: fixture.authority.origin,
    TIDEKEEP_MICROSOFT_GRAPH: fixture.graph.origin,
  })
})
afterEach(async () => {
  tidekeep.killAll()
  await fixture.close()
  rmSync(place, { recursive: true, force: true })
})

/** Runs a command that shows a code, and types the code in as a person would. */
async function withCode(...args: readonly string[]): Promise<Ended> {
  const child = tidekeep.start(...args)
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    const before = said
    said += chunk.toString()
    const code = /enter the code (\w+)\n/.exec(said)?.[1]
    if (code !== undefined && !/enter the code (\w+)\n/.test(before)) fixture.authority.grants.enterCode(code, ADA)
  })
  return processEnd(child)
}

const contentAt = (path: string): string | undefined => {
  const drive = fixture.graph.driveById(ADA.driveId)!
  return drive.find(drive.root, path.split('/'))?.bytes.toString()
}

describe('tidekeep with a OneDrive account', () => {
  it('signs in with a code, backs up, has nothing to do at the next start, sends an edit, restores and verifies', async () => {
    const source = join(place, 'source')
    writeFileSync(join(source, 'a.txt'), 'first')
    writeFileSync(join(source, 'sub', 'b: c?.txt'), 'second')
    const added = await withCode('account', 'add', 'onedrive', '--device-code')
    expect(added, added.stderr).toMatchObject({ exitCode: 0 })
    expect(added.stdout).toContain('The account "ada" (ada@contoso.example) is ready')
    const target = 'onedrive://ada/Backups'
    const first = await tidekeep.json<Summary>('sync', source, target)
    expect(first).toMatchObject({ exitCode: 0, counts: { uploaded: 2, failed: 0 } })
    expect(contentAt('Backups/a.txt')).toBe('first')
    const changesBefore = fixture.graph.requests.filter(({ method }) => method !== 'GET').length
    expect(await tidekeep.json<Summary>('sync', source, target)).toMatchObject({ exitCode: 0, counts: { uploaded: 0 } })
    expect(fixture.graph.requests.filter(({ method }) => method !== 'GET').length).toBe(changesBefore)
    writeFileSync(join(source, 'a.txt'), 'edited')
    expect(await tidekeep.json<Summary>('sync', source, target)).toMatchObject({ counts: { uploaded: 1 } })
    expect(contentAt('Backups/a.txt')).toBe('edited')
    const restored = join(place, 'restored')
    expect(await tidekeep.json<Summary>('restore', target, restored)).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(restored, 'a.txt'), 'utf8')).toBe('edited')
    expect(readFileSync(join(restored, 'sub', 'b: c?.txt'), 'utf8')).toBe('second')
    expect(await tidekeep.json<Summary>('verify', target, '--read-data')).toMatchObject({ exitCode: 0 })
    expect(await tidekeep.json('account', 'test', 'ada')).toMatchObject({ ok: true, userName: ADA.userName })
    expect(await tidekeep.json('account', 'list')).toMatchObject({ accounts: [{ name: 'ada', state: 'signed-in' }] })
  })

  it('says with exit code 12 that the sign-in ended, goes on after the next, and forgets what is removed', async () => {
    const source = join(place, 'source')
    writeFileSync(join(source, 'a.txt'), 'first')
    fixture.authority.grants.control.lifetimeMs = 1_000
    await withCode('account', 'add', 'onedrive', '--device-code', '--name', 'home')
    fixture.authority.grants.revoke(ADA.userName)
    const refused = await tidekeep.run('sync', source, 'onedrive://home')
    expect(refused.exitCode).toBe(12)
    expect(refused.stderr).toContain('Sign in again with "tidekeep account sign-in home".')
    expect(await tidekeep.json('account', 'list')).toMatchObject({ accounts: [{ state: 'sign-in-needed' }] })
    expect((await withCode('account', 'sign-in', 'home', '--device-code')).exitCode).toBe(0)
    expect(await tidekeep.json('sync', source, 'onedrive://home')).toMatchObject({ counts: { uploaded: 1 } })
    expect((await tidekeep.run('account', 'remove', 'home')).exitCode).toBe(0)
    expect((await tidekeep.run('sync', source, 'onedrive://home')).exitCode).toBe(12)
    expect(await tidekeep.json('account', 'list')).toMatchObject({ accounts: [] })
  })

  it('signs in as a program with a secret from a file, and says what to set where there is no client id', async () => {
    const secretFile = join(place, 'secret')
    writeFileSync(secretFile, `${SERVICE_SECRET}\n`)
    writeFileSync(join(place, 'source', 'a.txt'), 'first')
    const asProgram = ['account', 'add', 'onedrive', '--name', 'team', '--client-id', SERVICE_ID]
    const where = ['--tenant', 'contoso', '--drive', ADA.driveId, '--client-secret-file', secretFile]
    expect(await tidekeep.run(...asProgram, ...where)).toMatchObject({ exitCode: 0 })
    expect(await tidekeep.json('sync', join(place, 'source'), 'onedrive://team/x')).toMatchObject({
      counts: { uploaded: 1 },
    })
    expect(contentAt('x/a.txt')).toBe('first')
    const bare = new TidekeepProcesses(join(place, 'elsewhere'))
    const unset = await bare.run('account', 'add', 'onedrive', '--device-code')
    expect(unset.exitCode).toBe(10)
    expect(unset.stderr).toContain('tidekeep config set microsoftClientId')
  })
})

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Summary } from '../../common/protocol.ts'
import {
  BRIEF_LIFE_MS,
  ADA,
  CLIENT_ID,
  SERVICE_ID,
  SERVICE_SECRET,
  startSignInFixture,
  type SignInFixture,
} from '../fakes/sign-in/harness.ts'
import { startS3Server } from '../fakes/s3/server.ts'
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

  it('lists the versions that the drive keeps, and restores one of them, or all as they were at a moment', async () => {
    const source = join(place, 'source')
    writeFileSync(join(source, 'a.txt'), 'first')
    writeFileSync(join(source, 'gone.txt'), 'was here')
    await withCode('account', 'add', 'onedrive', '--device-code')
    const target = 'onedrive://ada/Backups'
    const mirror = ['sync', source, target, '--mode', 'mirror', '--max-delete', '100%']
    expect(await tidekeep.json<Summary>(...mirror)).toMatchObject({ counts: { uploaded: 2 } })
    const moment = new Date().toISOString()
    writeFileSync(join(source, 'a.txt'), 'the second one')
    rmSync(join(source, 'gone.txt'))
    fixture.graph.forget()
    expect(await tidekeep.json<Summary>(...mirror)).toMatchObject({ counts: { uploaded: 1, deleted: 1 } })
    expect(fixture.graph.count('Versions')).toBe(0)

    type Listed = { readonly versions: readonly { readonly token: string; readonly sizeBytes: number }[] }
    const { versions } = await tidekeep.json<Listed>('versions', target, 'a.txt')
    const first = versions.find(({ sizeBytes }) => sizeBytes === 5)
    expect(first).toMatchObject({ state: 'replaced', keptBy: 'store', changedBy: { program: 'Tidekeep' } })
    const one = join(place, 'one')
    await tidekeep.json('restore', target, one, '--path', 'a.txt', '--token', first!.token)
    expect(readFileSync(join(one, 'a.txt'), 'utf8')).toBe('first')

    const all = join(place, 'all')
    const asOf = await tidekeep.run('restore', target, all, '--at', moment)
    expect(readFileSync(join(all, 'a.txt'), 'utf8')).toBe('first')
    expect(asOf.exitCode).toBe(3)
    expect(asOf.stderr).toContain('gone.txt was not restored: it was there then')
    expect(asOf.stderr).toContain('recycle bin')
  })

  it('says with exit code 12 that the sign-in ended, goes on after the next, and forgets what is removed', async () => {
    const source = join(place, 'source')
    writeFileSync(join(source, 'a.txt'), 'first')
    fixture.authority.grants.control.lifetimeMs = BRIEF_LIFE_MS
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

describe('keys of an S3 store, by name', () => {
  it('come from standard input, open the store for sync and verify, and are gone when removed', async () => {
    const keys = { accessKeyId: 'AKIAQAAAAAAAAAAAAAAA', secretAccessKey: 'secretQ'.repeat(6) }
    const store = await startS3Server({ ...keys, buckets: ['bucket'], region: 'us-east-1' })
    try {
      writeFileSync(join(place, 'source', 'a.txt'), 'first')
      const adding = tidekeep.start('account', 'add', 's3', '--name', 'work', '--no-input')
      adding.stdin!.end(`${keys.accessKeyId}\n${keys.secretAccessKey}\n`)
      expect(await processEnd(adding)).toMatchObject({ exitCode: 0 })
      const how = ['--s3-endpoint', store.endpoint, '--s3-region', 'us-east-1', '--account', 'work']
      const source = join(place, 'source')
      expect(await tidekeep.json('sync', source, 's3://bucket/x', ...how)).toMatchObject({ counts: { uploaded: 1 } })
      expect(store.bytes('bucket', 'x/a.txt')?.toString()).toBe('first')
      expect(await tidekeep.json('verify', 's3://bucket/x', ...how)).toMatchObject({ exitCode: 0 })
      expect((await tidekeep.run('sync', source, 's3://bucket/x', ...how.slice(0, -1), 'wrok')).stderr).toBe(
        'tidekeep: There is no account "wrok" with the keys of an S3 store.\n  Did you mean work? See "tidekeep account list", or save its keys with "tidekeep account add s3 --name NAME".\n',
      )
      expect((await tidekeep.run('account', 'remove', 'work')).exitCode).toBe(0)
      const removed = await tidekeep.run('verify', 's3://bucket/x', ...how)
      expect(removed).toMatchObject({ exitCode: 12, stderr: expect.stringContaining('no account "work"') as string })
    } finally {
      await store.close()
    }
  })
})

describe('the sign-in library', () => {
  /** Runs a command in a process that tells which modules of the library it loads. */
  function watched(...args: readonly string[]): Promise<Ended> {
    const launcher = join(place, 'launch.mjs')
    writeFileSync(
      launcher,
      `import { registerHooks } from 'node:module'
       registerHooks({ load: (url, context, next) => {
         if (url.includes('node_modules/@azure')) process.stderr.write('LOADED ' + url + '\\n')
         return next(url, context)
       } })
       const { main } = await import(${JSON.stringify(new URL('../../main/cli/main.ts', import.meta.url).href)})
       process.exitCode = await main(process.argv.slice(2))`,
    )
    const env = {
      ...process.env,
      TIDEKEEP_HOME: join(place, 'home'),
      TIDEKEEP_SECRETS: 'file',
      TIDEKEEP_MICROSOFT_CLIENT_ID: CLIENT_ID,
      TIDEKEEP_MICROSOFT_AUTHORITY: fixture.authority.origin,
    }
    return processEnd(spawn(process.execPath, [launcher, ...args], { env, stdio: 'pipe' }))
  }

  it('is loaded when someone signs in, and by nothing that needs nobody', async () => {
    writeFileSync(join(place, 'source', 'a.txt'), 'first')
    const commands = [['--version'], ['account', 'list'], ['sync', join(place, 'source'), join(place, 'disk')]]
    for (const command of commands) {
      const { exitCode, stderr } = await watched(...command)
      expect(exitCode, stderr).toBe(0)
      expect(stderr).not.toContain('LOADED')
    }
    fixture.authority.faults.add({ operation: 'DeviceCode', action: { kind: 'reset-before' } })
    expect((await watched('account', 'add', 'onedrive', '--device-code')).stderr).toContain('LOADED')
  })
})

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { below } from '../../main/service/paths.ts'
import { connectSocket } from '../../main/service/socket-client.ts'
import { STORAGE_RIGHT } from '../fakes/graph/types.ts'
import { browse } from '../fakes/sign-in/browser.ts'
import {
  BRIEF_LIFE_MS,
  ADA,
  CLIENT_ID,
  SERVICE_ID,
  SERVICE_SECRET,
  startSignInFixture,
  type SignInFixture,
} from '../fakes/sign-in/harness.ts'
import { processEnd, TidekeepProcesses, type Ended } from '../fakes/tidekeep-process.ts'
import { commandLinesOf, secretsBelow, secretsSaid } from '../fixtures/secret-search.ts'
import { until } from '../fixtures/service-place.ts'

const WRONG_SECRET = 'wrong~secret~of~a~program~71c5b0'
const KEYS = { id: 'AKIAQ7CANARYKEYID234', secret: 'c4naryQsecretQkeyQofQaQstoreQ0123456789Q' }

let fixture: SignInFixture
let base = ''
/** Where a person keeps what they hand over; not searched. */
let hands = ''
let tidekeep: TidekeepProcesses
const said: { readonly who: string; readonly text: string }[] = []

beforeAll(async () => {
  fixture = await startSignInFixture()
  base = realpathSync(mkdtempSync(join(tmpdir(), 'tk-accounts-')))
  hands = mkdtempSync(join(tmpdir(), 'tk-hands-'))
  mkdirSync(join(base, 'source'))
  mkdirSync(join(base, 'tmp'))
  for (let index = 0; index < 6; index++) writeFileSync(join(base, 'source', `file ${index}`), `content ${index}`)
  tidekeep = new TidekeepProcesses(join(base, 'home'), {
    TIDEKEEP_MICROSOFT_CLIENT_ID: CLIENT_ID,
    TIDEKEEP_MICROSOFT_AUTHORITY: fixture.authority.origin,
    TIDEKEEP_MICROSOFT_GRAPH: fixture.graph.origin,
    TIDEKEEP_LOG_LEVEL: 'debug',
    TMPDIR: join(base, 'tmp'),
    PATH: '/nowhere',
  })
})
afterAll(async () => {
  tidekeep.killAll()
  await fixture.close()
  rmSync(base, { recursive: true, force: true })
  rmSync(hands, { recursive: true, force: true })
})

/** Runs a command to its end, and does at once what it asks a person for. */
async function run(...args: readonly string[]): Promise<Ended> {
  const child = tidekeep.start(...args, '--debug')
  let shown = ''
  let isDone = false
  child.stderr!.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
    const code = /enter the code (\w+)\n/.exec(shown)?.[1]
    const url = /(https:\S+authorize\S+)\n/.exec(shown)?.[1]
    if (isDone || (code === undefined && url === undefined)) return
    isDone = true
    for (const line of commandLinesOf(child)) said.push({ who: 'a command line', text: line })
    fixture.authority.browserUser = ADA
    if (code !== undefined) fixture.authority.grants.enterCode(code, ADA)
    else void browse(url!, fixture.authority.origin)
  })
  child.stdin!.end(args.includes('s3') ? `${KEYS.id}\n${KEYS.secret}\n` : '')
  const ended = await processEnd(child)
  said.push({ who: `${args.join(' ')}: stdout`, text: ended.stdout }, { who: args.join(' '), text: ended.stderr })
  return ended
}

function secrets(): ReadonlyMap<string, string> {
  const handedOut = fixture.authority.grants.handedOut.map(({ what, secret }, index) => [`${what} ${index}`, secret])
  return new Map([
    ...(handedOut as [string, string][]),
    ['client secret', SERVICE_SECRET],
    ['wrong client secret', WRONG_SECRET],
    ['access key', KEYS.id],
    ['secret key', KEYS.secret],
    ['right of an upload address', STORAGE_RIGHT],
  ])
}

async function signInAndUse(): Promise<void> {
  const source = join(base, 'source')
  expect((await run('account', 'add', 'onedrive', '--device-code')).exitCode).toBe(0)
  expect((await run('account', 'sign-in', 'ada', '--verbose')).exitCode).toBe(0)
  expect((await run('account', 'add', 's3', '--name', 'keys', '--json')).exitCode).toBe(0)
  const program = ['account', 'add', 'onedrive', '--name', 'team', '--client-id', SERVICE_ID, '--tenant', 'contoso']
  const key = (text: string): readonly string[] => {
    writeFileSync(join(hands, 'key'), text)
    return ['--drive', ADA.driveId, '--client-secret-file', join(hands, 'key')]
  }
  expect((await run(...program, ...key(SERVICE_SECRET))).exitCode).toBe(0)
  expect((await run('account', 'sign-in', 'team', ...key(WRONG_SECRET).slice(2))).exitCode).toBe(12)
  for (const account of ['ada', 'team']) {
    expect((await run('sync', source, `onedrive://${account}/${account}`, '--jsonl')).exitCode).toBe(0)
    expect((await run('verify', `onedrive://${account}/${account}`, '--read-data', '--json')).exitCode).toBe(0)
  }
  expect((await run('restore', 'onedrive://ada/ada', join(base, 'restored'))).exitCode).toBe(0)
  // An upload that was cut keeps its address for the next run.
  fixture.graph.faults.add({ operation: 'UploadFragment', times: 50, action: { kind: 'reset-before' } })
  writeFileSync(join(source, 'file 0'), 'edited')
  await run('sync', source, 'onedrive://ada/ada', '--json')
  fixture.graph.faults.clear()
  await run('account', 'list')
  await run('doctor', '--json')
  await run('config', 'get', '--json')
}

/** As they come from an authority that repeats everything it was sent, and from one that is broken. */
async function beRefused(): Promise<void> {
  const { authority } = fixture
  authority.repeats = true
  authority.grants.control.needsConsent = true
  expect((await run('account', 'add', 'onedrive', '--device-code', '--name', 'other')).exitCode).toBe(12)
  expect((await run('account', 'add', 'onedrive', '--name', 'other')).exitCode).toBe(12)
  authority.grants.control.needsConsent = false
  authority.grants.revoke(ADA.userName)
  expect((await run('account', 'test', 'ada')).exitCode).toBe(12)
  authority.repeats = false
  authority.faults.add({ operation: 'DeviceCode', action: { kind: 'error-in-200' } })
  expect((await run('account', 'add', 'onedrive', '--device-code', '--name', 'other')).exitCode).toBe(13)
}

async function serve(): Promise<void> {
  const child = tidekeep.start('serve', '--jsonl', '--no-ui', '--debug')
  const end = processEnd(child)
  let output = ''
  child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await until(
    () => output.includes('"type":"ready"'),
    () => `the service did not start: ${output}`,
  )
  const client = (await connectSocket(below(join(base, 'home'))))!
  const begun = await client.call('accounts.signIn', { method: 'device-code', name: 'ada' })
  if (begun.state !== 'waiting' || begun.prompt.kind !== 'device-code') throw new Error(begun.state)
  fixture.authority.grants.enterCode(begun.prompt.code, ADA)
  await expect
    .poll(() => client.call('accounts.signInState', { id: begun.id }))
    .toMatchObject({
      state: 'done',
    })
  const target = 'onedrive://ada/served'
  const answers = [
    begun,
    await client.call('accounts.signInState', { id: begun.id }),
    await client.call('folders.add', { path: join(base, 'source'), target }),
    await client.call('folders.sync', {}),
    await served(),
    await client.call('accounts.list', {}),
    await client.call('status.get', {}),
    await client.call('settings.get', {}),
    await client.call('activity.list', { limit: 100 }),
  ]
  said.push({ who: 'answers', text: JSON.stringify(answers) })
  for (const line of commandLinesOf(child)) said.push({ who: 'a command line', text: line })
  client.close()
  child.kill('SIGTERM')
  const ended = await end
  said.push({ who: 'serve: stdout', text: ended.stdout }, { who: 'serve: stderr', text: ended.stderr })
}

/** Resolves when the service stored a file with its new sign-in. */
async function served(): Promise<void> {
  const drive = fixture.graph.driveById(ADA.driveId)!
  await expect.poll(() => drive.find(drive.root, ['served', 'file 3'])?.bytes.toString()).toBe('content 3')
}

it('forty tokens, codes, keys and upload addresses are nowhere on disk and in nothing that was said', async () => {
  fixture.authority.grants.control.lifetimeMs = BRIEF_LIFE_MS
  await signInAndUse()
  fixture.authority.grants.control.lifetimeMs = 3_600_000
  await beRefused()
  await serve()
  const byName = secrets()
  expect(secretsSaid(said, byName)).toEqual([])
  expect(secretsBelow(base, byName)).toEqual([])
  expect(byName.size).toBeGreaterThanOrEqual(40)
  const kinds = new Set([...byName.keys()].map((name) => name.replace(/ \d+$/, '')))
  for (const kind of ['access token', 'refresh token', 'device code', 'authorization code'])
    expect(kinds).toContain(kind)
  // The search finds what is there.
  writeFileSync(join(base, 'control'), `x${STORAGE_RIGHT}y`)
  expect(secretsBelow(base, byName)).toEqual(['right of an upload address in /control'])
  expect(said.reduce((sum, { text }) => sum + text.length, 0)).toBeGreaterThan(10_000)
  console.log(`${byName.size} canaries of sign-ins, ${said.length} outputs: 0 hits`)
})

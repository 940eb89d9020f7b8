import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectSocket, type SocketClient } from '../../main/service/socket-client.ts'
import { below } from '../../main/service/paths.ts'
import { processEnd, TidekeepProcesses } from '../fakes/tidekeep-process.ts'
import { startS3Server, type S3Server } from '../fakes/s3/server.ts'
import { commandLinesOf, secretsBelow, secretsSaid } from '../fixtures/secret-search.ts'
import { until } from '../fixtures/service-place.ts'

/** Every secret of this run by what it is. None resembles another, and none may be found afterwards. */
class Canaries {
  readonly byName = new Map<string, string>()

  /** Of the shape it has in life: its alphabet and length; always the same for one name. */
  make(name: string, length: number, alphabet: 'hex' | 'base64' | 'upper' | 'words' = 'base64'): string {
    const bytes = (part: number): Buffer => createHash('sha512').update(`canary ${name} ${part}`).digest()
    const text = Buffer.concat([bytes(0), bytes(1), bytes(2), bytes(3)])
    const value =
      alphabet === 'hex'
        ? text.toString('hex').slice(0, length)
        : alphabet === 'upper'
          ? `AKIA${text
              .toString('hex')
              .toUpperCase()
              .replaceAll(/[^A-Z2-7]/g, '')
              .slice(0, length - 4)}`
          : alphabet === 'words'
            ? `sparrow-${text.toString('hex').slice(0, length)}`
            : text.toString('base64').replaceAll(/[+/=]/g, 'Q').slice(0, length)
    this.byName.set(name, value)
    return value
  }
}

const canaries = new Canaries()
const KEYS = { accessKeyId: canaries.make('access key', 20, 'upper'), secretAccessKey: canaries.make('secret key', 40) }
const SESSION = canaries.make('session token', 120)
const STORED = {
  accessKeyId: canaries.make('stored access key', 20, 'upper'),
  secretAccessKey: canaries.make('stored secret key', 40),
}
const PROFILE = {
  accessKeyId: canaries.make('profile access key', 20, 'upper'),
  secretAccessKey: canaries.make('profile secret key', 40),
}
const PASSPHRASE = canaries.make('passphrase', 24, 'words')
const OPERATOR = canaries.make('operator token', 48, 'hex')
const password = (where: string): string => canaries.make(`password in ${where}`, 16, 'words')
const signature = (where: string): string => canaries.make(`signature in ${where}`, 64, 'hex')

/** Variables a machine may have that are none of our business. */
const STRANGERS = (
  'AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_BEARER_TOKEN_BEDROCK GITHUB_TOKEN NPM_TOKEN PGPASSWORD ' +
  'AZURE_CLIENT_SECRET GOOGLE_API_KEY DATABASE_URL SMTP_PASSWORD RESTIC_PASSWORD RCLONE_CONFIG_PASS VAULT_TOKEN SLACK_TOKEN HEROKU_API_KEY TWINE_PASSWORD'
)
  .split(' ')
  .map((name) => [name, canaries.make(`variable ${name}`, 40)] as const)

let base = ''
let source = ''
let server: S3Server
let echo: { readonly endpoint: string; close(): void }
/** Everything that was said, by whom. */
const said: { readonly who: string; readonly text: string }[] = []

beforeAll(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'tk-canaries-')))
  source = join(base, 'source')
  mkdirSync(source)
  for (let index = 0; index < 12; index++)
    writeFileSync(join(source, `file ${index}`), `content ${index} `.repeat(index * 50))
  server = await startS3Server({ ...KEYS, sessionToken: SESSION, buckets: ['bucket'], region: 'us-east-1' })
  echo = await startEcho()
})
afterAll(async () => {
  await server.close()
  echo.close()
  rmSync(base, { recursive: true, force: true })
})

/** A store that answers every request with a refusal that repeats all it was sent. */
async function startEcho(): Promise<typeof echo> {
  const store = createServer((request, response) => {
    const text = JSON.stringify({ url: request.url, ...request.headers })
    const leak = text.replaceAll(/[<>&]/g, ' ') + KEYS.secretAccessKey
    response.writeHead(400, { 'content-type': 'application/xml', 'x-amz-request-id': KEYS.secretAccessKey })
    response.end(`<Error><Code>${KEYS.accessKeyId}</Code><Message>${leak}</Message></Error>`)
  })
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve))
  return { endpoint: `http://127.0.0.1:${(store.address() as AddressInfo).port}`, close: () => store.close() }
}

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    ...Object.fromEntries(STRANGERS),
    AWS_ENDPOINT_URL_S3: server.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_SESSION_TOKEN: SESSION,
    AWS_EC2_METADATA_DISABLED: 'true',
    TIDEKEEP_TOKEN: OPERATOR,
    TIDEKEEP_PASSPHRASE: PASSPHRASE,
    TIDEKEEP_LOG_LEVEL: 'debug',
    TMPDIR: join(base, 'tmp'),
    ...more,
  }
}

/** Runs one command on the installation `home` and keeps what it says. */
async function run(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number | null> {
  const tidekeep = new TidekeepProcesses(join(base, home), environment(env))
  const ended = await tidekeep.run(...args)
  said.push(
    { who: `${args.join(' ').slice(0, 60)}: stdout`, text: ended.stdout },
    { who: 'stderr', text: ended.stderr },
  )
  return ended.exitCode
}

const hitsOnDisk = (): readonly string[] => secretsBelow(base, canaries.byName)
const hitsInWords = (): readonly string[] => secretsSaid(said, canaries.byName)

async function runCommands(): Promise<void> {
  mkdirSync(join(base, 'tmp'))
  const target = 's3://bucket/prefix'
  expect(await run('home', ['sync', source, target, '--debug'])).toBe(0)
  expect(await run('home', ['sync', source, target, '--jsonl', '--verbose'])).toBe(0)
  expect(await run('home', ['verify', target, '--read-data', '--json'])).toBe(0)
  expect(await run('home', ['restore', target, join(base, 'restored'), '--debug'])).toBe(0)
  await run('home', ['doctor', '--json'])
  await run('home', ['config', 'list', '--json'])
  await run('home', ['status', '--json'])
  // Refused, each in its own way, with everything a person might ask for to find out why.
  const wrong = { AWS_SECRET_ACCESS_KEY: canaries.make('wrong secret key', 40) }
  expect(await run('home', ['sync', source, target, '--debug'], wrong)).toBe(12)
  const stale = { AWS_SESSION_TOKEN: canaries.make('expired session token', 200) }
  expect(await run('home', ['verify', target, '--debug', '--json'], stale)).not.toBe(0)
  expect(await run('home', ['sync', source, target, '--debug'], { AWS_ENDPOINT_URL_S3: echo.endpoint })).not.toBe(0)
  expect(await run('home', ['sync', source, target, '--debug'], { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' })).toBe(13)
  await run('home', ['provider', 'check', target, '--debug'], { AWS_ENDPOINT_URL_S3: echo.endpoint })
}

/** Secrets typed where none belongs: refused without being repeated. */
async function runWithSecretsInPlaces(): Promise<void> {
  const host = server.endpoint.replace('http://', '')
  const places: readonly (readonly [args: readonly string[], env?: Readonly<Record<string, string>>])[] = [
    [['sync', source, 's3://bucket/x', '--s3-endpoint', `http://user:${password('flag')}@${host}`]],
    [['sync', source, 's3://bucket/x', '--s3-endpoint', `http://${host}/?X-Amz-Signature=${signature('flag')}`]],
    [['sync', source, 's3://bucket/x'], { AWS_ENDPOINT_URL_S3: `http://user:${password('variable')}@${host}` }],
    [['sync', source, 's3://bucket/x'], { AWS_ENDPOINT_URL_S3: `nonsense://user:${password('bad scheme')}@${host}` }],
    [
      ['sync', source, 's3://bucket/x'],
      { AWS_ENDPOINT_URL_S3: '', AWS_ENDPOINT_URL: `http://${host}/?sig=${signature('variable')}` },
    ],
    [['sync', source, `s3://KEY:${password('bucket address')}@bucket/x`]],
    [['sync', source, `https://user:${password('web address')}@example.invalid/x`]],
    [['sync', source, `https://bucket.s3.example.invalid/x?X-Amz-Signature=${signature('presigned link')}`]],
    [['sync', `https://user:${password('source address')}@example.invalid/x`, source]],
    [['provider', 'check', `sftp://user:${password('other scheme')}@example.invalid/x`]],
    [['folder', 'add', source, '--target', `webdav://user:${password('folder target')}@example.invalid/x`]],
    [['restore', `ftp://u:${password('restore address')}@example.invalid`, join(base, 'never')]],
    [['verify', `https://h.example.invalid/x?X-Amz-Security-Token=${signature('verify address')}`]],
  ]
  const exitCodes = await Promise.all(
    places.map(([args, env], index) => run(`elsewhere-${index}`, [...args, '--debug'], env)),
  )
  expect(exitCodes).not.toContain(0)
  const credentials = join(tmpdir(), `tk-canaries-credentials-${process.pid}`)
  writeFileSync(
    credentials,
    `[p]\naws_access_key_id = ${PROFILE.accessKeyId}\naws_secret_access_key = ${PROFILE.secretAccessKey}\n`,
  )
  try {
    const env = { AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_CONFIG_FILE: credentials }
    expect(await run('home', ['sync', source, 's3://bucket/x', '--profile', 'p', '--debug'], env)).toBe(12)
  } finally {
    rmSync(credentials)
  }
}

/** A service with an interface, a saved account, a folder that works and one that is refused. */
async function runService(): Promise<void> {
  const home = join(base, 'service')
  const tidekeep = new TidekeepProcesses(home, environment())
  const child = tidekeep.start('serve', '--jsonl', '--port', '0', '--debug')
  const end = processEnd(child)
  let output = ''
  child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await until(
    () => output.includes('"type":"ready"'),
    () => `the service did not start: ${output}`,
  )
  const client = (await connectSocket(below(home)))!
  await useService(client, output)
  for (const line of commandLinesOf(child)) said.push({ who: 'a command line', text: line })
  client.close()
  child.kill('SIGTERM')
  const ended = await end
  // The link for signing in is for whoever started it, on its standard output alone.
  said.push({ who: 'serve: stdout', text: ended.stdout }, { who: 'serve: stderr', text: ended.stderr })
  expect(ended.exitCode).toBe(0)
}

async function useService(client: SocketClient, output: string): Promise<void> {
  const { address, signInUrl } = JSON.parse(output.split('\n')[0]!) as { address: string; signInUrl: string }
  const code = new URL(signInUrl).searchParams.get('code')!
  const signIn = await fetch(signInUrl, { redirect: 'manual' })
  const cookie = signIn.headers.get('set-cookie')!.split(';')[0]!
  served.push(code, cookie.split('=')[1]!)
  const account = await client.call('accounts.save', { kind: 's3', ...STORED })
  const s3 = { endpoint: server.endpoint, region: 'us-east-1' }
  const asks: readonly (() => Promise<unknown>)[] = [
    () => client.call('folders.add', { path: source, target: 's3://bucket/served', s3 }),
    () =>
      client.call('folders.add', {
        path: join(base, 'restored'),
        target: 's3://bucket/refused',
        s3: { ...s3, ...account },
      }),
    () => client.call('targets.check', { target: 's3://bucket/other', s3: { ...s3, endpoint: echo.endpoint } }),
    () =>
      client.call('targets.check', { target: 's3://bucket/other', s3: { endpoint: `http://u:${password('call')}@h` } }),
    () => client.call('folders.sync', {}),
    () => client.call('status.get', {}),
    () => client.call('settings.get', {}),
    () => client.call('queue.list', { limit: 100 }),
    () => client.call('activity.list', { limit: 100 }),
    () => client.call('folders.list', {}),
  ]
  for (const ask of asks)
    said.push({ who: 'an answer', text: JSON.stringify(await ask().catch((error: unknown) => [String(error), error])) })
  await until(() => server.bytes('bucket', 'served/file 3') !== undefined)
  for (const path of [
    '/metrics',
    '/readyz',
    '/api/call/status.get',
    `/?token=${OPERATOR}`,
    '/sign-in?code=wrong',
    '/nothing',
  ]) {
    const reply = await fetch(`${address}${path}`, { headers: { cookie } })
    said.push({ who: path.split('?')[0]!, text: `${JSON.stringify([...reply.headers])} ${await reply.text()}` })
  }
  const wrong = canaries.make('wrong operator token', 48, 'hex')
  const refused = await fetch(`${address}/api/call/status.get`, { headers: { authorization: `Bearer ${wrong}` } })
  said.push({ who: 'a wrong token', text: await refused.text() })
}

/** Handed out by the service on purpose; not to be found on disk. */
const served: string[] = []

it('forty secrets are nowhere on disk and in nothing that was said, after a full run', async () => {
  await runCommands()
  await runWithSecretsInPlaces()
  await runService()
  expect(hitsInWords()).toEqual([])
  for (const [index, secret] of served.entries()) canaries.byName.set(`sign-in ${index}`, secret)
  expect(hitsOnDisk()).toEqual([])
  expect(canaries.byName.size).toBeGreaterThanOrEqual(40)
  // The search finds what is there, and the run said and wrote a lot.
  writeFileSync(join(base, 'control'), `x${KEYS.secretAccessKey}y`)
  expect(hitsOnDisk()).toEqual(['secret key in /control'])
  expect(said.reduce((sum, { text }) => sum + text.length, 0)).toBeGreaterThan(20_000)
  console.log(`${canaries.byName.size} canaries, ${said.length} outputs: 0 hits`)
})

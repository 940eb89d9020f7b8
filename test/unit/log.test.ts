import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../main/telemetry/log.ts'
import { cleanText, neutralise, redact } from '../../main/telemetry/redact.ts'
import { RotatingFile } from '../../main/telemetry/rotating-file.ts'
import { seededRandom, temporaryPaths } from '../fakes/host.ts'

function memoryLog(level: 'debug' | 'info' = 'info') {
  const lines: string[] = []
  const log = createLog({ level, write: (line) => void lines.push(line) })
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

describe('the log', () => {
  it('writes one JSON line for each event, with time, level and fields', () => {
    const { log, parsed } = memoryLog()
    log.info('transfer finished', { path: 'a/b.txt', sizeBytes: 5, reused: true, nothing: undefined })
    log.error('state quarantined')
    log.debug('not at this level')
    expect(parsed()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        level: 'info',
        event: 'transfer finished',
        path: 'a/b.txt',
        sizeBytes: 5,
        reused: true,
      },
      { time: expect.any(String), level: 'error', event: 'state quarantined' },
    ])
  })

  it('leaves out what is no primitive and does not let a field replace its own members', () => {
    const { log, parsed } = memoryLog()
    const smuggled = {
      error: new Error('with a stack'),
      options: { secretAccessKey: 'x' },
      level: 'debug',
      event: 'e',
      time: 1,
      rate: Number.NaN,
    }
    log.warn('odd', smuggled as never)
    expect(parsed()[0]).toEqual({
      time: expect.any(String),
      level: 'warn',
      event: 'odd',
      error: '[left out]',
      options: '[left out]',
      level_: 'debug',
      event_: 'e',
      time_: 1,
      rate: 'NaN',
    })
  })

  it('keeps a line one line and a terminal a terminal, whatever a file is called', () => {
    const { log, lines, parsed } = memoryLog()
    const names = [
      'a\r\n{"level":"info","event":"forged"}',
      '\u001b[2J\u001b]0;title\u0007',
      'photo\u202Egpj.exe',
      '\u2028\u2029\u0085',
      '\ud800x',
      'tab\there',
      '\u009b31m',
    ]
    for (const name of names) log.info('found', { path: name })
    expect(lines).toHaveLength(names.length)
    for (const line of lines) {
      expect(line.endsWith('\n')).toBe(true)
      const forbidden = line.slice(0, -1).match(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
      expect(forbidden).toBeNull()
    }
    expect(parsed()[2]!['path']).toBe('photo\\u{202e}gpj.exe')
    expect(neutralise('naïve 日本語 👩‍💻 עברית')).toBe('naïve 日本語 👩‍💻 עברית')
  })

  it('cuts a text that would fill the disk', () => {
    expect(cleanText('x'.repeat(1_000_000)).length).toBeLessThan(5_000)
  })
})

/** Forty secrets of the forms that stores, sign-ins and programs use, each in a place one has been seen to leak from. */
function canaries(): { readonly secret: string; readonly text: string; readonly field?: string }[] {
  const random = seededRandom(40)
  const randomBytes = (count: number): Buffer => Buffer.from(random.hex(count), 'hex')
  const base64 = (bytes: number): string => randomBytes(bytes).toString('base64')
  const url = (bytes: number): string => randomBytes(bytes).toString('base64url')
  const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
  const upper = (length: number): string =>
    Array.from(randomBytes(length), (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('')
  const made: { secret: string; text: string; field?: string }[] = []
  const add = (secret: string, place: (secret: string) => string, field?: string): void =>
    void made.push({ secret, text: place(secret), ...(field === undefined ? undefined : { field }) })
  add(base64(30), (s) => `PUT https://h/b/k?X-Amz-Algorithm=AWS4&X-Amz-Signature=${encodeURIComponent(s)}`)
  add(hex(32), (s) => `https://b.s3.amazonaws.com/k?X-Amz-Signature=${s}&x=1 failed`)
  add(hex(32), (s) => `http://127.0.0.1:9000/sign-in#${s}`)
  add(url(24), (s) => `https://user:${s}@host/path`)
  add(url(24), (s) => `https://${s}@host/path`)
  add(url(40), (s) => `https://api.onedrive.com/rup/1?tempauth=${s}`)
  add(url(60), (s) => `Authorization: Bearer ${s}`)
  add(base64(20), (s) => `authorization: Basic ${s}`)
  add(
    hex(32),
    (s) => `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/2026/eu/s3/aws4_request, SignedHeaders=host, Signature=${s}`,
  )
  add(`AKIA${upper(16)}`, (s) => `The key ${s} is not known`)
  add(`ASIA${upper(16)}`, (s) => `{"AccessKeyId":"${s}"}`)
  add(base64(30), (s) => `{"SecretAccessKey":"${s}"}`)
  add(base64(30), (s) => `aws_secret_access_key = ${s}`)
  add(base64(30), (s) => `secretAccessKey: '${s}'`)
  add(base64(96), (s) => `aws_session_token=${s}`)
  add(base64(96), (s) => `x-amz-security-token: ${s}`)
  add(base64(32), (s) => `x-amz-server-side-encryption-customer-key: ${s}`)
  add(`eyJ${url(30)}.${url(60)}.${url(32)}`, (s) => `id token ${s} expired`)
  add(url(48), (s) => `refresh_token=${s}&grant_type=refresh_token`)
  add(url(48), (s) => `{"access_token":"${s}","expires_in":3600}`)
  add(`ghp_${hex(18)}`, (s) => `remote: ${s}`)
  add(`github_pat_${hex(20)}`, (s) => `using ${s}`)
  add(`ya29.${url(50)}`, (s) => `google said no to ${s}`)
  add(`AIza${url(26)}`, (s) => `key ${s}`)
  add(`xoxb-${hex(16)}`, (s) => `hook ${s}`)
  add(base64(64), (s) => `AccountKey=${s};EndpointSuffix=core.windows.net`)
  // Under names that say nothing: in an address everything after the path may be a right.
  add(`q${hex(9)}`, (s) => `POST https://login.example/callback?code=${s}&state=1`)
  add(`q${hex(9)}`, (s) => `GET https://files.example/d/1?e=${s}`)
  add(encodeURIComponent(base64(32)), (s) => `https://a.blob.core.windows.net/c?sv=2025&sig=${s}`)
  add(`-----BEGIN PRIVATE KEY-----\n${base64(60)}\n-----END PRIVATE KEY-----`, (s) => `could not load ${s}`)
  add(base64(60), (s) => `-----BEGIN RSA PRIVATE KEY-----\n${s}\n-----END RSA PRIVATE KEY-----`)
  add('correct horse battery', (s) => s, 'passphrase')
  add('hunter2', (s) => s, 'password')
  add('hunter3', (s) => `password=${s}`)
  add('hunter4', (s) => `{"password": "${s}"}`)
  add('swordfish', (s) => `passphrase: ${s}`)
  add(hex(16), (s) => s, 'operatorToken')
  add(hex(16), (s) => s, 'accessKeyId')
  add(hex(16), (s) => s, 'sessionToken')
  add(hex(32), (s) => `cookie: session=${s}; Path=/`)
  add(base64(30), (s) => `the value ${s} was refused`)
  add(url(33), (s) => `Error: InvalidToken ${s} (request 7)`)
  return made
}

describe('secrets in the log', () => {
  it('never appear in its files: 42 canaries, in fields, events and nested texts', () => {
    const directory = temporaryPaths().logs
    const file = new RotatingFile({ path: join(directory, 'tidekeep.log'), maxBytes: 20_000, files: 5 })
    const log = createLog({ level: 'debug', write: (line) => file.write(line) })
    const all = canaries()
    expect(all).toHaveLength(42)
    for (const { text, field } of all) {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) {
        log[level]('request failed', { [field ?? 'message']: text, attempt: 1 })
        if (field === undefined) log[level](text, { path: text })
      }
    }
    file.close()
    const written = readdirSync(directory)
      .map((name) => readFileSync(join(directory, name), 'utf8'))
      .join('')
    expect(written.length).toBeGreaterThan(10_000)
    const leaked = all.filter(({ secret }) =>
      secret.split('\n').some((part) => !part.startsWith('-----') && written.includes(part)),
    )
    expect(leaked.map(({ text }) => text)).toEqual([])
  })

  it('are not looked for where people would miss what is taken out', () => {
    for (const text of [
      'Documents/Photos/2026/Summer/Holiday in Norway/IMG_20260704_101112.jpg',
      `content ${'ab12'.repeat(16)} verified`,
      'projects/client-alpha/module-042/src/components/NavigationSidebarItem.test.tsx',
      'The target s3://bucket/prefix answered 503 after 3 attempts',
      'https://minio.example:9000/bucket/key',
      'd41d8cd98f00b204e9800998ecf8427e-16',
      'a passing test, a tokenizer and a keyboard',
    ]) {
      expect(redact(text)).toBe(text)
    }
  })
})

describe('the log file', () => {
  it('keeps the newest lines in at most five files of bounded size, for the owner only', () => {
    const directory = temporaryPaths().logs
    const file = new RotatingFile({ path: join(directory, 't.log'), maxBytes: 1_000, files: 5 })
    for (let line = 0; line < 1_000; line++) file.write(`${String(line).padStart(49, '0')}\n`)
    const names = readdirSync(directory).sort()
    expect(names).toEqual(['t.log', 't.log.1', 't.log.2', 't.log.3', 't.log.4'])
    for (const name of names) {
      expect(statSync(join(directory, name)).size).toBeLessThanOrEqual(1_000)
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600)
    }
    const text = names
      .reverse()
      .map((name) => readFileSync(join(directory, name), 'utf8'))
      .join('')
    const numbers = text.trim().split('\n').map(Number)
    expect(numbers.at(-1)).toBe(999)
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index))
    file.close()
  })

  it('goes on where an earlier process ended', () => {
    const directory = temporaryPaths().logs
    const options = { path: join(directory, 't.log'), maxBytes: 1_000, files: 5 }
    for (const line of ['first\n', 'second\n']) {
      const file = new RotatingFile(options)
      file.write(line)
      file.close()
    }
    expect(readFileSync(options.path, 'utf8')).toBe('first\nsecond\n')
  })

  it('drops lines while it cannot write, and says how many once it can', () => {
    const { home } = temporaryPaths()
    const directory = join(home, 'logs')
    writeFileSync(directory, 'in the way')
    const file = new RotatingFile({ path: join(directory, 't.log'), maxBytes: 1_000, files: 5 })
    file.write('lost\n')
    file.write('lost too\n')
    expect(file.dropped).toBe(2)
    rmSync(directory)
    mkdirSync(directory)
    file.write('kept\n')
    expect(readFileSync(join(directory, 't.log'), 'utf8')).toBe(
      '{"level":"warn","event":"log lines dropped","count":2}\nkept\n',
    )
    file.close()
  })
})

import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { addressOf, isFeedAddress, isPlainFileName } from '../../main/updates/addresses.ts'
import { judge, type JudgeInput } from '../../main/updates/judge.ts'
import { reasonOf, type RefusalReason } from '../../main/updates/refusal.ts'
import { RELEASE_SOURCE } from '../../main/updates/release-keys.ts'
import { keyIdOf, verifyEd25519 } from '../../main/updates/signature.ts'
import { demandFile } from '../../main/updates/verify-file.ts'
import { compareVersions, readVersion } from '../../main/updates/version.ts'
import { envelopeOf, INSTALLER, INSTALLER_FILE, makeKey, manifestBytes, NOW_MS } from '../fixtures/release.ts'

const current = makeKey()
const next = makeKey()
const stranger = makeKey()
const keys = [current, next].map(({ id, publicKey }) => ({ id, publicKey }))
const DAY_MS = 86_400_000

/** A manifest with `change`, signed as it should be, judged by an installation of 1.2.0. */
function input(change: Readonly<Record<string, unknown>> = {}, more: Partial<JudgeInput> = {}): JudgeInput {
  const manifest = more.manifest ?? manifestBytes(change)
  return {
    manifest,
    envelope: envelopeOf(manifest, current),
    keys,
    channel: 'stable',
    installation: { version: '1.2.0', platform: 'linux', arch: 'x64', kind: 'AppImage' },
    nowMs: NOW_MS,
    ...more,
  }
}

function refusal(of: JudgeInput): RefusalReason | 'taken' {
  try {
    judge(of)
    return 'taken'
  } catch (thrown) {
    return reasonOf(thrown)
  }
}

const at = (offsetMs: number): string => new Date(NOW_MS + offsetMs).toISOString()
const otherFile = (change: object) => ({ files: [{ ...INSTALLER_FILE, ...change }] })
const signedBytes = (bytes: Buffer): JudgeInput => input({}, { manifest: bytes })
const right = manifestBytes()
const flipped = Buffer.from(right.map((byte, index) => (index === 20 ? byte ^ 1 : byte)))
const throwing = (): boolean => {
  throw new Error('no memory')
}

const VECTORS: readonly (readonly [what: string, reason: RefusalReason, input: JudgeInput])[] = [
  ['no envelope', 'bad-envelope', input({}, { envelope: '' })],
  ['an envelope that is not JSON', 'bad-envelope', input({}, { envelope: 'signature' })],
  [
    'an envelope with a surplus member',
    'bad-envelope',
    input({}, { envelope: envelopeOf(right, current).replace('{', '{"alg":"none",') }),
  ],
  [
    'an envelope without a signature',
    'bad-envelope',
    input({}, { envelope: JSON.stringify({ keyId: current.id, signature: '' }) }),
  ],
  [
    'a signature cut short',
    'bad-envelope',
    input({}, { envelope: envelopeOf(right, current).replace(/.{4}==/, '==') }),
  ],
  ['an envelope of a megabyte', 'too-large', input({}, { envelope: ' '.repeat(1 << 20) })],
  ['a key nobody pinned', 'unknown-key', input({}, { envelope: envelopeOf(right, stranger) })],
  [
    'the signature of a stranger under our key’s name',
    'bad-signature',
    input({}, { envelope: envelopeOf(right, stranger, current.id) }),
  ],
  [
    'our next key’s signature under our current key’s name',
    'bad-signature',
    input({}, { envelope: envelopeOf(right, next, current.id) }),
  ],
  [
    'one bit of the manifest changed',
    'bad-signature',
    input({}, { manifest: flipped, envelope: envelopeOf(right, current) }),
  ],
  [
    'a manifest cut short',
    'bad-signature',
    input({}, { manifest: right.subarray(0, -10), envelope: envelopeOf(right, current) }),
  ],
  [
    'a newline added to the manifest',
    'bad-signature',
    input({}, { manifest: Buffer.concat([right, Buffer.from('\n')]), envelope: envelopeOf(right, current) }),
  ],
  [
    'a signature of another release',
    'bad-signature',
    input({}, { envelope: envelopeOf(manifestBytes({ version: '1.4.0' }), current) }),
  ],
  ['no pinned key at all', 'unknown-key', input({}, { keys: [] })],
  ['a pinned key that is not a key', 'bad-signature', input({}, { keys: [{ id: current.id, publicKey: 'AAAA' }] })],
  ['a verifier that throws', 'check-failed', input({}, { verify: throwing })],
  ['a verifier that answers something other than true', 'bad-signature', input({}, { verify: () => 'yes' as never })],
  ['a verifier that says no', 'bad-signature', input({}, { verify: () => false })],
  ['a signed manifest that is no JSON', 'malformed', signedBytes(Buffer.from('version: 1.3.0'))],
  [
    'a signed manifest of more than 64 KiB',
    'too-large',
    signedBytes(Buffer.concat([right, Buffer.alloc(65_536, ' ')])),
  ],
  ['a signed manifest with a letter outside ASCII', 'malformed', input({ notes: 'é' })],
  ['a surplus member', 'malformed', input({ url: 'https://elsewhere.example' })],
  ['no files', 'malformed', input({ files: [] })],
  ['a version with a suffix', 'malformed', input({ version: '1.3.0-beta.1' })],
  ['a version with a leading zero', 'malformed', input({ version: '1.03.0' })],
  ['a digest of another length', 'malformed', input(otherFile({ sha512: 'ab' }))],
  ['a size of zero', 'malformed', input(otherFile({ sizeBytes: 0 }))],
  ['a size beyond every installer', 'malformed', input(otherFile({ sizeBytes: 2 ** 40 }))],
  ['a date that is not one', 'malformed', input({ expires: 'never' })],
  ['an end before its begin', 'malformed', input({ issued: at(-DAY_MS), expires: at(-2 * DAY_MS) })],
  ['a file name that leads out', 'bad-file-name', input(otherFile({ name: '../Tidekeep.AppImage' }))],
  ['a file name with quotes', 'bad-file-name', input(otherFile({ name: 'Tide"; calc; ".AppImage' }))],
  ['a file name with a space', 'bad-file-name', input(otherFile({ name: 'Tidekeep Setup.AppImage' }))],
  ['a file name with a percent sign', 'bad-file-name', input(otherFile({ name: 'Tidekeep%2F.AppImage' }))],
  ['a file name of another kind', 'bad-file-name', input(otherFile({ name: 'Tidekeep.sh' }))],
  ['another product', 'other-product', input({ product: 'app.elsewhere' })],
  ['another channel', 'other-channel', input({ channel: 'beta' })],
  ['a manifest of the day after tomorrow', 'not-yet', input({ issued: at(2 * DAY_MS) })],
  ['an expired manifest', 'expired', input({ issued: at(-3 * DAY_MS), expires: at(-1) })],
  [
    'an older version than was seen before',
    'replayed',
    input({}, { seen: { version: '1.3.1', issuedMs: NOW_MS - 5 * DAY_MS } }),
  ],
  [
    'an older manifest of the version that was seen',
    'replayed',
    input({}, { seen: { version: '1.3.0', issuedMs: NOW_MS } }),
  ],
  ['a version older than the installed one', 'downgrade', input({ version: '1.1.9' })],
  ['a release that this version cannot come to', 'too-old', input({ minVersion: '1.2.1' })],
  ['nothing for this system', 'no-file', input(otherFile({ platform: 'win32' }))],
  ['nothing for this processor', 'no-file', input(otherFile({ arch: 'arm64' }))],
  ['two files for one computer', 'no-file', input({ files: [INSTALLER_FILE, { ...INSTALLER_FILE, sizeBytes: 9 }] })],
]

describe('a release that is not right', () => {
  it.each(VECTORS)('is refused: %s (%s)', (_what, reason, vector) => {
    expect(refusal(vector)).toBe(reason)
  })
})

describe('a release that is right', () => {
  it('is offered with the file for this computer, whichever of both keys signed it', () => {
    for (const key of [current, next]) {
      const judged = judge(input({}, { envelope: envelopeOf(right, key) }))
      expect(judged.file).toEqual(INSTALLER_FILE)
      expect(judged.seen).toEqual({ version: '1.3.0', issuedMs: NOW_MS - DAY_MS })
    }
  })
  it('offers nothing where it is installed already', () => {
    const installation = { version: '1.3.0', platform: 'linux', arch: 'x64', kind: 'AppImage' as const }
    expect(judge(input({}, { installation })).file).toBeUndefined()
  })
  it('may be seen again, and be issued anew', () => {
    expect(refusal(input({}, { seen: { version: '1.3.0', issuedMs: NOW_MS - DAY_MS } }))).toBe('taken')
    expect(refusal(input({ version: '1.3.1' }, { seen: { version: '1.3.0', issuedMs: NOW_MS } }))).toBe('taken')
  })
  it('is verified as RFC 8032 says, with its first test vector', () => {
    const publicKey = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex')
    const signature = Buffer.from(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      'hex',
    )
    expect(verifyEd25519(new Uint8Array(), publicKey, signature)).toBe(true)
    expect(verifyEd25519(Buffer.from('x'), publicKey, signature)).toBe(false)
    expect(keyIdOf(publicKey)).toMatch(/^[\da-f]{16}$/)
  })
})

describe('a downloaded file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tidekeep-update-'))
  const write = (name: string, content: Buffer): string => {
    const path = join(directory, name)
    writeFileSync(path, content)
    return path
  }
  const reason = async (path: string): Promise<RefusalReason | 'taken'> =>
    demandFile(path, INSTALLER_FILE).then(() => 'taken' as const, reasonOf)

  it('is taken when it is byte for byte what was signed for', async () => {
    expect(await reason(write('right', INSTALLER))).toBe('taken')
  })
  it('is refused when it is shorter, longer, other, missing, a link or a directory', async () => {
    const right = write('linked-to', INSTALLER)
    symlinkSync(right, join(directory, 'link'))
    mkdirSync(join(directory, 'directory'))
    expect(await reason(write('short', INSTALLER.subarray(1)))).toBe('wrong-size')
    expect(await reason(write('long', Buffer.concat([INSTALLER, INSTALLER])))).toBe('wrong-size')
    expect(await reason(write('other', Buffer.alloc(INSTALLER.length)))).toBe('wrong-content')
    expect(await reason(join(directory, 'missing'))).toBe('not-a-file')
    expect(await reason(join(directory, 'link'))).toBe('not-a-file')
    expect(await reason(join(directory, 'directory'))).toBe('not-a-file')
  })
})

describe('addresses of releases', () => {
  const feed = 'https://updates.example/tidekeep'
  it('are made of plain https feeds only', () => {
    expect(addressOf(feed, 'stable', 'manifest.json')).toBe(`${feed}/stable/manifest.json`)
    for (const bad of [
      'http://updates.example',
      'file:///etc',
      '',
      'https://user@updates.example',
      'https://a.example/..',
      'https://a.example/x?y',
      'https://a.example/ x',
    ])
      expect(addressOf(bad, 'stable', 'manifest.json'), bad).toBeUndefined()
  })
  it('are followed at the same host and port, and by https, only', () => {
    expect(isFeedAddress(feed, 'https://updates.example/elsewhere/file')).toBe(true)
    for (const bad of [
      'http://updates.example/tidekeep/x',
      'https://updates.example.evil.example/x',
      'https://updates.example:8443/x',
      'https://evil.example/x',
      'https://user@updates.example/x',
      'file:///etc/passwd',
      'data:text/plain,x',
      'nonsense',
    ])
      expect(isFeedAddress(feed, bad), bad).toBe(false)
  })
  it('name files that mean nothing but themselves', () => {
    expect(isPlainFileName('Tidekeep-1.3.0-win-x64.exe', 'nsis')).toBe(true)
    for (const bad of [
      '',
      '.exe',
      '-x.exe',
      'a/b.exe',
      'a\\b.exe',
      'a..exe',
      'a.exe ',
      'a:b.exe',
      `a'b.exe`,
      'a$b.exe',
      'a.exe\n',
    ])
      expect(isPlainFileName(bad, 'nsis'), JSON.stringify(bad)).toBe(false)
  })
})

describe('versions', () => {
  it('are x.y.z and nothing else, ordered by number', () => {
    const read = (text: string) => readVersion(text) ?? { major: -1, minor: -1, patch: -1 }
    expect(compareVersions(read('1.10.0'), read('1.9.9'))).toBeGreaterThan(0)
    expect(compareVersions(read('2.0.0'), read('1.99.99'))).toBeGreaterThan(0)
    expect(compareVersions(read('0.1.0'), read('0.1.0'))).toBe(0)
    for (const bad of [
      '',
      '1',
      '1.2',
      '1.2.3.4',
      'v1.2.3',
      '1.2.3-rc.1',
      '1.2.3+b',
      '01.2.3',
      '1.2.x',
      ' 1.2.3',
      '1.2.3\n',
      '1.2.9999999',
    ])
      expect(readVersion(bad), JSON.stringify(bad)).toBeUndefined()
  })
})

describe('the keys of this build', () => {
  it('are none, and then updates are off; or at most two, each with its own id, and a feed', () => {
    const { keys, feed } = RELEASE_SOURCE
    expect(keys.length).toBeLessThanOrEqual(2)
    for (const { id, publicKey } of keys) expect(keyIdOf(Buffer.from(publicKey, 'base64'))).toBe(id)
    if (keys.length > 0) expect(addressOf(feed, 'stable', 'manifest.json')).toBeDefined()
  })
})

/**
 * Keys and manifests of releases.
 *
 *   node scripts/sign-release.ts keys DIRECTORY
 *   node scripts/sign-release.ts sign DIST --channel stable|beta --min-version X.Y.Z [--days 90]
 *
 * `keys` writes a new private key into DIRECTORY (outside of the repository) and prints the line for
 * main/updates/release-keys.ts. `sign` reads the installers of this version in DIST, and writes manifest.json and
 * manifest.json.sig beside them. Its private key is the PEM text in TIDEKEEP_RELEASE_KEY, or the file that
 * TIDEKEEP_RELEASE_KEY_FILE names.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createReadStream, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseManifest, PRODUCT, UPDATE_CHANNELS, type ReleaseFile } from '../main/updates/manifest.ts'
import { demandSignature, keyIdOf } from '../main/updates/signature.ts'
import { readVersion } from '../main/updates/version.ts'
import { VERSION } from '../main/version.ts'

const DAY_MS = 86_400_000
const KINDS = { AppImage: 'AppImage', deb: 'deb', exe: 'nsis', zip: 'zip' } as const
const PLATFORMS = { linux: 'linux', mac: 'darwin', win: 'win32' } as const
const ARCHES = { x64: 'x64', x86_64: 'x64', amd64: 'x64', arm64: 'arm64', aarch64: 'arm64' } as const
/** As `artifactName` of electron-builder.yml has it. */
const ARTIFACT = /^Tidekeep-(\d+\.\d+\.\d+)-(linux|mac|win)-(x64|x86_64|amd64|arm64|aarch64)\.(AppImage|deb|exe|zip)$/

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      channel: { type: 'string' },
      'min-version': { type: 'string' },
      days: { type: 'string', default: '90' },
    },
  })
  const [verb, directory] = positionals
  if (directory === undefined || (verb !== 'keys' && verb !== 'sign')) {
    throw new Error('Say "keys DIRECTORY" or "sign DIST --channel stable --min-version X.Y.Z".')
  }
  if (verb === 'keys') makeKeys(directory)
  else await signRelease(directory, values)
}

function makeKeys(directory: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = rawOf(publicKey)
  const path = join(directory, `release-${keyIdOf(raw)}.pem`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { flag: 'wx', mode: 0o600 })
  console.error(`The private key is in ${path}: keep it off this computer, and a copy elsewhere.`)
  console.log(`{ id: '${keyIdOf(raw)}', publicKey: '${raw.toString('base64')}' },`)
}

interface SignOptions {
  readonly channel?: string | undefined
  readonly 'min-version'?: string | undefined
  readonly days: string
}

async function signRelease(dist: string, options: SignOptions): Promise<void> {
  const { channel = '', 'min-version': minVersion = '' } = options
  const days = Number(options.days)
  if (!UPDATE_CHANNELS.some((known) => known === channel)) throw new Error('Give --channel stable or beta.')
  if (readVersion(minVersion) === undefined) throw new Error('Give --min-version X.Y.Z: what may update to this.')
  if (!Number.isInteger(days) || days < 1 || days > 366) throw new Error('Give --days from 1 to 366.')
  const files = await Promise.all(artifactsIn(dist).map((name) => describe(dist, name)))
  const issued = new Date()
  const expires = new Date(issued.getTime() + days * DAY_MS)
  const manifest = { product: PRODUCT, channel, version: VERSION, minVersion, issued, expires, files }
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`, 'ascii')
  const key = privateKey()
  const publicKey = rawOf(createPublicKey(key))
  const id = keyIdOf(publicKey)
  const envelope = `${JSON.stringify({ keyId: id, signature: sign(null, bytes, key).toString('base64') })}\n`
  // What installations would refuse is not written.
  demandSignature(bytes, envelope, [{ id, publicKey: publicKey.toString('base64') }])
  parseManifest(bytes)
  writeFileSync(join(dist, 'manifest.json'), bytes)
  writeFileSync(join(dist, 'manifest.json.sig'), envelope)
  for (const { name, sizeBytes } of files) console.log(`${name} ${sizeBytes}`)
  console.log(`Signed ${VERSION} for ${channel} with ${id}, until ${expires.toISOString()}.`)
}

function artifactsIn(dist: string): readonly string[] {
  const names = readdirSync(dist).filter((name) => ARTIFACT.exec(name)?.[1] === VERSION)
  if (names.length === 0)
    throw new Error(`There is no installer of ${VERSION} in ${dist}. Build one with "npm run dist".`)
  return names.sort()
}

async function describe(dist: string, name: string): Promise<ReleaseFile> {
  const [, , os, arch, ending] = ARTIFACT.exec(name) ?? []
  const hash = createHash('sha512')
  for await (const chunk of createReadStream(join(dist, name))) hash.update(chunk as Buffer)
  return {
    platform: PLATFORMS[os as keyof typeof PLATFORMS],
    arch: ARCHES[arch as keyof typeof ARCHES],
    kind: KINDS[ending as keyof typeof KINDS],
    name,
    sizeBytes: statSync(join(dist, name)).size,
    sha512: hash.digest('hex'),
  }
}

function privateKey(): KeyObject {
  const { TIDEKEEP_RELEASE_KEY: pem, TIDEKEEP_RELEASE_KEY_FILE: path } = process.env
  const text = pem ?? (path === undefined ? undefined : readFileSync(path, 'utf8'))
  if (text === undefined) throw new Error('Set TIDEKEEP_RELEASE_KEY or TIDEKEEP_RELEASE_KEY_FILE.')
  const key = createPrivateKey(text)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('The release key must be an Ed25519 key.')
  return key
}

/** The 32 bytes of a public key. */
function rawOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
}

try {
  await main()
} catch (error) {
  console.error(`sign-release: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

import { z } from 'zod'
import { isPlainFileName } from './addresses.ts'
import { Refusal } from './refusal.ts'
import { readVersion } from './version.ts'

/** What releases are published for, apart from each other. */
export const UPDATE_CHANNELS = ['stable', 'beta'] as const
export type UpdateChannel = (typeof UPDATE_CHANNELS)[number]

/** The kind of package an installation came as; only one of the same kind can replace it. */
export type PackageKind = 'AppImage' | 'deb' | 'nsis' | 'zip'

/** The product that manifests are for; equals `appId` of electron-builder.yml. */
export const PRODUCT = 'app.tidekeep'

/** Most bytes of a manifest. */
export const MAX_MANIFEST_BYTES = 64 * 1024
const MAX_FILES = 40
/** Far above any installer: what is larger is not one. */
const MAX_FILE_BYTES = 2 * 1024 ** 3

const version = z.string().refine((text) => readVersion(text) !== undefined)
/** As `Date.toISOString` writes it: one moment has one spelling. */
const moment = z.iso.datetime({ precision: 3 }).transform((text) => Date.parse(text))

const fileSchema = z.strictObject({
  platform: z.enum(['linux', 'darwin', 'win32']),
  arch: z.enum(['x64', 'arm64']),
  kind: z.enum(['AppImage', 'deb', 'nsis', 'zip']),
  name: z.string().max(120),
  sizeBytes: z.int().min(1).max(MAX_FILE_BYTES),
  sha512: z.string().regex(/^[\da-f]{128}$/),
})

const manifestSchema = z.strictObject({
  product: z.string().max(100),
  channel: z.string().max(20),
  version,
  /** Installed versions below it must not come here directly. */
  minVersion: version,
  issued: moment,
  expires: moment,
  files: z.array(fileSchema).min(1).max(MAX_FILES),
})

/** One installer of a release. */
export type ReleaseFile = z.infer<typeof fileSchema>

/** What a release says of itself. `issued` and `expires` are milliseconds since the epoch. */
export type Manifest = z.infer<typeof manifestSchema>

/** Reads bytes whose signature is right already. Throws {@link Refusal}. */
export function parseManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > MAX_MANIFEST_BYTES) throw new Refusal('too-large')
  // Plain ASCII: no bytes that two readers could read in two ways.
  if (bytes.some((byte) => byte > 0x7e || (byte < 0x20 && byte !== 0x0a))) throw new Refusal('malformed')
  let raw: unknown
  try {
    raw = JSON.parse(Buffer.from(bytes).toString('latin1'))
  } catch (error) {
    throw new Refusal('malformed', error)
  }
  const manifest = manifestSchema.safeParse(raw)
  if (!manifest.success || manifest.data.expires <= manifest.data.issued) throw new Refusal('malformed')
  const { files } = manifest.data
  if (!files.every(({ name, kind }) => isPlainFileName(name, kind))) throw new Refusal('bad-file-name')
  return manifest.data
}

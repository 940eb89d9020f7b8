import { type Manifest, parseManifest, PRODUCT, type PackageKind, type ReleaseFile } from './manifest.ts'
import { Refusal } from './refusal.ts'
import type { ReleaseKey } from './release-keys.ts'
import { demandSignature, type Verify } from './signature.ts'
import { compareVersions, readVersion, type Version } from './version.ts'

/** The installation a release would replace. */
export interface Installation {
  readonly version: string
  readonly platform: string
  readonly arch: string
  readonly kind: PackageKind
}

/** The newest authentic manifest of a channel so far. */
export interface Seen {
  readonly version: string
  readonly issuedMs: number
}

/** A manifest as it came, and everything it is judged by. */
export interface JudgeInput {
  readonly manifest: Uint8Array
  readonly envelope: string
  readonly keys: readonly ReleaseKey[]
  readonly channel: string
  readonly installation: Installation
  /** Absent: none was seen yet. */
  readonly seen?: Seen
  readonly nowMs: number
  /** Ed25519 by default. */
  readonly verify?: Verify
}

/** What an authentic manifest offers this installation. */
export interface Judgement {
  /** Absent: what it offers is installed. */
  readonly file?: ReleaseFile
  readonly version: string
  /** To be remembered before anything is done about it. */
  readonly seen: Seen
}

/** Clocks that are set wrong by less than a day still get updates. */
const CLOCK_TOLERANCE_MS = 24 * 3_600_000

/** Judges one manifest. Pure. Throws {@link Refusal} (and whatever `verify` throws) for everything that is not right in every respect. */
export function judge(input: JudgeInput): Judgement {
  demandSignature(input.manifest, input.envelope, input.keys, input.verify)
  const manifest = parseManifest(input.manifest)
  if (manifest.product !== PRODUCT) throw new Refusal('other-product')
  if (manifest.channel !== input.channel) throw new Refusal('other-channel')
  demandCurrent(manifest, input)
  const offered = versionOf(manifest.version)
  const seen = { version: manifest.version, issuedMs: manifest.issued }
  const order = compareVersions(offered, versionOf(input.installation.version))
  if (order < 0) throw new Refusal('downgrade')
  if (order === 0) return { version: manifest.version, seen }
  if (compareVersions(versionOf(input.installation.version), versionOf(manifest.minVersion)) < 0)
    throw new Refusal('too-old')
  return { version: manifest.version, seen, file: fileFor(manifest, input.installation) }
}

function demandCurrent({ issued, expires, version }: Manifest, { nowMs, seen }: JudgeInput): void {
  if (issued > nowMs + CLOCK_TOLERANCE_MS) throw new Refusal('not-yet')
  if (expires <= nowMs) throw new Refusal('expired')
  if (seen === undefined) return
  // One that was pulled back is issued anew under a higher version: an older one is never shown again.
  const order = compareVersions(versionOf(version), versionOf(seen.version))
  if (order < 0 || (order === 0 && issued < seen.issuedMs)) throw new Refusal('replayed')
}

function fileFor({ files }: Manifest, { platform, arch, kind }: Installation): ReleaseFile {
  const fitting = files.filter((file) => file.platform === platform && file.arch === arch && file.kind === kind)
  const [file] = fitting
  if (file === undefined || fitting.length > 1) throw new Refusal('no-file')
  return file
}

function versionOf(text: string): Version {
  const version = readVersion(text)
  if (version === undefined) throw new Refusal('malformed')
  return version
}

/** A version as `x.y.z`. Nothing else is one: no pre-releases, no build names, no leading zeros. */
export interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

const VERSION = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/

/** Undefined for what is not exactly `x.y.z`. */
export function readVersion(text: string): Version | undefined {
  const [, major, minor, patch] = VERSION.exec(text) ?? []
  if (major === undefined || minor === undefined || patch === undefined) return undefined
  return { major: Number(major), minor: Number(minor), patch: Number(patch) }
}

/** Below 0 where `one` is older, above 0 where it is newer. */
export function compareVersions(one: Version, other: Version): number {
  return one.major - other.major || one.minor - other.minor || one.patch - other.patch
}

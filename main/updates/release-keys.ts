/** A key that releases may be signed with. */
export interface ReleaseKey {
  /** As `scripts/sign-release.ts keys` prints it: what is in the envelope of a signature. */
  readonly id: string
  /** The 32 bytes of an Ed25519 public key, base64. */
  readonly publicKey: string
}

/** Where releases come from and who may sign them. */
export interface ReleaseSource {
  /** The current key and the next one: whoever loses the current one signs with the other, and every installation takes it. */
  readonly keys: readonly ReleaseKey[]
  /** `https://host/path`, without a slash at the end; the channels lie below it. */
  readonly feed: string
}

/**
 * What this build trusts. Without a key nothing can be verified, so nothing is asked for, and the
 * interface says so. See "Releasing" in docs/operations.md; `publish.url` of electron-builder.yml must be the same feed.
 */
export const RELEASE_SOURCE: ReleaseSource = { keys: [], feed: '' }

/** Why a release is not taken. One word for each check, so that each can be told and tested alone. */
export type RefusalReason = 'unreachable' | SignatureRefusal | ManifestRefusal | FileRefusal | 'check-failed'

/** Refusals before a byte of the manifest is believed. */
export type SignatureRefusal = 'too-large' | 'bad-envelope' | 'unknown-key' | 'bad-signature'

/** Refusals of a manifest whose signature is right. */
export type ManifestRefusal =
  | 'malformed'
  | 'other-product'
  | 'other-channel'
  | 'not-yet'
  | 'expired'
  | 'replayed'
  | 'downgrade'
  | 'too-old'
  | 'no-file'

/** Refusals of the file itself. */
export type FileRefusal = 'bad-address' | 'bad-file-name' | 'not-a-file' | 'wrong-size' | 'wrong-content'

/** A release that must not be installed. Never crosses a port: the view of updates carries its reason. */
export class Refusal extends Error {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, cause?: unknown) {
    super(`the release was refused: ${reason}`, cause === undefined ? undefined : { cause })
    this.name = 'Refusal'
    this.reason = reason
  }
}

/** What was thrown as a reason: whatever is not known to be a refusal is one all the same. */
export function reasonOf(thrown: unknown): RefusalReason {
  return thrown instanceof Refusal ? thrown.reason : 'check-failed'
}

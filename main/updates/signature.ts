import { createHash, createPublicKey, verify } from 'node:crypto'
import { z } from 'zod'
import { Refusal } from './refusal.ts'
import type { ReleaseKey } from './release-keys.ts'

/** Most bytes of an envelope. */
export const MAX_ENVELOPE_BYTES = 1024
const SIGNATURE_BYTES = 64
const KEY_BYTES = 32
const KEY_ID_CHARS = 16

/** The file beside a manifest: who signed it, and the signature over exactly its bytes. */
const envelopeSchema = z.strictObject({
  keyId: z.string().regex(/^[\da-f]{16}$/),
  signature: z.string().regex(/^[A-Za-z\d+/]{86}==$/),
})

/** Decides whether `signature` over `bytes` is by the holder of `publicKey` (32 bytes). */
export type Verify = (bytes: Uint8Array, publicKey: Uint8Array, signature: Uint8Array) => boolean

/** Throws {@link Refusal} unless one of `keys` signed exactly these bytes. */
export function demandSignature(
  manifest: Uint8Array,
  envelope: string,
  keys: readonly ReleaseKey[],
  isBy: Verify = verifyEd25519,
): void {
  const { keyId, signature } = readEnvelope(envelope)
  const key = keys.find(({ id }) => id === keyId)
  if (key === undefined) throw new Refusal('unknown-key')
  const publicKey = Buffer.from(key.publicKey, 'base64')
  const isGenuine: unknown = publicKey.length === KEY_BYTES && isBy(manifest, publicKey, signature)
  if (isGenuine !== true) throw new Refusal('bad-signature')
}

/** The id of a public key: the begin of its SHA-256, hex. */
export function keyIdOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, KEY_ID_CHARS)
}

/** Ed25519 (RFC 8032) by OpenSSL. */
export const verifyEd25519: Verify = (bytes, publicKey, signature) => {
  const x = Buffer.from(publicKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, bytes, key, signature)
}

function readEnvelope(text: string): { readonly keyId: string; readonly signature: Uint8Array } {
  if (text.length > MAX_ENVELOPE_BYTES) throw new Refusal('too-large')
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (error) {
    throw new Refusal('bad-envelope', error)
  }
  const envelope = envelopeSchema.safeParse(raw)
  if (!envelope.success) throw new Refusal('bad-envelope')
  const signature = Buffer.from(envelope.data.signature, 'base64')
  if (signature.length !== SIGNATURE_BYTES) throw new Refusal('bad-envelope')
  return { keyId: envelope.data.keyId, signature }
}

import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'

/** Cost of turning a passphrase into a key: 128 MiB and about half a second (OWASP's figures for scrypt). */
export const SCRYPT_COST = { N: 2 ** 17, r: 8, p: 1 } as const
/** Cost for a key file of 32 random bytes, which needs no stretching. */
export const KEY_FILE_COST = { N: 2 ** 14, r: 8, p: 1 } as const

/** Parameters of scrypt; memory is 128 * N * r bytes. */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** One sealed value, base64 members. */
export interface Sealed {
  readonly nonce: string
  readonly tag: string
  readonly text: string
}

/** 32-byte key. `salt` is random and stored beside what it seals. */
export function deriveKey(passphrase: string, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Normalised: the same passphrase typed on another system may come composed differently.
    scrypt(
      passphrase.normalize('NFKC'),
      salt,
      32,
      { ...cost, maxmem: 2 ** 20 + 256 * cost.N * cost.r },
      (error, key) => {
        if (error === null) resolve(key)
        else reject(error)
      },
    )
  })
}

/** AES-256-GCM with a fresh nonce. `name` is bound to it: a value moved to another name does not open. */
export function seal(key: Uint8Array, name: string, value: string): Sealed {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
  const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
  return { nonce: nonce.toString('base64'), tag: cipher.getAuthTag().toString('base64'), text: text.toString('base64') }
}

/** Undefined where the key, the name or any byte is not the one it was sealed with. */
export function unseal(key: Uint8Array, name: string, sealed: Sealed): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.nonce, 'base64'), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(name)).setAuthTag(Buffer.from(sealed.tag, 'base64'))
    return Buffer.concat([decipher.update(Buffer.from(sealed.text, 'base64')), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

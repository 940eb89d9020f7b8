import { createHash, createHmac, randomBytes } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeKey, encodeQuery, encodeStrictly, resolveAddress } from '../../main/providers/s3/address.ts'
import { createSigner } from '../../main/providers/s3/sigv4.ts'

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const NOW_MS = Date.UTC(2026, 10, 21, 3, 4, 5)

/** The hash port of the reference signer, on node:crypto. */
class NodeSha256 {
  readonly #hash
  constructor(secret?: Parameters<typeof createHmac>[1] | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string)
  }
  update(chunk: string | Uint8Array): void {
    this.#hash.update(chunk)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {}
}

const reference = new SignatureV4({
  credentials: KEYS,
  region: 'eu-west-3',
  service: 's3',
  sha256: NodeSha256,
  uriEscapePath: false,
  applyChecksum: false,
})

async function referenceSignature(parts: {
  method: string
  key: string
  query: Record<string, string>
  headers: Record<string, string>
}) {
  const signed = await reference.sign(
    {
      method: parts.method,
      protocol: 'https:',
      hostname: 'h',
      path: `/${encodeKey(parts.key)}`,
      query: parts.query,
      headers: parts.headers,
    },
    { signingDate: new Date(NOW_MS) },
  )
  return signed.headers['authorization']
}

describe('signing', () => {
  it('equals the reference signer for any key, query and headers', async () => {
    const header = fc.stringMatching(/^[!-~][ -~]{0,30}[!-~]$/)
    const request = fc.record({
      method: fc.constantFrom('GET', 'PUT', 'POST', 'HEAD', 'DELETE'),
      key: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
      query: fc.dictionary(fc.stringMatching(/^[a-z-]{1,12}$/), fc.string({ unit: 'binary', maxLength: 20 }), {
        maxKeys: 4,
      }),
      meta: fc.dictionary(fc.stringMatching(/^[a-z0-9-]{1,12}$/), header, { maxKeys: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ method, key, query, meta }) => {
        const headers: Record<string, string> = { host: 'h', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
        for (const [name, value] of Object.entries(meta)) headers[`x-amz-meta-${name}`] = value
        const own = createSigner('eu-west-3').sign(
          { method, path: `/${encodeKey(key)}`, query: encodeQuery(query), headers },
          KEYS,
          NOW_MS,
        )
        expect(own['authorization']).toBe(await referenceSignature({ method, key, query, headers }))
      }),
      { numRuns: 300, seed: 7 },
    )
  })

  it('derives a new key on a new day and for new credentials', () => {
    const signer = createSigner('us-east-1')
    const request = {
      method: 'GET',
      path: '/',
      query: '',
      headers: { host: 'h', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    }
    const first = signer.sign(request, KEYS, NOW_MS)['authorization']
    expect(signer.sign(request, KEYS, NOW_MS + 86_400_000)['authorization']).not.toBe(first)
    expect(signer.sign(request, { ...KEYS, secretAccessKey: 'other' }, NOW_MS)['authorization']).not.toBe(first)
    expect(signer.sign(request, KEYS, NOW_MS)['authorization']).toBe(first)
  })

  it('signs and sends the session token', () => {
    const headers = createSigner('us-east-1').sign(
      { method: 'GET', path: '/', query: '', headers: { host: 'h', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
      { ...KEYS, sessionToken: 'token' },
      NOW_MS,
    )
    expect(headers['x-amz-security-token']).toBe('token')
    expect(headers['authorization']).toContain('x-amz-security-token')
  })
})

describe('encoding', () => {
  it('leaves only unreserved characters, and slashes of keys', () => {
    expect(encodeKey("a b/c+d%41/ü'(*)!~")).toBe('a%20b/c%2Bd%2541/%C3%BC%27%28%2A%29%21~')
    expect(encodeStrictly('a/b')).toBe('a%2Fb')
  })

  it('sorts queries as they are signed', () => {
    expect(encodeQuery({ uploadId: 'u', partNumber: '1' })).toBe('partNumber=1&uploadId=u')
  })

  it('decodes back to the key it came from', () => {
    for (let run = 0; run < 50; run++) {
      const key = randomBytes(12).toString('latin1')
      expect(decodeURIComponent(encodeKey(key))).toBe(key)
    }
  })
})

describe('addresses', () => {
  const nothing = { env: {}, profile: {} }

  it("uses Amazon's own endpoint of the region, with the bucket as host name", () => {
    expect(resolveAddress('photos', { region: 'eu-central-1' }, nothing)).toMatchObject({
      origin: 'https://photos.s3.eu-central-1.amazonaws.com',
      host: 'photos.s3.eu-central-1.amazonaws.com',
      basePath: '',
      isCustom: false,
    })
  })

  it('uses path style for buckets with dots, for endpoints, and where asked', () => {
    expect(resolveAddress('a.b', {}, nothing)).toMatchObject({
      origin: 'https://s3.us-east-1.amazonaws.com',
      basePath: '/a.b',
    })
    expect(resolveAddress('bkt', { endpoint: 'http://127.0.0.1:9000/' }, nothing)).toMatchObject({
      origin: 'http://127.0.0.1:9000',
      basePath: '/bkt',
      isCustom: true,
      isPrivate: true,
    })
    expect(resolveAddress('bkt', { endpoint: 'https://nas.lan/s3', pathStyle: false }, nothing)).toMatchObject({
      origin: 'https://bkt.nas.lan',
      basePath: '/s3',
    })
  })

  it('lets options win over the environment, and the environment over the profile', () => {
    const env = {
      AWS_ENDPOINT_URL: 'https://general.example',
      AWS_ENDPOINT_URL_S3: 'https://s3.example',
      AWS_DEFAULT_REGION: 'r2',
      AWS_REGION: 'r1',
    }
    const profile = { region: 'r3', endpoint: 'https://profile.example' }
    expect(resolveAddress('bkt', {}, { env, profile })).toMatchObject({ origin: 'https://s3.example', region: 'r1' })
    expect(resolveAddress('bkt', { endpoint: 'https://own.example', region: 'r0' }, { env, profile })).toMatchObject({
      origin: 'https://own.example',
      region: 'r0',
    })
    expect(resolveAddress('bkt', {}, { env: {}, profile })).toMatchObject({
      origin: 'https://profile.example',
      region: 'r3',
    })
  })

  it('tells a plain-text store on the network from TLS and loopback', () => {
    expect(resolveAddress('bkt', { endpoint: 'http://nas.lan:9000' }, nothing).isPrivate).toBe(false)
    expect(resolveAddress('bkt', { endpoint: 'https://nas.lan:9000' }, nothing).isPrivate).toBe(true)
  })

  it.each(['ftp://host', 'https://user:secret@host', 'https://host?x=1', 'http://'])(
    'refuses %s without repeating a password',
    (endpoint) => {
      expect(() => resolveAddress('bkt', { endpoint }, nothing)).toThrow(expect.objectContaining({ code: 'invalid' }))
      expect(() => resolveAddress('bkt', { endpoint }, nothing)).not.toThrow(/secret/)
    },
  )
})

import { GraphFailure } from './types.ts'

/** Whom a token speaks for. */
export interface Grant {
  readonly tenant: string
  /** `/me/drive`; undefined for application permissions. */
  readonly ownDriveId: string | undefined
}

/** Gives tokens out and knows them again. A token never opens what belongs to another tenant. */
export class TokenIssuer {
  readonly #grants = new Map<string, Grant & { readonly goodUntilMs: number }>()
  readonly #now: () => number
  #count = 0

  constructor(now: () => number) {
    this.#now = now
  }

  issue(grant: Grant, lifetimeMs = 3_600_000): string {
    const token = `token-${grant.tenant}-${++this.#count}`
    this.#grants.set(token, { ...grant, goodUntilMs: this.#now() + lifetimeMs })
    return token
  }

  revoke(token: string): void {
    this.#grants.delete(token)
  }

  revokeAll(): void {
    this.#grants.clear()
  }

  /** Throws 401 as Graph does. */
  check(authorization: string | undefined): Grant {
    const [, token = ''] = /^Bearer (\S+)$/.exec(authorization ?? '') ?? []
    const grant = this.#grants.get(token)
    if (grant === undefined || grant.goodUntilMs <= this.#now()) {
      throw new GraphFailure(401, 'InvalidAuthenticationToken', undefined, {
        'www-authenticate': 'Bearer realm="", error="invalid_token", error_description="expired_token"',
      })
    }
    return grant
  }
}

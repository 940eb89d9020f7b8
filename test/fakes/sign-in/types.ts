/** A person who can sign in. */
export interface Person {
  readonly userName: string
  readonly objectId: string
  /** As the Graph server knows it. */
  readonly tenant: string
  /** What `/me/drive` is. */
  readonly driveId: string
}

/** An application somebody registered. */
export interface Registration {
  readonly clientId: string
  /** Undefined: a public client, with `http://localhost` as its redirect address. */
  readonly secret?: string
  /** Hex SHA-256 of a certificate, and its PEM. */
  readonly certificate?: { readonly thumbprint: string; readonly pem: string }
  /** Tenants whose administrators allowed it to act as itself. */
  readonly tenants?: readonly string[]
}

/** One request, its form already read. */
export interface FormRequest {
  readonly tenant: string
  readonly form: URLSearchParams
}

/** Answered as the authority's error document. */
export class SignInFailure extends Error {
  readonly status: number
  readonly error: string
  readonly number: number
  readonly suberror: string | undefined

  constructor(error: string, number: number, options: { readonly status?: number; readonly suberror?: string } = {}) {
    super(`${error} ${number}`)
    this.status = options.status ?? 400
    this.error = error
    this.number = number
    this.suberror = options.suberror
  }
}

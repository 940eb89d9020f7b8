/**
 * The connection failed. `mayHaveArrived`: the request may have been carried out (I4). Thrown by
 * this client only; providers translate it.
 */
export class HttpFailure extends Error {
  readonly kind: 'connect' | 'reset' | 'idle' | 'tls' | 'name'
  readonly mayHaveArrived: boolean
  constructor(kind: HttpFailure['kind'], mayHaveArrived: boolean, cause: unknown) {
    super(`connection failed: ${kind}`, { cause })
    this.name = 'HttpFailure'
    this.kind = kind
    this.mayHaveArrived = mayHaveArrived
  }
}

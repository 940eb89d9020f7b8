import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock, Random } from '../host.ts'

const FIRST_CODE_MS = 10 * 60_000
const LATER_CODE_MS = 60_000
const SESSION_IDLE_MS = 12 * 3_600_000
const SESSION_TOTAL_MS = 7 * 86_400_000
const LOCKOUT_MS = 60_000
const MAX_FAILURES = 10
const MAX_CODES = 5
const MAX_SESSIONS = 20
const SECRET_BYTES = 32

/** What presenting a secret led to. */
export type Verdict = 'accepted' | 'refused' | 'locked-out'

/** Who may use the loopback interface. Only digests of secrets are kept. */
export interface Sessions {
  /** A new one-use sign-in code. The first is valid for ten minutes, since a person has to find the printed link; later ones for 60 seconds. */
  issueCode(): string
  /** Trades a code for a new session. `undefined`: refused or locked out, see `lockedForMs`. */
  redeem(code: string): string | undefined
  /** True for a live session; using it keeps it alive. Never counts towards the lockout: a browser left open must not lock its owner out. */
  isLive(session: string | undefined): boolean
  end(session: string): void
  checkToken(token: string): Verdict
  /** Milliseconds until secrets are looked at again; 0 when they are. */
  lockedForMs(): number
  /** Calls `listener` when a session ends by sign-out. Returns the function that ends the subscription. */
  onEnd(listener: (session: string) => void): () => void
}

/** Limits of sessions. */
export interface SessionsOptions {
  readonly clock: Clock
  readonly random: Random
  /** The operator's own token; without one no token is accepted. */
  readonly token?: string
}

interface LiveSession {
  readonly startedAtMs: number
  usedAtMs: number
}

/** Sessions of one running service; they end with it. */
export function createSessions({ clock, random, token }: SessionsOptions): Sessions {
  const expiryByCode = new Map<string, number>()
  const sessionByDigest = new Map<string, LiveSession>()
  const endListeners = new Set<(session: string) => void>()
  const lockout = createLockout(clock)
  const tokenDigest = token === undefined ? undefined : digest(token)
  let codesIssued = 0

  const isLive = (session: string | undefined): boolean => {
    if (session === undefined) return false
    const key = digest(session)
    const live = sessionByDigest.get(key)
    const nowMs = clock.monotonic()
    if (live === undefined) return false
    if (nowMs - live.usedAtMs > SESSION_IDLE_MS || nowMs - live.startedAtMs > SESSION_TOTAL_MS) {
      sessionByDigest.delete(key)
      return false
    }
    live.usedAtMs = nowMs
    return true
  }
  return {
    issueCode: () => {
      const code = random.hex(SECRET_BYTES)
      expiryByCode.set(digest(code), clock.monotonic() + (codesIssued++ === 0 ? FIRST_CODE_MS : LATER_CODE_MS))
      dropOldest(expiryByCode, MAX_CODES)
      return code
    },
    redeem: (code) => {
      if (lockout.remainingMs() > 0) return undefined
      const key = digest(code)
      const expiry = expiryByCode.get(key)
      expiryByCode.delete(key)
      if (!lockout.record(expiry !== undefined && clock.monotonic() <= expiry)) return undefined
      const session = random.hex(SECRET_BYTES)
      sessionByDigest.set(digest(session), { startedAtMs: clock.monotonic(), usedAtMs: clock.monotonic() })
      dropOldest(sessionByDigest, MAX_SESSIONS)
      return session
    },
    isLive,
    end: (session) => {
      if (sessionByDigest.delete(digest(session))) for (const listener of endListeners) listener(session)
    },
    checkToken: (candidate) => {
      if (lockout.remainingMs() > 0) return 'locked-out'
      return lockout.record(tokenDigest !== undefined && isSameDigest(digest(candidate), tokenDigest))
        ? 'accepted'
        : 'refused'
    },
    lockedForMs: () => lockout.remainingMs(),
    onEnd: (listener) => {
      endListeners.add(listener)
      return () => void endListeners.delete(listener)
    },
  }
}

/** Ten wrong secrets in a row close the door for a minute, right ones included. */
function createLockout(clock: Clock): { remainingMs(): number; record(isRight: boolean): boolean } {
  let failures = 0
  let untilMs = 0
  return {
    remainingMs: () => Math.max(0, untilMs - clock.monotonic()),
    record: (isRight) => {
      failures = isRight ? 0 : failures + 1
      if (failures >= MAX_FAILURES) {
        failures = 0
        untilMs = clock.monotonic() + LOCKOUT_MS
      }
      return isRight
    },
  }
}

/** Secrets are compared, and looked up, by digest: the time it takes says nothing about them. */
function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function isSameDigest(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'))
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return
    map.delete(key)
  }
}

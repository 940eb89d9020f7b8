import { describe, expect, it } from 'vitest'
import { TidekeepError, type ErrorCode } from '../../common/errors.ts'
import { judgeFailure, MAX_ATTEMPTS } from '../../main/engine/queue/retry-policy.ts'

const fail = (code: ErrorCode, attempts = 0, draw = 0.5) =>
  judgeFailure(new TidekeepError({ code, message: code }), attempts, () => draw)

describe('what becomes of a failed job', () => {
  it('keeps jobs unharmed while the target is out of reach', () => {
    expect(fail('unavailable', 7).kind).toBe('target-down')
    expect(fail('unauthenticated', 7).kind).toBe('target-down')
  })

  it('tries again with full jitter that grows with the attempts and is capped at 15 minutes', () => {
    expect([0, 1, 2, 5].map((attempts) => fail('timeout', attempts, 1))).toEqual(
      [1_000, 2_000, 4_000, 32_000].map((delayMs) => ({ kind: 'retry', delayMs })),
    )
    expect(fail('timeout', 3, 0)).toEqual({ kind: 'retry', delayMs: 0 })
    expect(fail('quota-exceeded', 30, 1)).toEqual({ kind: 'retry', delayMs: 900_000 })
  })

  it('obeys a Retry-After up to the cap', () => {
    const error = (delayMs: number) =>
      new TidekeepError({ code: 'throttled', message: 'slow down', retry: { kind: 'after', delayMs } })
    expect(judgeFailure(error(7_000), 0, () => 1)).toEqual({ kind: 'retry', delayMs: 7_000 })
    expect(judgeFailure(error(1e12), 0, () => 1)).toEqual({ kind: 'retry', delayMs: 900_000 })
  })

  it('gives up where trying again cannot help, and after enough attempts', () => {
    for (const code of ['forbidden', 'unsupported', 'invalid', 'precondition-failed'] as const)
      expect(fail(code).kind).toBe('dead')
    expect(fail('changed', MAX_ATTEMPTS - 2).kind).toBe('retry')
    expect(fail('changed', MAX_ATTEMPTS - 1).kind).toBe('dead')
  })

  it('waits for room on a full target for as long as it takes', () => {
    expect(fail('quota-exceeded', 50).kind).toBe('retry')
  })

  it('does not count what was stopped on purpose, and leaves a vanished source to the next scan', () => {
    expect(fail('cancelled').kind).toBe('released')
    expect(fail('vanished').kind).toBe('gone')
  })
})

import { describe, expect, it } from 'vitest'
import { TidekeepError, toTidekeepError, type ErrorCode } from '../../common/errors.ts'
import { judgeFailure, MAX_ATTEMPTS, passDelayMs } from '../../main/engine/queue/retry-policy.ts'

const fail = (code: ErrorCode, attempts = 0, draw = 0.5, isAlone = false) =>
  judgeFailure(new TidekeepError({ code, message: code }), { attempts, isAlone, draw: () => draw })

describe('what becomes of a failed job', () => {
  it('keeps jobs unharmed while the target is out of reach', () => {
    for (const code of ['unavailable', 'unauthenticated', 'throttled', 'timeout'] as const)
      expect(fail(code, 70).kind).toBe('target-down')
  })

  it('holds a silent target against a job that it is silent for alone', () => {
    expect(fail('timeout', 0, 1, true)).toEqual({ kind: 'retry', delayMs: 1_000 })
    expect(fail('timeout', MAX_ATTEMPTS - 1, 1, true)).toEqual({ kind: 'dead' })
  })

  it('tries again with full jitter that grows with the attempts and is capped at 15 minutes', () => {
    expect([0, 1, 2, 5].map((attempts) => fail('corrupt', attempts, 1))).toEqual(
      [1_000, 2_000, 4_000, 32_000].map((delayMs) => ({ kind: 'retry', delayMs })),
    )
    expect(fail('corrupt', 3, 0)).toEqual({ kind: 'retry', delayMs: 0 })
    expect(fail('quota-exceeded', 30, 1)).toEqual({ kind: 'retry', delayMs: 900_000 })
  })

  it('asks for a file that is in use again, within five minutes, and never gives it up', () => {
    expect([0, 1, 2, 9, 5_000].map((attempts) => fail('in-use', attempts, 1))).toEqual(
      [1_000, 2_000, 4_000, 300_000, 300_000].map((delayMs) => ({ kind: 'retry', delayMs })),
    )
    expect(fail('in-use', 9, 0)).toEqual({ kind: 'retry', delayMs: 150_000 })
  })

  it('obeys a Retry-After up to the cap', () => {
    const error = (delayMs: number) =>
      new TidekeepError({ code: 'throttled', message: 'slow down', retry: { kind: 'after', delayMs } })
    const judged = { attempts: 0, isAlone: false, draw: () => 1 }
    expect(judgeFailure(error(7_000), judged)).toEqual({ kind: 'target-down', afterMs: 7_000 })
    expect(judgeFailure(error(1e12), judged)).toEqual({ kind: 'target-down', afterMs: 900_000 })
    expect(passDelayMs(error(1e12), 1, () => 1)).toBe(900_000)
  })

  it('gives up at once on a mistake of this program, not on a computer that is short of something', () => {
    const judge = (thrown: unknown) =>
      judgeFailure(toTidekeepError(thrown), { attempts: 0, isAlone: false, draw: () => 1 })
    for (const mistake of [new TypeError('x is not a function'), new ReferenceError('y'), new RangeError('z')])
      expect(judge(mistake)).toEqual({ kind: 'dead' })
    for (const trouble of [new RangeError('Array buffer allocation failed'), new Error('EMFILE')])
      expect(judge(trouble)).toEqual({ kind: 'retry', delayMs: 1_000 })
  })

  it('looks again within the minute where the target was in the way, and later otherwise', () => {
    const delays = (code: ErrorCode) =>
      [1, 3, 20].map((failures) => passDelayMs(new TidekeepError({ code, message: code }), failures, () => 1))
    expect(delays('unavailable')).toEqual([5_000, 20_000, 40_000])
    expect(delays('forbidden')).toEqual([5_000, 20_000, 300_000])
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

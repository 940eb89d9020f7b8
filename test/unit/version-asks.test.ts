import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { Entry } from '../../common/model.ts'
import type { FileVersions, SourceProvider } from '../../main/providers/provider.ts'
import { VersionAsks } from '../../main/restore/by-file/version-asks.ts'
import { rel } from '../fakes/s3/harness.ts'

const file = (name: string, etag = 'e'): Entry => ({ path: rel(name), kind: 'file', size: 1, mtimeNs: 0n, etag })
const files = (count: number, prefix: string): readonly Entry[] =>
  Array.from({ length: count }, (_, at) => file(`${prefix}${at}`))

/** A target that answers when the test says so. */
class SlowTarget {
  readonly asked: string[] = []
  readonly #open: { readonly path: string; readonly end: (error?: Error) => void }[] = []
  readonly provider = {
    features: {
      fileVersions: (path: string) =>
        new Promise<FileVersions>((resolve, reject) => {
          this.asked.push(path)
          const versions = { sizeBytes: 1, presentSinceMs: 5, kept: [] }
          this.#open.push({ path, end: (error) => (error === undefined ? resolve(versions) : reject(error)) })
        }),
    },
  } as unknown as SourceProvider

  get underWay(): number {
    return this.#open.length
  }

  /** Until nothing is asked any more. */
  async answerAll(): Promise<void> {
    for (let answers = 0; this.underWay > 0; answers++) {
      expect(answers).toBeLessThan(100)
      await this.answer()
    }
  }

  /** The question that was put first. */
  async answer(error?: Error): Promise<void> {
    this.#open.shift()!.end(error)
    await setImmediate()
  }
}

function asksOf(target: SlowTarget, maxHeld?: number): VersionAsks {
  const { signal } = new AbortController()
  return new VersionAsks({ provider: target.provider, signal, ...(maxHeld === undefined ? {} : { maxHeld }) })
}

describe('questions about versions', () => {
  it('are put eight at once, each one once, however often it is wanted', async () => {
    const target = new SlowTarget()
    const asks = asksOf(target)
    const wanted = files(20, 'a')
    for (let time = 0; time < 3; time++) asks.want(wanted)
    expect(target.underWay).toBe(8)
    for (let answers = 0; answers < 30 && target.underWay > 0; answers++) {
      await target.answer()
      expect(target.underWay).toBeLessThanOrEqual(8)
      asks.want(wanted)
    }
    expect(target.asked.toSorted()).toEqual(wanted.map(({ path }) => path).toSorted())
    expect(wanted.every((entry) => asks.of(entry).kind === 'told')).toBe(true)
  })

  it('that wait are not put any more when something else is looked at', async () => {
    const target = new SlowTarget()
    const asks = asksOf(target)
    asks.want(files(20, 'a'))
    const next = files(2, 'b')
    asks.want(next)
    await target.answerAll()
    expect(target.asked.filter((path) => path.startsWith('a')).length).toBe(8)
    expect(target.asked.filter((path) => path.startsWith('b')).length).toBe(2)
  })

  it('are put again of a file that changed, and not of one that did not', async () => {
    const target = new SlowTarget()
    const asks = asksOf(target)
    asks.want([file('a')])
    await target.answer()
    asks.want([file('a')])
    asks.want([file('a', 'other')])
    expect(target.asked).toEqual(['a', 'a'])
  })

  it('end where the target asks to wait, and go on when a person says so', async () => {
    const target = new SlowTarget()
    const asks = asksOf(target)
    const wanted = files(20, 'a')
    asks.want(wanted)
    const throttled = new TidekeepError({ code: 'throttled', message: 'Too much.' })
    await target.answer(throttled)
    asks.want(wanted)
    expect(target.asked.length).toBe(8)
    // Those under way may still be answered.
    await target.answer()
    expect(asks.of(wanted[1]!).kind).toBe('told')
    expect([asks.of(wanted[0]!), asks.of(wanted[19]!)]).toEqual([
      { kind: 'failed', error: throttled },
      { kind: 'failed', error: throttled },
    ])
    asks.forgetFailures()
    asks.want(wanted)
    expect(target.asked.filter((path) => path === 'a0').length).toBe(2)
  })

  it('that fail for one file alone leave the others be', async () => {
    const target = new SlowTarget()
    const asks = asksOf(target)
    const wanted = files(3, 'a')
    asks.want(wanted)
    await target.answer(new TidekeepError({ code: 'corrupt', message: 'Senseless.' }))
    await target.answerAll()
    expect(wanted.map((entry) => asks.of(entry).kind)).toEqual(['failed', 'told', 'told'])
  })

  it('keep so many answers, and never let go of one that is looked at', async () => {
    const target = new SlowTarget()
    const asks = asksOf(target, 4)
    const first = files(3, 'a')
    asks.want(first)
    await target.answerAll()
    const second = files(6, 'b')
    asks.want(second)
    await target.answerAll()
    expect(second.map((entry) => asks.of(entry).kind)).toEqual(Array.from({ length: 6 }, () => 'told'))
    expect(first.map((entry) => asks.of(entry).kind)).toEqual(['asking', 'asking', 'asking'])
    asks.want(second)
    expect(target.asked.length).toBe(9)
  })
})

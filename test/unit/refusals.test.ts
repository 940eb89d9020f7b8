import { describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { judgeFailure } from '../../main/engine/queue/retry-policy.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import { ByteLimiter } from '../../main/providers/decorators/limiter.ts'
import { decorate } from '../../main/providers/decorators/stack.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { BatchItem, TargetProvider } from '../../main/providers/provider.ts'
import { createFakeHost } from '../fakes/host.ts'

const never = { signal: new AbortController().signal }
const FIX = 'Allow s3:PutObject.'

/** A store that refuses to change what `isRefused` says, behind the whole stack; and every path it was asked to put. */
function guarded(isRefused: (path: string) => boolean): { readonly target: TargetProvider; readonly asked: string[] } {
  const host = createFakeHost()
  const memory = createMemoryProvider({ name: '' })
  const asked: string[] = []
  const check = (path: string): void => {
    asked.push(path)
    if (isRefused(path))
      throw new TidekeepError({ code: 'forbidden', message: `The store refuses access to ${path}.`, fix: FIX })
  }
  const put: TargetProvider['put'] = async (path, content, options) => {
    check(path)
    return memory.put(path, content, options)
  }
  const inner = intercept(memory, {
    put,
    remove: async (path, options) => {
      if (isRefused(path)) throw new TidekeepError({ code: 'forbidden', message: 'refused', fix: FIX })
      return memory.remove(path, options)
    },
    abilities: {
      putBatch: (items, options) =>
        Promise.all(
          items.map(async ({ path, content, ...rest }) => {
            try {
              return { ok: true as const, result: await put(path, content, { ...rest, ...options }) }
            } catch (error) {
              return { ok: false as const, error: error as TidekeepError }
            }
          }),
        ),
    },
  })
  return { target: decorate(inner, { ...host, limiter: new ByteLimiter(host.clock, 0) }), asked }
}

function item(path: string): BatchItem {
  const content = {
    size: 1,
    open: async function* () {
      yield Uint8Array.of(1)
    },
  }
  return { path: path as RelPath, content, metadata: { mtimeNs: 1n }, expect: { kind: 'any' } }
}

async function batch(target: TargetProvider, ...paths: readonly string[]): Promise<readonly string[]> {
  const results = await target.features.putBatch!(paths.map(item), never)
  return results.map((result) => (result.ok ? 'stored' : (result.error as TidekeepError).code))
}

async function put(target: TargetProvider, path: string): Promise<string> {
  const { content, ...rest } = item(path)
  return target.put(path as RelPath, content, { ...rest, ...never }).then(
    () => 'stored',
    (error: TidekeepError) => error.code,
  )
}

describe('a target that may be read but not written', () => {
  it('is told as a whole, with what to do, and no file is at fault', async () => {
    const { target } = guarded(() => true)
    const results = await target.features.putBatch!(['a', 'b', 'c'].map(item), never)
    for (const result of results) {
      const error = result.ok ? undefined : (result.error as TidekeepError)
      expect(error).toMatchObject({
        code: 'unavailable',
        message: `${target.location} may be read but not written to.`,
        fix: FIX,
      })
      expect(judgeFailure(error!, { attempts: 0, isAlone: false, draw: () => 0 })).toMatchObject({
        kind: 'target-down',
      })
    }
    expect(await put(target, 'd')).toBe('unavailable')
    await expect(target.remove('e' as RelPath, { ...never, expect: { kind: 'any' } })).rejects.toMatchObject({
      code: 'unavailable',
    })
  })

  it('is found out with one probe for refusals that come together', async () => {
    const { target, asked } = guarded(() => true)
    await batch(target, 'a', 'b', 'c')
    expect(asked.filter((path) => path.startsWith('.tidekeep/'))).toHaveLength(1)
  })

  it('is used as soon as it lets itself be written', async () => {
    let isRefusing = true
    const { target } = guarded(() => isRefusing)
    expect(await put(target, 'a')).toBe('unavailable')
    isRefusing = false
    expect(await put(target, 'a')).toBe('stored')
  })
})

describe('a target that refuses one path', () => {
  it('has that file alone at fault, and keeps nothing of the probe', async () => {
    const { target, asked } = guarded((path) => path === 'a')
    expect(await put(target, 'a')).toBe('forbidden')
    expect(asked.filter((path) => path.startsWith('.tidekeep/'))).toHaveLength(1)
    const listed: string[] = []
    for await (const page of target.list('' as RelPath, never)) listed.push(...page.map(({ path }) => path))
    expect(listed.filter((path) => path.includes('probe'))).toEqual([])
  })

  it('is asked once for refusals that come together, however many', async () => {
    const { target, asked } = guarded((path) => path !== 'b' && !path.startsWith('.tidekeep/'))
    expect(await batch(target, 'a', 'b', 'c', 'd', 'e')).toEqual([
      'forbidden',
      'stored',
      'forbidden',
      'forbidden',
      'forbidden',
    ])
    expect(asked.filter((path) => path.startsWith('.tidekeep/'))).toHaveLength(1)
  })
})

describe('rights that are withdrawn in the middle of a run', () => {
  it('are told as the target, not as the files that met it, and everything goes on when they are back', async () => {
    let isRefusing = false
    const { target } = guarded(() => isRefusing)
    expect(await batch(target, 'a', 'b')).toEqual(['stored', 'stored'])
    isRefusing = true
    expect(await batch(target, 'c', 'd')).toEqual(['unavailable', 'unavailable'])
    expect(await put(target, 'e')).toBe('unavailable')
    isRefusing = false
    expect(await batch(target, 'c', 'd')).toEqual(['stored', 'stored'])
  })

  it('while a probe is on its way are found by another one, begun after they were met', async () => {
    let refused: ReadonlySet<string> = new Set(['a'])
    const { target, asked } = guarded((path) => refused.has('*') || refused.has(path))
    const first = put(target, 'a')
    await Promise.resolve()
    refused = new Set(['*'])
    expect([await first, await put(target, 'b')]).toEqual(['unavailable', 'unavailable'])
    expect(asked.filter((path) => path.startsWith('.tidekeep/')).length).toBeGreaterThan(0)
  })
})

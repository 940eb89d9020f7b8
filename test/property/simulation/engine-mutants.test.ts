import { describe, expect, it } from 'vitest'
import { isWithin, RESERVED_DIRECTORY } from '../../../common/paths.ts'
import type { RelPath } from '../../../common/model.ts'
import { intercept } from '../../../main/providers/decorators/intercept.ts'
import type { Store } from '../../../main/state/store.ts'
import { Violation } from './cells.ts'
import { EngineTally, liveEngineHistory } from './engine-history.ts'
import type { EngineVariant } from './engine-world.ts'
import { historyOf } from './history.ts'
import { replaceMethods } from './observed-store.ts'

const TRIES = 6_000
const MAX_STEPS = 40
const RESERVED = RESERVED_DIRECTORY as RelPath

function withQueue(change: (queue: Store['queue']) => Partial<Store['queue']>): EngineVariant {
  return { store: (store) => replaceMethods(store, { queue: replaceMethods(store.queue, change(store.queue)) }) }
}

/** A fault of the engine or of what it stands on, the promises it may break first, and the seed to begin with: of the first history that noticed it. */
const FAULTS: readonly (readonly [string, EngineVariant, RegExp, number?])[] = [
  ['preconditions never reach the target', { target: { ignoresExpect: true } }, /^I(3|14|22)/, 63],
  ['the target answers before what it stored is durable', { target: { answersEarly: true } }, /^I(1|9)/],
  [
    'what the target could not prove counts as safe',
    {
      provider: (target) =>
        intercept(target, {
          put: async (path, content, options) => ({
            ...(await target.put(path, content, options)),
            verifiedBy: 'checksum' as const,
          }),
        }),
    },
    /^I1/,
    395,
  ],
  ['a listing that broke off passes for a complete one', { source: { endsEarly: true } }, /^I(12|22)/, 24],
  ['a folder that cannot be read passes for an empty one', { source: { isSilent: true } }, /^I(12|22)/, 69],
  ['reading does not notice a change', { source: { readsTorn: true } }, /^I1/],
  [
    'the guard is ignored',
    withQueue((queue) => ({
      enqueue: (folderId, planned) =>
        queue.enqueue(
          folderId,
          planned.map(({ action, lane }) => ({ action, lane })),
        ),
    })),
    /^I1[23]/,
    20,
  ],
  [
    'what is in the way is deleted instead of kept aside',
    {
      provider: (target) =>
        intercept(target, {
          abilities: {
            move: async (from, to, options) => {
              if (!isWithin(to, RESERVED)) return target.features.move!(from, to, options)
              const found = await target.stat(from, options)
              await target.remove(from, options)
              return found
            },
          },
        }),
    },
    /^I(3|6|7|12|14)/,
  ],
  [
    'what is replaced or deleted is not kept',
    {
      provider: (target) =>
        intercept(target, {
          put: (path, content, { keep: _keep, ...options }) => target.put(path, content, options),
          remove: (path, { keep: _keep, ...options }) => target.remove(path, options),
        }),
    },
    /^I14/,
  ],
  [
    'an earlier version is kept under a name that the next one takes',
    {
      provider: (target) =>
        intercept(target, {
          put: async (path, content, options) => {
            const result = await target.put(path, content, options)
            if (result.kept !== undefined)
              await target.remove(result.kept.token as RelPath, { expect: { kind: 'any' }, signal: options.signal })
            return result
          },
        }),
    },
    /^I6/,
  ],
  [
    'a job that is given back is lost',
    withQueue((queue) => ({ release: (id) => queue.complete([id]), defer: (id) => queue.complete([id]) })),
    /^I(3|7|12|22)/,
    734,
  ],
  [
    'a job that is to be tried again is lost',
    withQueue((queue) => ({ postpone: (id) => queue.complete([id]) })),
    /^I(7|22)/,
    64,
  ],
  [
    'a job that failed for good is forgotten',
    withQueue((queue) => ({ bury: (id) => queue.complete([id]) })),
    /^I(7|22)/,
    151,
  ],
  [
    'what is written down is the file as it is by then',
    {
      store: (store, world) =>
        replaceMethods(store, {
          baseline: replaceMethods(store.baseline, {
            put: (folderId, entry) => {
              const { size, mtimeNs, identity } = world.source.entry(entry.path) ?? entry
              store.baseline.put(folderId, { ...entry, size, mtimeNs, ...(identity === undefined ? {} : { identity }) })
            },
          }),
        }),
    },
    /^I1:/,
    1_704,
  ],
  [
    'what a power cut took of a file passes for an edit',
    {
      store: (store) =>
        replaceMethods(store, {
          folders: replaceMethods(store.folders, {
            get: (folderId) => {
              const { mayHaveLostWrites: _, ...known } = store.folders.get(folderId)
              return known
            },
          }),
        }),
    },
    /^I11/,
    306,
  ],
  [
    'what is missing counts as deleted at once, before its new name is told',
    { settings: { settleMaxMs: 0 } },
    /^I13: it was taken for deleted/,
  ],
  [
    'jobs that wait are not counted',
    withQueue(() => ({
      counts: () => ({ queued: 0, running: 0, waiting: 0, held: 0, dead: 0, refused: 0, skipped: 0, bytes: 0 }),
    })),
    /^I22/,
    33,
  ],
]

describe('the simulation of the engine notices that', () => {
  const faults = FAULTS.map(([name, variant, broken, from = 1]) => [name, variant, broken, from] as const)
  it.each(faults)('%s', { timeout: 600_000 }, async (_name, variant, broken, from) => {
    const tally = new EngineTally()
    for (let seed = from; seed < from + TRIES; seed++) {
      try {
        await liveEngineHistory(historyOf(seed, MAX_STEPS), tally, { variant })
      } catch (error) {
        expect(error).toBeInstanceOf(Violation)
        expect((error as Violation).message).toMatch(broken)
        return
      }
    }
    expect.unreachable(`${TRIES} histories passed`)
  })
})

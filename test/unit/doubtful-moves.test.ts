import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FolderId, RelPath } from '../../common/model.ts'
import { MovesUnderWay } from '../../main/engine/moves-under-way.ts'
import { queueSink, runPass, type PassSink } from '../../main/engine/passes.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { Store } from '../../main/state/store.ts'
import { ModelSource } from '../fakes/model-source.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { rel } from '../fixtures/entries.ts'
import { openBench } from './state-support.ts'

const ID = 'f1' as FolderId
let store: Store
let source: ModelSource

beforeEach(async () => {
  ;({ store } = await openBench())
  source = new ModelSource()
  store.folders.set(ID, { compared: true })
})
afterEach(() => store.close())

/** A file of the source that is agreed on as it is. */
function agree(path: string, content: string): void {
  source.apply({ kind: 'write', path: rel(path), content })
  agreeAgain(path, content)
}

function agreeAgain(path: string, contentHash: string): void {
  const { size, mtimeNs, mode, identity } = source.entry(rel(path))!
  const remote = { size, etag: `"${path}"`, verifiedBy: 'checksum' } as const
  const entry = {
    path: rel(path),
    kind: 'file',
    size,
    mtimeNs,
    mode: mode!,
    identity: identity!,
    recordedAtMs: 0,
  } as const
  store.baseline.put(ID, { ...entry, contentHash, remote })
}

/** What a look at everything plans, and why it holds what. A digest is the content itself. */
async function look(change: Partial<PassSink> = {}): Promise<readonly string[]> {
  const planned: string[] = []
  const clock = new VirtualClock()
  const moves = new MovesUnderWay()
  const sink = queueSink({ store, folderId: ID, moves, clock }, () => undefined)
  const deps = { folderId: ID, scanner: source, target: createMemoryProvider({ name: '' }), store, clock, moves }
  await runPass(
    { ...deps, sample: async () => [], digest: async ({ path }) => source.files.get(path) },
    {
      scopes: 'everything',
      compareTarget: false,
      rules: { mode: 'mirror', guardFiles: 50, guardPercent: 10 },
      signal: new AbortController().signal,
    },
    {
      ...sink,
      ...change,
      plan: (found) => {
        sink.plan(found)
        for (const { action, hold } of found) planned.push(`${action.kind} ${action.path} ${hold?.reason ?? 'goes on'}`)
      },
    },
  )
  return planned
}

const goDown = (): void => store.folders.set(ID, { mayHaveLostWrites: true })
const rename = (path: string, to: string): void => source.apply({ kind: 'rename', path: rel(path), to: rel(to) })
const asked = (): readonly RelPath[] =>
  store.queue.list({ folderId: ID, state: 'held', limit: 9 }).map(({ action }) => action.path)

/** A crash left the old name, and other content with the size and time of what was agreed on. */
function comeBackOlder(): void {
  goDown()
  rename('a', 'b')
  source.apply({ kind: 'rewrite-unseen', path: rel('b') })
}

describe('after the machine went down, a file that looks like one that is missing', () => {
  it('was moved where its content is the same', async () => {
    agree('a', 'safe')
    goDown()
    rename('a', 'b')
    expect(await look()).toEqual(['move b goes on'])
  })

  it('is another where its content is: it is new, and what is safe under the other name waits', async () => {
    agree('a', 'safe')
    comeBackOlder()
    expect(await look()).toEqual(['upload b goes on', 'delete a suspect'])
  })

  it('is another, too, once the doubt is over and the question is still open', async () => {
    agree('a', 'safe')
    comeBackOlder()
    await look()
    expect(store.folders.get(ID).mayHaveLostWrites).toBeUndefined()
    expect(await look()).toEqual(['upload b goes on', 'delete a suspect'])
    agreeAgain('b', 'rafe')
    expect(await look()).toEqual(['delete a suspect'])
  })

  it('is taken at its word where no machine went down: its content is compared before it is moved', async () => {
    agree('a', 'safe')
    rename('a', 'b')
    source.apply({ kind: 'rewrite-unseen', path: rel('b') })
    expect(await look()).toEqual(['move b goes on'])
  })
})

describe('what is missing after the machine went down', () => {
  beforeEach(async () => {
    agree('a', 'safe')
    goDown()
    rename('a', 'elsewhere')
    source.apply({ kind: 'write', path: rel('c'), content: 'other' })
    // Where it went, nobody knows yet.
    const byInode = store.baseline.byInode.bind(store.baseline)
    store.baseline.byInode = () => []
    expect(await look()).toEqual(['upload c goes on', 'upload elsewhere goes on', 'delete a suspect'])
    store.baseline.byInode = byInode
  })

  it('is asked about as long as nothing safe is the same file', async () => {
    agreeAgain('c', 'safe')
    agreeAgain('elsewhere', 'rafe')
    expect(await look()).toEqual(['delete a suspect'])
    expect(asked()).toEqual(['a'])
  })

  it('is gone by name only where the very file is safe under another: it is asked about no more', async () => {
    agreeAgain('c', 'other')
    agreeAgain('elsewhere', 'safe')
    expect(await look()).toEqual(['delete a goes on'])
    expect(asked()).toEqual([])
  })

  it('is asked about where that other file is not what it was any more', async () => {
    agreeAgain('c', 'other')
    agreeAgain('elsewhere', 'safe')
    source.apply({ kind: 'rewrite-unseen', path: rel('elsewhere') })
    expect(await look()).toEqual(['upload elsewhere goes on', 'delete a suspect'])
  })

  it('stays a question where a dry run finds the answer', async () => {
    agreeAgain('c', 'other')
    agreeAgain('elsewhere', 'safe')
    await look({ withdraw: () => undefined })
    expect(asked()).toEqual(['a'])
  })
})

describe('doubt after the machine went down', () => {
  it('is not over with the look that compares both sides for the first time: it asks about nothing that is missing', async () => {
    agree('a', 'safe')
    agree('b', 'safe')
    store.folders.set(ID, { compared: false })
    goDown()
    source.apply({ kind: 'remove', path: rel('a') })
    expect(await look()).toEqual([])
    store.folders.set(ID, { compared: true })
    expect(await look()).toEqual(['delete a suspect'])
    expect(store.folders.get(ID).mayHaveLostWrites).toBeUndefined()
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { intercept } from '../../../main/providers/decorators/intercept.ts'
import { seededRandom } from '../../fakes/host.ts'
import { StateInMemory } from '../../fakes/simulated-state.ts'
import { rel } from '../../fixtures/entries.ts'
import { EngineWorld, type EngineVariant } from './engine-world.ts'

const MINUTE_MS = 60_000
let world: EngineWorld

afterEach(() => world.close())

async function begin(files: Readonly<Record<string, string>>, variant: EngineVariant = {}): Promise<void> {
  const abilities = { directories: true, metadata: true, batches: true, checksums: true }
  const state = new StateInMemory()
  world = new EngineWorld({ mode: 'mirror', random: seededRandom(1), settings: {}, abilities, state, variant })
  await world.start()
  for (const [path, content] of Object.entries(files)) world.source.apply({ kind: 'write', path: rel(path), content })
  await world.syncNow()
}

/** The watcher tells of these paths with everything below them, and time goes by. */
async function told(...paths: readonly string[]): Promise<void> {
  world.process.watcher.hint(new Map(paths.map((path) => [path as RelPath, true])), false)
  await world.pass(MINUTE_MS)
}

/** What random histories of the whole engine came upon, told by itself. */
describe('the whole engine', () => {
  it('compares again with the target once it can read what it could not when it last did', async () => {
    await begin({ 'a/a': 'safe', b: 'safe' })
    world.source.locked.add(rel('a'))
    await world.meddle({ path: rel('a/a'), what: 'remove' })
    await world.syncNow()
    world.source.locked.clear()
    await told('a')
    expect(world.folder().state).toBe('protected')
    expect(world.target.file(rel('a/a'))?.content).toBe('safe')
  })

  it('does not delete what has another name whose move failed for good', async () => {
    const refused = new TidekeepError({ code: 'forbidden', message: 'The target said forbidden.' })
    const move = (): Promise<never> => Promise.reject(refused)
    const provider: EngineVariant['provider'] = (target) => intercept(target, { abilities: { move } })
    await begin({ 'a/a': 'safe', b: 'safe' }, { provider })
    world.source.apply({ kind: 'rename', path: rel('a/a'), to: rel('c') })
    await told('c')
    expect(world.folder()).toMatchObject({ dead: 1 })
    await told('a/a')
    expect(world.target.file(rel('a/a'))?.content).toBe('safe')
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { intercept } from '../../../main/providers/decorators/intercept.ts'
import { seededRandom } from '../../fakes/host.ts'
import { StateInMemory } from '../../fakes/simulated-state.ts'
import { rel } from '../../fixtures/entries.ts'
import { EngineTally, liveEngineHistory } from './engine-history.ts'
import { EngineWorld, type EngineVariant } from './engine-world.ts'
import { parseHistory } from './history.ts'

const MINUTE_MS = 60_000
/** Histories that ended badly once. */
const REPLAYS: readonly (readonly [what: string, history: string])[] = [
  [
    'a rename that a power cut undid leaves nothing at the target under the name that is gone',
    '963594239:2p2g9.vv3vc.dc6ga.lclfi.hihuh.8c3fg.spi02.0.j20q6.uknor.dest3.d9e93.g2gjj.rw0lw.sqdso.o5ftf.r0571.n57z.0',
  ],
  [
    'a file that a power cut brought back older under its old name does not take the newer one from the target',
    '47160009347:g9dwg.64qb.3vq0a.5sf5y.12kgl.1277vc.10lc0e.j33qs.588ut.12yodu.p8zmv.9j4z3.4bt8y.1169p0.fqo8x.g7or.fvonz.3gkkl.lz37n.c5e1o.b2qld',
  ],
  [
    'what a listing found at the target is not forgotten with a file that goes and comes back',
    '47140000498:m3e7n.izxs1.npgul.ej69a.1tijl.38zuu.i5tqx.honnq.jne0t.x3uu6.12m5fr.ddlf6.3f9rc.y01nq.4pjrp.32mwf.ba9z3.iiskn.104l0c.xoizn.yuzch.df0ya.y8wfg.11d8cv.jc2an.jzxlo.cgip3.y45u7.13m76l.4fekq.ushk5.1s465.548ut.u2y0h.bsa5d',
  ],
  [
    'a file that is gone here, replaced at the target and back here as it was is not taken for safe',
    '47190019017:bz42w.ljee0.atwq0.6kqxk.7qvtf.2r1wz.ysyxh.x7fyq.f6ws3.i79e4.13kk78.n9crw.135dn3.lu3ly.5px8w.isj2f.452pf',
  ],
  [
    'a new file with the number and the content of one that a power cut took is not taken for it',
    '945652084:np0rg.7xykb.asxzn.nx3e3.0.0.yi55l.p9b7m.rhepm.crp4z.0',
  ],
  [
    'a folder that took the new place is not taken for the file whose move got no answer',
    '47140012662:obol4.yj9ol.13dl0l.ylarb',
  ],
]
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

/** Lets time go by until the engine planned something. */
async function planned(): Promise<void> {
  world.planned = 0
  world.askForSync()
  for (let ms = 0; ms < MINUTE_MS && world.planned === 0; ms++) await world.pass(1)
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

  it('knows what a listing found at the target when the disk of the source was away while it was put right', async () => {
    await begin({ a: 'safe', b: 'safe' })
    await world.meddle({ path: rel('a'), what: 'put' })
    await planned()
    world.mount('empty')
    await world.pass(1_000)
    world.mount('mounted')
    await told('a')
    await world.pass(MINUTE_MS)
    expect(world.folder().state).toBe('protected')
    expect(world.target.file(rel('a'))?.content).toBe('safe')
  })

  it.each(REPLAYS)('%s', { timeout: 60_000 }, async (_what, text) => {
    await liveEngineHistory(parseHistory(text), new EngineTally())
  })
})

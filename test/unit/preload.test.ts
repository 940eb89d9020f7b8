import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { type Bridge, CHANNELS } from '../../common/bridge.ts'
import { parsers } from '../../common/parsers.ts'
import type { connectIpc } from '../../renderer/transports/ipc.ts'

import { bundlePreload, runPreload } from '../shell/run-preload.ts'

const ROOT = join(import.meta.dirname, '..', '..')

describe('the preload', () => {
  let code = ''
  beforeAll(async () => {
    code = await bundlePreload()
  })

  it('is one small file that requires electron and nothing else', () => {
    expect([...code.matchAll(/require\((.*?)\)/g)].map((match) => match[1])).toEqual(['"electron"'])
    expect(code.length).toBeLessThan(8_000)
  })

  it('exposes exactly six frozen functions under one name', () => {
    const { exposed, bridge } = runPreload(code)
    expect([...exposed.keys()]).toEqual(['tidekeep'])
    expect(Object.keys(bridge).sort()).toEqual(['call', 'hide', 'openWindow', 'pathForFile', 'pickFolder', 'subscribe'])
    expect(Object.isFrozen(bridge)).toBe(true)
    for (const member of Object.values(bridge)) {
      expect(typeof member).toBe('function')
      expect(Object.isFrozen(member)).toBe(true)
    }
  })

  it('knows every call of the parser table', async () => {
    const { bridge, sent } = runPreload(code)
    for (const name of Object.keys(parsers)) await bridge['call']?.(name, {})
    expect(sent.map(({ args }) => args[0])).toEqual(Object.keys(parsers))
  })

  it('passes on calls of the table and no others', async () => {
    const { bridge, sent } = runPreload(code)
    await expect(bridge['call']?.('status.get', {})).resolves.toBe(42)
    for (const name of ['electron', '__proto__', 'constructor', '', 'tidekeep:call', 7, null, undefined, {}]) {
      await expect(bridge['call']?.(name, {})).rejects.toMatchObject({ code: 'invalid' })
    }
    expect(sent).toEqual([{ kind: 'invoke', channel: CHANNELS.call, args: ['status.get', {}] }])
  })

  it('rejects with the plain wire error of a refused call', async () => {
    const error = { code: 'forbidden', message: 'No.', fix: 'Ask.' }
    const { bridge } = runPreload(code, () => ({ ok: false, error }))
    await expect(bridge['call']?.('status.get', {})).rejects.toEqual(error)
    await expect(bridge['pickFolder']?.()).rejects.toEqual(error)
  })

  it('gives a listener the value only, never the event, and unsubscribes with the last', () => {
    const { bridge, sent, listeners } = runPreload(code)
    const received: unknown[][] = []
    const listen = (): unknown => bridge['subscribe']?.('status', (...args: unknown[]) => received.push(args))
    const ends = [listen(), listen()] as (() => void)[]
    listeners.get(CHANNELS.topic)?.({ sender: 'the ipcRenderer' }, 'status', 'value')
    expect(received).toEqual([['value'], ['value']])
    for (const end of ends) {
      end()
      end()
    }
    listeners.get(CHANNELS.topic)?.({}, 'status', 'late')
    expect(received.length).toBe(2)
    expect(sent).toEqual([
      { kind: 'send', channel: CHANNELS.subscribe, args: ['status', true] },
      { kind: 'send', channel: CHANNELS.subscribe, args: ['status', true] },
      { kind: 'send', channel: CHANNELS.subscribe, args: ['status', false] },
    ])
  })

  it('listens to no topic outside the protocol', () => {
    const { bridge, sent } = runPreload(code)
    for (const topic of ['__proto__', 'secrets', 7, null])
      (bridge['subscribe']!(topic, () => undefined) as () => void)()
    bridge['subscribe']?.('status', 'not a function')
    expect(sent).toEqual([])
  })

  it('gives the path of a dropped file and nothing of electron itself', () => {
    const { bridge } = runPreload(code)
    expect(bridge['pathForFile']?.({ path: '/home/someone/Photos' })).toBe('/home/someone/Photos')
    const reachable = JSON.stringify(Object.entries(bridge).map(([name, member]) => [name, Object.keys(member)]))
    expect(reachable).not.toMatch(/ipcRenderer|sender|event/)
  })

  it('offers what the renderer asks for', () => {
    expectTypeOf<Bridge>().toExtend<Parameters<typeof connectIpc>[0]>()
    const source = readFileSync(join(ROOT, 'preload', 'preload.ts'), 'utf8')
    expect(source.split('\n').length).toBeLessThan(60)
  })
})

import { describe, expect, it } from 'vitest'
import { CHANNELS } from '../../common/bridge.ts'
import type { Answer } from '../../common/client.ts'
import { seededRandom } from '../fakes/host.ts'
import { eventOf, FakeContents, FakeWindow } from './fake-electron.ts'
import { settle, startFakeShell, type StartedShell } from './start-fake.ts'

const SEED = Number(process.env['SEED'] ?? 20261121)

async function call(shell: StartedShell, window: FakeWindow, name: unknown, params: unknown): Promise<Answer> {
  return (await shell.electron.invoke(window, CHANNELS.call, name, params)) as Answer
}

describe('calls over IPC', () => {
  it('answers a call of an own window with the result of its handler', async () => {
    const shell = await startFakeShell()
    const answer = await call(shell, shell.popup, 'status.get', {})
    expect(answer).toMatchObject({ ok: true, result: { headline: 'protected' } })
  })

  it('turns an error into its wire form, without stack or cause', async () => {
    const shell = await startFakeShell()
    shell.application.failNext('folders.list', new Error('secret detail at /home/someone'))
    const answer = await call(shell, shell.popup, 'folders.list', {})
    expect(answer).toMatchObject({ ok: false, error: { code: 'internal' } })
    expect(JSON.stringify(answer)).not.toMatch(/secret|someone|stack|at \//)
  })

  it.each([
    ['no frame at all', null],
    ['a subframe', { parent: { url: 'app://tidekeep/index.html' } as never }],
    ['a foreign page', { url: 'https://evil.example/' }],
    ['a look-alike origin', { url: 'app://tidekeep.evil/index.html' }],
    ['a file', { url: 'file:///app/index.html' }],
    ['an empty page', { url: 'about:blank' }],
    ['a page with a user name', { url: 'app://x@tidekeep/' }],
  ] as const)('refuses every channel to %s', async (_who, frame) => {
    const shell = await startFakeShell()
    const before = shell.application.calls.length
    const event = eventOf(shell.popup, frame)
    for (const channel of [CHANNELS.call, CHANNELS.pickFolder]) {
      const answer = await shell.electron.invokeFrom(event, channel, 'folders.sync', {})
      expect(answer).toMatchObject({ ok: false, error: { code: 'forbidden' } })
    }
    for (const channel of [CHANNELS.subscribe, CHANNELS.openWindow, CHANNELS.hide]) {
      shell.electron.ipcEvents.emit(channel, event, 'status', true)
    }
    shell.application.patchStatus({ sentence: 'Changed.' })
    expect(shell.application.calls.length).toBe(before)
    expect(shell.electron.windows.length).toBe(1)
    expect(shell.popup.webContents.sent).toEqual([])
  })

  it('refuses a window it did not make', async () => {
    const shell = await startFakeShell()
    const stranger = new FakeWindow({}, new FakeContents(77))
    void stranger.loadURL('app://tidekeep/index.html')
    expect(await shell.electron.invoke(stranger, CHANNELS.call, 'status.get', {})).toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    })
  })

  it('slows a page down that calls without end, and recovers', async () => {
    const shell = await startFakeShell()
    const answers: Answer[] = []
    for (let index = 0; index < 250; index++) answers.push(await call(shell, shell.popup, 'status.get', {}))
    expect(answers.filter((answer) => answer.ok).length).toBe(200)
    expect(answers.at(-1)).toMatchObject({ error: { code: 'throttled' } })
    expect(await call(shell, shell.popup, 'folders.list', {})).toMatchObject({ ok: true })
    await shell.clock.advance(1_000)
    expect(await call(shell, shell.popup, 'status.get', {})).toMatchObject({ ok: true })
  })

  it('lets only a visible window take something away', async () => {
    const shell = await startFakeShell({ scenario: 'attention' })
    const before = shell.application.calls.length
    expect(await call(shell, shell.popup, 'queue.drop', { id: 1 })).toMatchObject({ error: { code: 'forbidden' } })
    expect(shell.application.calls.length).toBe(before)
    shell.popup.show()
    await call(shell, shell.popup, 'queue.drop', { id: 1 })
    expect(shell.application.calls.at(-1)).toMatchObject({ name: 'queue.drop' })
  })

  it('survives 20,000 broken messages: none reaches a handler, none leaks a path or a stack', async () => {
    const shell = await startFakeShell()
    shell.popup.show()
    const random = seededRandom(SEED)
    const before = shell.application.calls.length
    for (let index = 0; index < 20_000; index++) {
      if (index % 50 === 0) await shell.clock.advance(2_000)
      const answer = await call(shell, shell.popup, brokenName(random), brokenParams(random))
      expect(answer.ok, `seed ${SEED}, message ${index}`).toBe(false)
      expect(JSON.stringify(answer)).not.toMatch(/\/home\/|node_modules|\bat .*:\d+/)
    }
    expect(shell.application.calls.length).toBe(before)
  })
})

/** Never a valid call: a right name comes with wrong parameters only. */
function brokenName(random: ReturnType<typeof seededRandom>): unknown {
  const names = [
    'folders.add',
    'folders.remove',
    'queue.drop',
    'settings.set',
    'plan.preview',
    '__proto__',
    'constructor',
    'toString',
    '',
    'status',
    7,
    null,
    {},
    [],
    ['folders.list'],
    'folders.list\0',
    'x'.repeat(5000),
  ]
  return names[Math.floor(random.next() * names.length)]
}

function brokenParams(random: ReturnType<typeof seededRandom>, depth = 0): unknown {
  const kinds = [
    () => null,
    () => undefined,
    () => random.next() * 1e18,
    () => Number.NaN,
    () => random.hex(4),
    () => '/home/someone/../../etc/passwd',
    () => 'x'.repeat(5000),
    () => true,
    () => new Date(0),
    () => new Map([['id', 'a']]),
    () => new Uint8Array(64),
    () => 10n ** 30n,
    () => JSON.parse('{"__proto__":{"polluted":true},"id":"a"}') as unknown,
    () => (depth > 6 ? 0 : [brokenParams(random, depth + 1), brokenParams(random, depth + 1)]),
    () => (depth > 6 ? 0 : { id: brokenParams(random, depth + 1), path: brokenParams(random, depth + 1), surplus: 1 }),
  ]
  return kinds[Math.floor(random.next() * kinds.length)]?.()
}

describe('topics over IPC', () => {
  it('reach a visible window from its subscription to the end of it', async () => {
    const { electron, popup, application } = await startFakeShell()
    popup.show()
    electron.send(popup, CHANNELS.subscribe, 'status', true)
    application.patchStatus({ sentence: 'One.' })
    const received = (): readonly unknown[] =>
      popup.webContents.sent.map(({ args }) => (args[1] as { sentence: string }).sentence)
    expect(received()).toEqual(['One.'])
    electron.send(popup, CHANNELS.subscribe, 'status', false)
    application.patchStatus({ sentence: 'Two.' })
    expect(received()).toEqual(['One.'])
  })

  it('cost nothing while the window is hidden; the latest status is delivered when it shows', async () => {
    const { electron, popup, application } = await startFakeShell()
    electron.send(popup, CHANNELS.subscribe, 'status', true)
    for (const sentence of ['One.', 'Two.', 'Three.']) application.patchStatus({ sentence })
    expect(popup.webContents.sent).toEqual([])
    popup.show()
    expect(popup.webContents.sent.map(({ args }) => (args[1] as { sentence: string }).sentence)).toEqual(['Three.'])
  })

  it('end when the page loads again, dies or closes', async () => {
    const { electron, application, shell } = await startFakeShell()
    for (const end of ['did-start-navigation', 'render-process-gone', 'closed'] as const) {
      shell.openWindow()
      const window = electron.windows.at(-1)!
      window.show()
      electron.send(window, CHANNELS.subscribe, 'status', true)
      application.patchStatus({ sentence: `before ${end}` })
      expect(window.webContents.sent.length).toBe(1)
      if (end === 'closed') window.close()
      else window.webContents.emit(end, { isMainFrame: true, isSameDocument: false })
      application.patchStatus({ sentence: `after ${end}` })
      expect(window.webContents.sent.length).toBe(1)
      window.destroy()
    }
  })

  it('are only those of the protocol', async () => {
    const { electron, popup, application } = await startFakeShell()
    popup.show()
    for (const topic of ['secrets', '__proto__', null, 1]) electron.send(popup, CHANNELS.subscribe, topic, true)
    application.patchStatus({ sentence: 'Anything.' })
    expect(popup.webContents.sent).toEqual([])
  })
})

describe('the window channels', () => {
  it('pick a folder with the native dialog, or nothing', async () => {
    const { electron, popup } = await startFakeShell()
    expect(await electron.invoke(popup, CHANNELS.pickFolder)).toEqual({ ok: true, result: null })
    electron.picked = { canceled: false, filePaths: ['/home/someone/Photos'] }
    expect(await electron.invoke(popup, CHANNELS.pickFolder)).toEqual({ ok: true, result: '/home/someone/Photos' })
  })

  it('open the main window at a route and hide the popup, never the main window', async () => {
    const { electron, popup } = await startFakeShell()
    electron.send(popup, CHANNELS.openWindow, 'activity/history')
    const main = electron.windows[1]!
    expect(main.loaded).toEqual(['app://tidekeep/index.html#/activity/history'])
    popup.show()
    main.show()
    electron.send(popup, CHANNELS.hide)
    electron.send(main, CHANNELS.hide)
    expect([popup.visible, main.visible]).toEqual([false, true])
    await settle()
  })
})

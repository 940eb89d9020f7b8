import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Bridge } from '../../common/bridge.ts'
import { CHANNELS } from '../../common/bridge.ts'
import type { Answer } from '../../common/client.ts'
import { createDispatch } from '../../main/api/dispatch.ts'
import { createIpcTransport } from '../../main/shell/ipc-transport.ts'
import { connectIpc } from '../../renderer/transports/ipc.ts'
import { type TransportSubject, transportChecks } from '../conformance/transport-suite.ts'
import { createFakeApplication } from '../fakes/application.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { FakeElectron, type FakeWindow } from './fake-electron.ts'
import { bundlePreload, runPreload } from './run-preload.ts'

let preload = ''
let close: (() => void) | undefined
beforeAll(async () => {
  preload = await bundlePreload()
})
afterEach(() => close?.())

/** The whole way: the renderer's transport, the bundled preload, the IPC transport, the application. */
async function openSubject(): Promise<TransportSubject> {
  const electron = new FakeElectron()
  const host = createFakeHost()
  const application = createFakeApplication({ scenario: 'protected', clock: host.clock, activityRows: 5 })
  const transport = createIpcTransport({
    electron: electron.api,
    dispatch: createDispatch(application.handlers, host.log),
    subscribe: (topic, listener) => application.subscribe(topic, listener),
    presentStatus: () => application.handlers['status.get']({}, { transport: 'direct' }),
    // Windows are written to at most five times a second, which has to pass.
    clock: realClock,
    log: host.log,
    pickFolder: () => Promise.resolve(null),
    openWindow: () => undefined,
    hide: () => undefined,
  })
  const window = new electron.api.BrowserWindow({}) as unknown as FakeWindow
  transport.attach(window as never)
  await window.loadURL('app://tidekeep/index.html')
  window.show()
  close = () => transport.close()
  const page = runPreload(
    preload,
    (channel, ...args) => electron.invoke(window, channel, ...args),
    (channel, ...args) => electron.send(window, channel, ...args),
  )
  window.webContents.send = (channel, ...args) => page.listeners.get(channel)?.({}, ...structuredClone(args))
  return {
    application,
    transport: 'ipc',
    client: connectIpc(page.bridge as unknown as Bridge),
    raw: async (name, params) => (await electron.invoke(window, CHANNELS.call, name, params)) as Answer,
  }
}

describe('the IPC transport, from the renderer to the application', () => {
  it.each(transportChecks)('$name', async ({ run }) => {
    await run(await openSubject())
  })

  it('is covered by the suite every transport runs', () => {
    expect(transportChecks.length).toBeGreaterThan(8)
  })
})

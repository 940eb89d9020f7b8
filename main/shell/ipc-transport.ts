import type { BrowserWindow, IpcMainEvent, IpcMainInvokeEvent } from 'electron'
import { CHANNELS } from '../../common/bridge.ts'
import { type Answer, toWireError } from '../../common/client.ts'
import { TidekeepError, type ErrorCode } from '../../common/errors.ts'
import type { Dispatch } from '../api/dispatch.ts'
import type { Clock, Log } from '../host.ts'
import { policyOf } from './call-policy.ts'
import type { ElectronApi } from './electron-api.ts'
import { cleanRoute, isOwnUrl } from './origin.ts'
import { type RateLimit, createRateLimit } from './rate-limit.ts'
import { type Subscriptions, type TopicSource, createSubscriptions } from './subscriptions.ts'
import { desktopTexts } from './desktop-texts.ts'

const MAX_CALLS_IN_FLIGHT = 128
const REFUSAL_LOG_RATE = { burst: 10, perSecond: 1 }
const WINDOW_RATE = { burst: 10, perSecond: 5 }

/** What the transport stands between. */
export interface IpcParts extends TopicSource {
  readonly electron: Pick<ElectronApi, 'ipcMain'>
  readonly dispatch: Dispatch
  readonly clock: Clock
  readonly log: Log
  /** The native folder dialog over `window`; null when cancelled. */
  readonly pickFolder: (window: BrowserWindow) => Promise<string | null>
  readonly openWindow: (route: string) => void
  readonly hide: (window: BrowserWindow) => void
}

/** Serves the protocol to the windows it was told of, and to nobody else. */
export interface IpcTransport {
  /** Call it before the window loads anything. */
  attach(window: BrowserWindow): void
  close(): void
}

interface Peer {
  readonly window: BrowserWindow
  readonly limit: RateLimit
  readonly subscriptions: Subscriptions
  inFlight: number
}

/** Starts answering. There is one way in for calls; whoever is not an own window's main frame at our own origin is refused. */
export function createIpcTransport(parts: IpcParts): IpcTransport {
  const { ipcMain } = parts.electron
  const peers = new Map<number, Peer>()
  const refusals = createRateLimit(parts.clock)
  const admit = (event: IpcMainEvent | IpcMainInvokeEvent): Peer | undefined => {
    const peer = peers.get(event.sender.id)
    if (peer !== undefined && isOwnMainFrame(event)) return peer
    if (refusals.take('', REFUSAL_LOG_RATE)) parts.log.warn('message from a stranger refused')
    return undefined
  }

  ipcMain.handle(CHANNELS.call, (event, name: unknown, params: unknown) => {
    const peer = admit(event)
    return peer === undefined ? answerStranger() : answerCall(peer, { name, params }, parts.dispatch)
  })
  ipcMain.handle(CHANNELS.pickFolder, async (event): Promise<Answer> => {
    const peer = admit(event)
    if (peer === undefined) return answerStranger()
    if (!peer.limit.take('pick-folder', WINDOW_RATE)) return tooOften()
    return settle(() => parts.pickFolder(peer.window))
  })
  ipcMain.on(CHANNELS.subscribe, (event, topic: unknown, wanted: unknown) => {
    if (topic !== 'status' && topic !== 'activity') return
    admit(event)
      ?.subscriptions.set(topic, wanted === true)
      .catch(() => parts.log.warn('no status for a window yet'))
  })
  ipcMain.on(CHANNELS.openWindow, (event, route: unknown) => {
    if (admit(event)?.limit.take('open-window', WINDOW_RATE)) parts.openWindow(cleanRoute(route))
  })
  ipcMain.on(CHANNELS.hide, (event) => {
    const peer = admit(event)
    if (peer !== undefined) parts.hide(peer.window)
  })
  return {
    attach: (window) => attach(window, peers, parts),
    close: () => {
      ipcMain.removeHandler(CHANNELS.call)
      ipcMain.removeHandler(CHANNELS.pickFolder)
      for (const channel of [CHANNELS.subscribe, CHANNELS.openWindow, CHANNELS.hide]) {
        ipcMain.removeAllListeners(channel)
      }
      for (const peer of peers.values()) peer.subscriptions.clear()
      peers.clear()
    },
  }
}

function attach(window: BrowserWindow, peers: Map<number, Peer>, parts: IpcParts): void {
  const id = window.webContents.id
  const peer: Peer = {
    window,
    limit: createRateLimit(parts.clock),
    subscriptions: createSubscriptions(window, parts),
    inFlight: 0,
  }
  peers.set(id, peer)
  window.on('closed', () => {
    peer.subscriptions.clear()
    peers.delete(id)
  })
  window.webContents.on('render-process-gone', () => peer.subscriptions.clear())
  window.webContents.on('did-start-navigation', (details) => {
    if (details.isMainFrame && !details.isSameDocument) peer.subscriptions.clear()
  })
}

/** `senderFrame` is null once the frame has navigated or died, which is a refusal too. */
function isOwnMainFrame({ senderFrame }: IpcMainEvent | IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && isOwnUrl(senderFrame.url)
}

async function answerCall(
  peer: Peer,
  { name, params }: { readonly name: unknown; readonly params: unknown },
  dispatch: Dispatch,
): Promise<Answer> {
  const policy = policyOf(name)
  if (peer.inFlight >= MAX_CALLS_IN_FLIGHT || !peer.limit.take(policy.key, policy.rate)) return tooOften()
  if (policy.destructive && !peer.window.isVisible()) {
    return refusal('forbidden', desktopTexts.refusals.unseen)
  }
  peer.inFlight++
  try {
    return await dispatch({ name, params, caller: { transport: 'ipc' } })
  } finally {
    peer.inFlight--
  }
}

async function settle(run: () => Promise<unknown>): Promise<Answer> {
  try {
    return { ok: true, result: await run() }
  } catch (error) {
    return { ok: false, error: toWireError(error) }
  }
}

function answerStranger(): Answer {
  return refusal('forbidden', desktopTexts.refusals.stranger)
}

function tooOften(): Answer {
  return refusal('throttled', desktopTexts.refusals.tooOften)
}

function refusal(code: ErrorCode, message: string): Answer {
  return { ok: false, error: toWireError(new TidekeepError({ code, message })) }
}

import { contextBridge, ipcRenderer, webUtils, type IpcRendererEvent } from 'electron'
import { type Bridge, CHANNELS } from '../common/bridge.ts'
import type { Answer } from '../common/client.ts'
import { CALL_NAMES, TOPIC_NAMES } from './names.ts'

type Listener = (value: unknown) => void
const listenersByTopic = new Map<string, Set<Listener>>(Object.keys(TOPIC_NAMES).map((topic) => [topic, new Set()]))

ipcRenderer.on(CHANNELS.topic, (_event: IpcRendererEvent, topic: string, value: unknown) => {
  for (const listener of listenersByTopic.get(topic) ?? []) listener(value)
})

async function invoke(channel: string, ...args: readonly unknown[]): Promise<unknown> {
  const answer = (await ipcRenderer.invoke(channel, ...args)) as Answer
  // A plain value on purpose: an Error would lose everything but its message on the way to the page.
  return answer.ok ? answer.result : Promise.reject(answer.error)
}

const bridge: Readonly<Record<keyof Bridge, unknown>> = Object.freeze({
  call: Object.freeze((name: string, params: unknown) =>
    Object.hasOwn(CALL_NAMES, name)
      ? invoke(CHANNELS.call, name, params)
      : Promise.reject({ code: 'invalid', message: 'There is no such call.' }),
  ),
  subscribe: Object.freeze((topic: string, listener: Listener) => {
    const listeners = listenersByTopic.get(topic)
    if (listeners === undefined || typeof listener !== 'function') return () => undefined
    listeners.add(listener)
    ipcRenderer.send(CHANNELS.subscribe, topic, true)
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) ipcRenderer.send(CHANNELS.subscribe, topic, false)
    }
  }),
  pickFolder: Object.freeze(() => invoke(CHANNELS.pickFolder)),
  pathForFile: Object.freeze((file: File) => webUtils.getPathForFile(file)),
  openWindow: Object.freeze((route: string) => ipcRenderer.send(CHANNELS.openWindow, route)),
  hide: Object.freeze(() => ipcRenderer.send(CHANNELS.hide)),
})

contextBridge.exposeInMainWorld('tidekeep', bridge)

import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build } from 'vite'
import { ROOT } from './start-fake.ts'

/** Bundles the preload as scripts/build.ts does; gives its only file. */
export async function bundlePreload(): Promise<string> {
  const built = await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: { entry: join(ROOT, 'preload', 'preload.ts'), formats: ['cjs'], fileName: () => 'preload.cjs' },
      rolldownOptions: { external: ['electron'] },
    },
  })
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((each) => ('output' in each ? each.output : []))
  const [only, ...others] = outputs
  if (only?.type !== 'chunk' || others.length > 0) throw new Error('the preload is not a single file')
  return only.code
}

/** One message of a page to the main process. */
export interface Sent {
  readonly kind: 'invoke' | 'send'
  readonly channel: string
  readonly args: readonly unknown[]
}

/** Answers a message as the main process would. */
export type Answerer = (channel: string, ...args: unknown[]) => unknown

/** Runs the bundled preload as a sandboxed page would, with nothing but a fake `electron` to require. */
export function runPreload(
  code: string,
  answer: Answerer = () => ({ ok: true, result: 42 }),
  onSend: Answerer = () => undefined,
) {
  const exposed = new Map<string, Record<string, (...args: unknown[]) => unknown>>()
  const sent: Sent[] = []
  const listeners = new Map<string, (...args: unknown[]) => void>()
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, api: never) => void exposed.set(name, api) },
    ipcRenderer: {
      invoke: (channel: string, ...args: unknown[]) => {
        sent.push({ kind: 'invoke', channel, args })
        return Promise.resolve(answer(channel, ...args))
      },
      send: (channel: string, ...args: unknown[]) => {
        sent.push({ kind: 'send', channel, args })
        onSend(channel, ...args)
      },
      on: (channel: string, listener: never) => void listeners.set(channel, listener),
    },
    webUtils: { getPathForFile: (file: { path?: string }) => file.path ?? '' },
  }
  const require = (name: string): unknown => {
    if (name === 'electron') return electron
    throw new Error(`a sandboxed preload cannot require ${name}`)
  }
  runInContext(code, createContext({ require, exports: {}, module: { exports: {} } }))
  const bridge = exposed.get('tidekeep')
  if (bridge === undefined) throw new Error('nothing was exposed')
  return { exposed, bridge, sent, listeners }
}

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mkdirSync } from 'node:fs'
import type { Platform } from '../../main/shell/electron-api.ts'
import { type ElectronHost, createElectronHost } from '../../main/shell/electron-host.ts'
import { type Shell, startShell } from '../../main/shell/shell.ts'
import { type FakeApplication, createFakeApplication, type Scenario } from '../fakes/application.ts'
import { createFakeHost } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { FakeElectron, type FakeTray, type FakeWindow } from './fake-electron.ts'

/** The root of the checkout. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** A started shell, with everything around it visible. */
export interface StartedShell {
  readonly electron: FakeElectron
  readonly application: FakeApplication
  readonly clock: VirtualClock
  readonly host: ElectronHost
  readonly shell: Shell
  readonly stops: boolean[]
  readonly popup: FakeWindow
  readonly tray: FakeTray
  readonly logged: () => readonly string[]
}

/** Starts the real shell on the recording fake of Electron and a fake application. */
export async function startFakeShell(
  options: {
    readonly platform?: Platform
    readonly hidden?: boolean
    readonly trayHost?: boolean
    readonly scenario?: Scenario
    readonly electron?: FakeElectron
    readonly env?: NodeJS.ProcessEnv
  } = {},
): Promise<StartedShell> {
  const electron = options.electron ?? new FakeElectron()
  const clock = new VirtualClock()
  const base = createFakeHost({ clock })
  mkdirSync(base.paths.state, { recursive: true })
  const application = createFakeApplication({ clock, scenario: options.scenario ?? 'protected' })
  const stops: boolean[] = []
  const host = createElectronHost(electron.api, base, () => undefined)
  const shell = await startShell({
    electron: electron.api,
    host,
    application,
    stop: (now) => {
      stops.push(now)
      return Promise.resolve()
    },
    platform: options.platform ?? 'linux',
    env: options.env ?? { XDG_CONFIG_HOME: join(base.paths.home, 'xdg') },
    hidden: options.hidden ?? true,
    root: ROOT,
    trayHost: options.trayHost ?? true,
  })
  await settle()
  const [popup] = electron.windows
  const [tray] = electron.trays
  if (popup === undefined || tray === undefined) throw new Error('the shell made no popup or no tray icon')
  const logged = (): readonly string[] => base.log.lines.map((line) => line.event)
  return { electron, application, clock, host, shell, stops, popup, tray, logged }
}

/** Lets everything that is ready to run do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

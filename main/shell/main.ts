/** The entry point of the desktop application, and the only file of the program that loads Electron. */
import * as electron from 'electron'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isTidekeepError } from '../../common/errors.ts'
import { createApplication } from '../compose.ts'
import type { Host } from '../host.ts'
import { createNodeHost } from '../service/node-host.ts'
import { startService } from '../service/serve.ts'
import { commandWords } from './command-mode.ts'
import { desktopTexts } from './desktop-texts.ts'
import { platformOf } from './electron-api.ts'
import { createElectronHost, prepareApp } from './electron-host.ts'
import { SCHEME_PRIVILEGES } from './scheme.ts'
import { type Shell, startShell } from './shell.ts'
import { isFirstInstance, isHiddenStart } from './single-instance.ts'
import { hasTrayHost } from './tray-host.ts'
import { createUpdateCarrier } from './update-carrier.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const { app } = electron
const platform = platformOf(process.platform)
let shell: Shell | undefined

const words = commandWords(process.argv, app.isPackaged)
// Electron waits for this module before it becomes ready, so nothing here may wait for readiness.
if (words === undefined) showDesktop()
else runCommand(words).catch(() => app.exit(1))

function showDesktop(): void {
  const base = createNodeHost({ env: process.env })
  electron.protocol.registerSchemesAsPrivileged([SCHEME_PRIVILEGES])
  prepareApp(electron, base.paths, platform)
  if (isFirstInstance(electron, () => shell?.openWindow()))
    app
      .whenReady()
      .then(() => run(base))
      .catch(fail)
  else app.quit()
}

async function run(base: Host): Promise<void> {
  const carrier = createUpdateCarrier({
    electron,
    platform,
    arch: process.arch,
    env: process.env,
    isPackaged: app.isPackaged,
    load: async () => (await import('electron-updater')).default,
    quitInto: (last) =>
      shell?.quitInto(() => {
        // The new version may start before this process has ended.
        app.releaseSingleInstanceLock()
        last()
      }),
    relaunch: () => {
      app.relaunch()
      app.quit()
    },
  })
  const host = createElectronHost(electron, base, ({ route }) => shell?.openWindow(route ?? 'activity'), carrier)
  const application = await createApplication({ host, env: { LANG: app.getLocale(), ...process.env } })
  const rendererDirectory = join(ROOT, 'out', 'renderer')
  let service: ReturnType<typeof startService> | undefined
  shell = await startShell({
    electron,
    host,
    application,
    stop: async (now) => (now ? application.stop({ now }) : (await service)?.close()),
    platform,
    env: process.env,
    hidden: isHiddenStart(electron, platform, process.argv),
    root: ROOT,
    trayHost: platform !== 'linux' || (await hasTrayHost()),
  })
  // No port is opened: the socket is for the command line, which then talks to this application.
  service = startService({ application, host, ui: false, rendererDirectory })
  await service
}

/** The command line of the packaged application. Nothing is shown, and other instances do not matter. */
async function runCommand(args: readonly string[]): Promise<void> {
  const { main } = await import('../cli/main.ts')
  const code = await main(args)
  for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve))
  app.exit(code)
}

function fail(error: unknown): void {
  const known = isTidekeepError(error)
  const message = known ? [error.message, error.fix].filter(Boolean).join('\n\n') : desktopTexts.lookAtLog
  electron.dialog.showErrorBox(desktopTexts.noStart, message)
  app.exit(1)
}

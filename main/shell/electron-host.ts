import { join } from 'node:path'
import type { Host, Notice, Paths, Surroundings } from '../host.ts'
import type { UpdateCarrier } from '../updates/carrier.ts'
import type { ElectronApi, Platform } from './electron-api.ts'
import { type Notices, createNotices } from './notices.ts'

/** The host of the desktop application, with what only a desktop has. */
export interface ElectronHost extends Host {
  readonly notices: Notices
}

/** `base` is the host of plain Node, so that the command line finds the same directories; notices go to the desktop. */
export function createElectronHost(
  electron: Pick<ElectronApi, 'Notification' | 'powerMonitor' | 'shell'>,
  base: Host,
  onNoticeClick: (notice: Notice) => void,
  updates?: UpdateCarrier,
): ElectronHost {
  const notices = createNotices({ electron, clock: base.clock, log: base.log, onClick: onNoticeClick })
  return {
    clock: base.clock,
    random: base.random,
    paths: base.paths,
    log: base.log,
    ...(base.bootId === undefined ? {} : { bootId: base.bootId }),
    surroundings: desktopSurroundings(electron, base.surroundings),
    ...(updates === undefined ? {} : { updates }),
    reveal: async (path) => electron.shell.showItemInFolder(path),
    notify: (notice) => notices.notify(notice),
    withdraw: (id) => notices.withdraw(id),
    notices,
  }
}

/** What plain Node can tell tells more: the charge, too. Electron knows of the battery on every system, and of no metered network. */
function desktopSurroundings(
  { powerMonitor }: Pick<ElectronApi, 'powerMonitor'>,
  base: Surroundings | undefined,
): Surroundings {
  return {
    look: async () => {
      const situation = (await base?.look()) ?? { power: 'unknown', network: 'unknown' }
      if (situation.power !== 'unknown') return situation
      return { ...situation, power: powerMonitor.isOnBatteryPower() ? 'battery' : 'mains' }
    },
  }
}

/** The application's identity; must equal `appId` of electron-builder.yml or Windows drops its notices. */
export const APP_ID = 'app.tidekeep'

/** Everything that has to be set before the application is ready. Chromium's own files go to the cache. */
export function prepareApp(electron: Pick<ElectronApi, 'app'>, paths: Paths, platform: Platform): void {
  const { app } = electron
  app.setName('Tidekeep')
  app.setPath('userData', join(paths.state, 'desktop'))
  app.setPath('sessionData', join(paths.cache, 'desktop'))
  app.enableSandbox()
  if (platform === 'win32') app.setAppUserModelId(APP_ID)
}

import type { MenuItemConstructorOptions } from 'electron'
import { desktopTexts as texts } from './desktop-texts.ts'
import type { ElectronApi, Platform } from './electron-api.ts'

/** What the menu bar can make happen. */
export interface MenuActions {
  readonly openSettings: () => void
  readonly addFolder: () => void
  readonly quit: () => void
}

/** macOS needs a menu bar for its editing keys to work; elsewhere the window is complete without one. */
export function setApplicationMenu(
  electron: Pick<ElectronApi, 'Menu'>,
  platform: Platform,
  actions: MenuActions,
): void {
  const { Menu } = electron
  Menu.setApplicationMenu(platform === 'darwin' ? Menu.buildFromTemplate(macMenu(actions)) : null)
}

function macMenu(actions: MenuActions): MenuItemConstructorOptions[] {
  return [
    {
      label: 'Tidekeep',
      submenu: [
        { role: 'about' },
        { type: 'separator' },
        { label: texts.settings, accelerator: 'Command+,', click: actions.openSettings },
        { type: 'separator' },
        { role: 'hide' },
        { role: 'hideOthers' },
        { role: 'unhide' },
        { type: 'separator' },
        { label: texts.quit, accelerator: 'Command+Q', click: actions.quit },
      ],
    },
    { label: texts.file, submenu: [{ label: texts.addFolderMac, click: actions.addFolder }, { role: 'close' }] },
    { role: 'editMenu' },
    { role: 'windowMenu' },
  ]
}
